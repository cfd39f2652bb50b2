package generate

import "consentstream/state"

// interact makes a record of clicks: what a mail that was sent leads to, else
// something new.
func (g *Generator) interact(f *state.Fact) (contact uint32) {
	f.Click = &g.click
	if next, due := g.pendingClicks.pop(g.now); due {
		g.react(f, next)
		return next.contact
	}
	contact = g.someoneKnown()
	if g.contacts[contact]&known == 0 {
		g.click = state.Click{Kind: state.ClickVisit, Actor: state.ActorHuman}
		return contact
	}
	switch kind := pick(&g.random, firstClicks); kind {
	case state.ClickSent:
		g.send(f, followUp{contact: contact, message: g.mailFor(contact), brand: pick(&g.random, brandOf)})
	default:
		g.click = state.Click{Kind: kind, Actor: state.ActorHuman}
	}
	return contact
}

var (
	firstClicks = []share[state.ClickKind]{{560, state.ClickSent}, {260, state.ClickVisit}, {180, state.ClickLogin}}
	mails       = []share[state.MessageKind]{
		{420, state.MessageNewsletter}, {330, state.MessagePromotional}, {120, state.MessageService},
		{60, state.MessageCartAbandonment}, {40, state.MessageWelcome}, {20, state.MessageLoyalty}, {10, state.MessageOptInBlock},
	}
)

// mailFor picks a mail that the shop would send: after an objection only
// service. It knows little of the law; that is what it asks us for.
func (g *Generator) mailFor(contact uint32) state.MessageKind {
	if g.contacts[contact]&objected != 0 {
		return state.MessageService
	}
	return pick(&g.random, mails)
}

// send records that a mail went out and plans what comes of it.
func (g *Generator) send(f *state.Fact, mail followUp) {
	mail.campaign = uint32((g.now - g.config.From) / (7 * day))
	g.mail(f, state.ClickSent, &mail)
	mail.at = g.now + between(&g.random, minute, 2*day)
	switch {
	case g.random.chance(25):
		mail.click = state.ClickBounced
	case g.random.chance(450):
		mail.click = state.ClickOpen
	case g.random.chance(300):
		mail.click = state.ClickClick
	default:
		return
	}
	g.pendingClicks.push(mail)
}

// mail starts a record about a mail. Campaigns are numbered by week.
func (g *Generator) mail(f *state.Fact, kind state.ClickKind, of *followUp) {
	f.Brand = brands[of.brand]
	g.click = state.Click{Kind: kind, Channel: state.ChannelEmail, Message: of.message}
	if of.order != 0 {
		g.click.OrderRef = name("o-", of.order)
	}
	if of.message != state.MessageService {
		g.click.CampaignID = name("week-", uint64(of.campaign)+1)
	}
	f.Source = "mailer"
}

// react makes what was planned: a review request, an open, a click, a bounce.
func (g *Generator) react(f *state.Fact, of followUp) {
	if of.click == state.ClickSent {
		g.send(f, of)
		return
	}
	g.mail(f, of.click, &of)
	g.click.Actor = pick(&g.random, actors)
	switch {
	case of.click == state.ClickClick:
		g.click.Target = pick(&g.random, targets)
	case of.click == state.ClickOpen && g.random.chance(300):
		of.click, of.at = state.ClickClick, g.now+between(&g.random, minute, hour)
		g.pendingClicks.push(of)
	}
}

var (
	actors  = []share[state.Actor]{{830, state.ActorHuman}, {110, state.ActorMachine}, {60, state.ActorUnknown}}
	targets = []share[state.ClickTarget]{{880, state.TargetContent}, {60, state.TargetUnsubscribe}, {40, state.TargetService}, {20, state.TargetKeepMe}}
)
