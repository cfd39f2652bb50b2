package generate

import (
	"time"

	"consentstream/state"
)

// What the shop sells, under which names, and where its data comes from.
var (
	families = [...]string{"concert", "theatre", "sport", "museum", "dance"}
	brands   = [...]string{"", "matinee", "junior"}
	brandOf  = []share[uint8]{{860, 0}, {90, 1}, {50, 2}}
	sources  = []share[string]{{700, "web"}, {170, "app"}, {80, "crm"}, {50, "box-office"}}
	prices   = []share[int64]{{20, 0}, {280, 1500}, {300, 3200}, {250, 5900}, {120, 11900}, {30, 24900}}
)

// editions are the versions of the shop's notices and forms, a new one each
// year, with the reference under which their proof is kept.
var editions = [...]struct{ text, proof string }{
	{"v1", "form-v1"}, {"v2", "form-v2"}, {"v3", "form-v3"}, {"v4", "form-v4"}, {"v5", "form-v5"},
}

func (g *Generator) edition() (text, proof string) {
	years := (g.now - g.config.From) / (365 * day)
	e := editions[min(int(years), len(editions)-1)]
	return e.text, e.proof
}

// favourite is the family that a contact mostly buys.
func favourite(contact uint32) uint8 { return uint8(mix(uint64(contact)+1) % uint64(len(families))) }

func (g *Generator) family(contact uint32) uint8 {
	if g.random.chance(700) {
		return favourite(contact)
	}
	return uint8(g.random.below(uint64(len(families))))
}

// Purposes as the shop's forms name them.
var (
	marketing  = state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart)
	offers     = state.PurposesOf(state.PurposePromotional)
	newsletter = state.PurposesOf(state.PurposeNewsletter)
	loyalty    = state.PurposesOf(state.PurposeLoyalty)
	everything = state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart, state.PurposeLoyalty)

	email       = state.ChannelsOf(state.ChannelEmail)
	emailAndSMS = state.ChannelsOf(state.ChannelEmail, state.ChannelSMS)
	telephone   = state.ChannelsOf(state.ChannelPhone)
	sms         = state.ChannelsOf(state.ChannelSMS)
)

// tell makes the notice that the shop shows; most offer a way to refuse.
func (g *Generator) tell(mode state.NoticeMode) *state.Notice {
	text, proof := g.edition()
	g.notice = state.Notice{
		Channels:      pick(&g.random, []share[state.Channels]{{750, email}, {250, emailAndSMS}}),
		Purposes:      pick(&g.random, []share[state.Purposes]{{900, marketing}, {100, newsletter}}),
		OptOutOffered: g.random.chance(930),
		Mode:          mode,
		TextVersion:   text,
		ProofRef:      proof,
		Language:      "fr",
		URL:           "https://shop.example/privacy",
	}
	if g.random.chance(30) {
		g.notice.ProofRef = "" // nobody kept it
	}
	return &g.notice
}

const (
	minute = state.Instant(time.Minute / time.Millisecond)
	hour   = 60 * minute
)
