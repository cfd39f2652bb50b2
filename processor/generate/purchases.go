package generate

import "consentstream/state"

// buy makes a record of purchases: what is due for an earlier order, else a
// new one.
func (g *Generator) buy(f *state.Fact) (contact uint32) {
	f.Purchase = &g.purchase
	if next, due := g.pendingPurchases.pop(g.now); due {
		g.continueOrder(f, next)
		return next.contact
	}
	contact = g.someone()
	g.contacts[contact] |= known
	g.orders++
	next := followUp{order: g.orders, contact: contact, family: g.family(contact), brand: pick(&g.random, brandOf)}
	if g.random.chance(25) {
		g.subscribe(f, next)
	} else {
		g.order(f, next)
	}
	return contact
}

// body starts a purchase that belongs to an order.
func (g *Generator) body(f *state.Fact, kind state.PurchaseKind, of *followUp) {
	f.Brand = brands[of.brand]
	g.purchase = state.Purchase{Kind: kind, OrderRef: name("o-", of.order), Family: families[of.family]}
}

func (g *Generator) continueOrder(f *state.Fact, of followUp) {
	g.body(f, of.purchase, &of)
	if of.purchase != state.PurchaseDelivered {
		return
	}
	if g.random.chance(150) {
		of.purchase, of.at = state.PurchaseAttended, g.now+between(&g.random, hour, 40*day)
		g.pendingPurchases.push(of)
	}
	if g.random.chance(250) {
		g.pendingClicks.push(followUp{
			at: g.now + between(&g.random, 2*day, 10*day), contact: of.contact, order: of.order, brand: of.brand,
			click: state.ClickSent, message: state.MessageReviewRequest,
		})
	}
}

var (
	soldBy      = []share[state.SoldBy]{{800, state.SoldOnline}, {140, state.SoldInStore}, {60, state.SoldPhone}}
	collectedBy = []share[state.CollectedBy]{{945, state.CollectedDirect}, {40, state.CollectedMarketplace}, {15, state.CollectedThirdParty}}
	noticeModes = [...]state.NoticeMode{state.SoldOnline: state.NoticeForm, state.SoldInStore: state.NoticeInStore, state.SoldPhone: state.NoticePhone}
)

func (g *Generator) order(f *state.Fact, of followUp) {
	g.body(f, state.PurchaseOrdered, &of)
	p := &g.purchase
	p.SoldBy = pick(&g.random, soldBy)
	p.CollectedBy = pick(&g.random, collectedBy)
	g.price(p)
	if g.random.chance(40) {
		p.Role = state.RoleBeneficiary
	}
	if p.CollectedBy == state.CollectedDirect && g.random.chance(900) {
		p.Notice = g.tell(noticeModes[p.SoldBy])
	}
	of.purchase, of.at = state.PurchaseDelivered, g.now+between(&g.random, hour, 6*day)
	switch {
	case g.random.chance(70):
		of.purchase = state.PurchaseCancelled
	case g.random.chance(30):
		return // nobody ever says what became of it
	}
	g.pendingPurchases.push(of)
}

func (g *Generator) price(p *state.Purchase) {
	if g.random.chance(970) {
		p.AmountMinor, p.AmountKnown, p.Currency = pick(&g.random, prices), true, "EUR"
	}
}

// subscribe starts a season ticket, a contract that ends after the season.
func (g *Generator) subscribe(f *state.Fact, of followUp) {
	g.body(f, state.PurchaseContractStarted, &of)
	g.purchase.AmountMinor, g.purchase.AmountKnown, g.purchase.Currency = 19900, true, "EUR"
	g.purchase.Notice = g.tell(state.NoticeForm)
	of.purchase, of.at = state.PurchaseContractEnded, g.now+between(&g.random, 150*day, 330*day)
	g.pendingPurchases.push(of)
}
