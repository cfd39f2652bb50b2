package oracle

import (
	"time"

	"consentstream/state"
)

var reformZone = mustLoad("Europe/Paris")

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

const minute = day / 24 / 60

// episode draws facts that belong together, around one instant.
func (d *drawing) episode(at state.Instant) []state.Fact {
	switch d.IntN(11) {
	case 9:
		return d.farewell(at)
	case 10:
		return d.campaign(at)
	case 0, 1, 2:
		return d.shopping(at)
	case 3:
		return []state.Fact{d.signup(at), d.form(at + state.Instant(d.IntN(3)-1)*minute)}
	case 4:
		return d.contract(at)
	case 5:
		return d.ramp(at)
	case 6:
		return d.telephone(at)
	case 7:
		return []state.Fact{d.form(at), d.negative(at + state.Instant(d.IntN(3)-1)*minute), d.form(at + state.Instant(d.IntN(40))*day)}
	}
	return []state.Fact{d.negative(at), d.form(at + state.Instant(d.IntN(3)-1)*minute), d.negative(at + state.Instant(d.IntN(9))*day)}
}

// shopping is a notice, an order and what becomes of it.
func (d *drawing) shopping(at state.Instant) []state.Fact {
	ref := d.order()
	address := pick(d, d.address)
	notice := d.fact(at - state.Instant(d.IntN(6)-1)*5*minute)
	notice.Topic, notice.Address = state.TopicSignups, address
	notice.Signup = &state.Signup{Kind: state.SignupForm, Notice: d.notice(ref)}
	order := d.purchase(at, state.PurchaseOrdered, ref)
	order.Address = address
	facts := []state.Fact{notice, order}
	if d.chance(2) {
		facts = append(facts, d.purchase(at+state.Instant(d.IntN(9))*day, state.PurchaseDelivered, ref))
	}
	if d.chance(5) {
		facts = append(facts, d.purchase(at+state.Instant(d.IntN(9)-1)*day, state.PurchaseCancelled, ref))
	}
	if d.chance(3) {
		facts = append(facts, d.sent(at+state.Instant(d.IntN(20))*day, state.MessageReviewRequest))
	}
	return facts
}

func (d *drawing) contract(at state.Instant) []state.Fact {
	ref := d.order()
	facts := []state.Fact{d.purchase(at, state.PurchaseContractStarted, ref)}
	if d.chance(2) {
		notice := d.form(at - minute)
		notice.Signup.Notice = d.notice(ref)
		facts = append(facts, notice)
	}
	if d.chance(2) {
		kind := state.PurchaseContractEnded
		if d.chance(5) {
			kind = state.PurchaseCancelled
		}
		facts = append(facts, d.purchase(at+state.Instant(d.IntN(1500))*day, kind, ref))
	}
	return facts
}

func (d *drawing) ramp(at state.Instant) []state.Fact {
	facts := d.shopping(at)
	kinds := []state.MessageKind{state.MessageWelcome, state.MessageNewsletter, state.MessageNewsletter, state.MessageDeletionWarning}
	for i, kind := range kinds[:1+d.IntN(len(kinds))] {
		facts = append(facts, d.sent(at+state.Instant(i*d.IntN(30))*day, kind))
	}
	return facts
}

func (d *drawing) telephone(at state.Instant) []state.Fact {
	f := d.form(at)
	f.Signup.Answers = []state.Answer{{
		Form: draw(d, state.FormDoubleOptIn), Value: state.AnswerYes, Channels: state.AllChannels,
		Purposes: d.purposes(), ProofRef: d.proof(), Confirmed: d.chance(2), PhoneMentions: !d.chance(4),
	}}
	facts := []state.Fact{f}
	for range d.IntN(7) {
		call := d.sent(at+state.Instant(d.IntN(40))*day, state.MessageCall)
		call.Click.Channel = state.ChannelPhone
		facts = append(facts, call)
	}
	return facts
}

// farewell is somebody who unsubscribes and then wants to be gone.
func (d *drawing) farewell(at state.Instant) []state.Fact {
	leave, gone := d.negative(at), d.negative(at+state.Instant(d.IntN(20))*day/24)
	leave.Unsubscribe.Kind = state.UnsubscribeUnsubscribe
	gone.Unsubscribe.Method = state.MethodOther
	gone.Unsubscribe.Kind = pick(d, []state.UnsubscribeKind{state.UnsubscribeErasure, state.UnsubscribeErasure, state.UnsubscribeComplaint})
	if d.chance(2) {
		leave.Unsubscribe.Channels = state.ChannelsOf(state.ChannelEmail)
	}
	facts := append(d.shopping(at-state.Instant(d.IntN(90))*day), leave, gone)
	if d.chance(2) {
		facts = append(facts, d.sent(at+state.Instant(d.IntN(20))*day/24, state.MessageUnsubscribeConfirmation))
	}
	return facts
}

// campaign is a person who may be called, and is, often.
func (d *drawing) campaign(at state.Instant) []state.Fact {
	consent := d.form(at)
	consent.Signup.Answers = []state.Answer{{
		Form: state.FormYesNo, Value: state.AnswerYes, Channels: state.AllChannels, Purposes: state.AllMarketing, ProofRef: "p1", PhoneMentions: true,
	}}
	facts := []state.Fact{consent}
	for range 3 + d.IntN(4) {
		call := d.sent(at+state.Instant(d.IntN(30))*day, state.MessageCall)
		call.Click.Channel = state.ChannelPhone
		facts = append(facts, call)
	}
	return facts
}

// stray draws a fact that belongs to nothing.
func (d *drawing) stray(at state.Instant) state.Fact {
	switch d.IntN(8) {
	case 0, 1:
		return d.purchase(at, draw(d, state.PurchaseAttended), d.order())
	case 2, 3:
		f := d.fact(at)
		f.Topic = state.TopicClicks
		f.Click = &state.Click{
			Kind: draw(d, state.ClickBounced), Channel: draw(d, state.ChannelPhone), Message: draw(d, state.MessageCall),
			Target: draw(d, state.TargetKeepMe), Actor: draw(d, state.ActorMachine), OrderRef: d.order(),
		}
		return f
	case 4:
		return d.signup(at)
	case 5:
		return d.internal(at)
	}
	return d.negative(at)
}

func (d *drawing) purchase(at state.Instant, kind state.PurchaseKind, ref string) state.Fact {
	f := d.fact(at)
	f.Topic = state.TopicPurchases
	f.Purchase = &state.Purchase{Kind: kind, OrderRef: ref, Family: pick(d, d.family), AmountMinor: 5000, AmountKnown: true}
	switch d.IntN(12) {
	case 0:
		f.Purchase.Role = state.RoleBeneficiary
	case 1:
		f.Purchase.CollectedBy = draw(d, state.CollectedThirdParty)
	case 2:
		f.Purchase.AmountMinor = 0
	case 3:
		f.Purchase.AmountKnown, f.Purchase.AmountMinor = false, 0
	case 4:
		f.Purchase.Notice = d.notice("")
	}
	return f
}

func (d *drawing) sent(at state.Instant, kind state.MessageKind) state.Fact {
	f := d.fact(at)
	f.Topic = state.TopicClicks
	f.Click = &state.Click{Kind: state.ClickSent, Channel: state.ChannelEmail, Message: kind, Actor: state.ActorHuman, OrderRef: d.order()}
	if d.chance(6) {
		f.Click.Channel = draw(d, state.ChannelPhone)
	}
	return f
}

func (d *drawing) internal(at state.Instant) state.Fact {
	f := d.fact(at)
	f.Topic, f.Address, f.Brand, f.Precision = state.TopicUnsubscribes, "", "", state.PrecisionInstant
	f.ID = pick(d, []string{"unsubscribes/0/7", "unsubscribes/0/8"})
	f.Internal = &state.Internal{Kind: state.InternalUnreadable}
	if d.chance(2) {
		f.Internal = &state.Internal{Kind: state.InternalRelease, Target: f.ID, By: "ops"}
		f.ID = "release/" + f.ID
	}
	return f
}
