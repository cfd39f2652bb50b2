package codec_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/statetest"
)

// typical is a contact as most are: an account, orders and clicks on one
// address, and the 22 rows that were last published about it.
func typical() state.Contact {
	c := state.NewContact()
	day := func(n int) state.Instant { return statetest.Start + state.Instant(n)*statetest.Day }
	frame := func(id string, topic state.Topic, at state.Instant) state.Fact {
		return state.Fact{
			ID: id, Topic: topic, Address: "f3a9c1d2e4b5968778695a4b", Source: "web-shop",
			OccurredAt: at, Since: at, RecordedAt: at + 1200,
		}
	}
	notice := &state.Notice{
		Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter),
		OptOutOffered: true, TextVersion: "checkout-2022-03", ProofRef: "form-17",
	}
	account := frame("0190c1f2-4b7e-7d1a-9f00-1a2b3c4d5e6f", state.TopicSignups, day(1))
	account.Signup = &state.Signup{Kind: state.SignupAccountCreated}
	c.Add(account)
	for i, id := range []string{"0190c1f2-5000-7d1a-9f00-1a2b3c4d5e70", "0190c1f2-6000-7d1a-9f00-1a2b3c4d5e71"} {
		order := frame(id, state.TopicPurchases, day(30*(i+1)))
		order.Purchase = &state.Purchase{
			Kind: state.PurchaseOrdered, OrderRef: "ORD-2022-00017" + string(rune('0'+i)), Family: "main",
			AmountMinor: 5900, AmountKnown: true, Currency: "EUR", Notice: notice,
		}
		c.Add(order)
	}
	for i, id := range []string{"0190c1f2-7000-7d1a-9f00-1a2b3c4d5e72", "0190c1f2-8000-7d1a-9f00-1a2b3c4d5e73"} {
		click := frame(id, state.TopicClicks, day(100+i))
		click.Click = &state.Click{
			Kind: state.ClickClick, Channel: state.ChannelEmail, Message: state.MessageNewsletter,
			Target: state.TargetContent, Actor: state.ActorHuman, CampaignID: "spring-22",
		}
		c.Add(click)
	}
	c.Answer(account.Address, false)
	c.Timer = day(100 + 3*365)
	c.Published = state.Published{Sequence: 4, DecidedAt: day(101), Retention: c.Published.Retention}
	c.Published.Rows = rows(account.Address, day(101+3*365))
	return c
}

func rows(address string, until state.Instant) (rows []state.Row) {
	kinds := map[state.Channel][]state.MessageKind{
		state.ChannelEmail: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		state.ChannelSMS:   {1, 3, 4, 5, 6, 8, 9, 10},
		state.ChannelPhone: {1, 3, 5, 6},
	}
	for _, channel := range []state.Channel{state.ChannelEmail, state.ChannelSMS, state.ChannelPhone} {
		for _, kind := range kinds[channel] {
			row := state.Row{Kind: kind, Channel: channel, Address: address, Reason: state.ReasonNoticeOtherChannel, Until: until}
			switch {
			case kind == state.MessageService:
				row.Allowed, row.AllowedByLaw, row.Basis, row.Reason, row.Until = true, true, state.BasisContract, state.ReasonServiceGround, state.Never
			case channel == state.ChannelEmail && kind != state.MessageLoyalty:
				row.Allowed, row.AllowedByLaw, row.Basis, row.Reason = true, true, state.BasisSoftOptIn, state.ReasonSoftOptin
				row.Families = []string{"main"}
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func TestTypicalContactTakesAFewHundredBytes(t *testing.T) {
	c := typical()
	b := codec.AppendContact(nil, &c)
	t.Logf("%d facts and %d rows take %d bytes", len(c.Facts), len(c.Published.Rows), len(b))
	if len(b) > 560 {
		t.Errorf("the typical contact takes %d bytes, more than 560", len(b))
	}
}

func TestCodecAllocatesNothing(t *testing.T) {
	c := typical()
	b := codec.AppendContact(nil, &c)
	var back state.Contact
	var arena codec.Arena
	if err := codec.DecodeContact(b, &back, &arena); err != nil {
		t.Fatal(err)
	}
	if allocs := testing.AllocsPerRun(100, func() {
		arena.Reset()
		_ = codec.DecodeContact(b, &back, &arena)
		b = codec.AppendContact(b[:0], &c)
	}); allocs != 0 {
		t.Errorf("a contact decoded and encoded allocates %v times", allocs)
	}
}

func BenchmarkAppendContact(b *testing.B) {
	c := typical()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = codec.AppendContact(dst[:0], &c)
	}
	b.ReportMetric(float64(len(dst)), "bytes")
}

func BenchmarkDecodeContact(b *testing.B) {
	c := typical()
	encoded := codec.AppendContact(nil, &c)
	var back state.Contact
	var arena codec.Arena
	b.ReportAllocs()
	for b.Loop() {
		arena.Reset()
		if err := codec.DecodeContact(encoded, &back, &arena); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTimer(b *testing.B) {
	c := typical()
	encoded := codec.AppendContact(nil, &c)
	for b.Loop() {
		if codec.Timer(encoded) != c.Timer {
			b.Fatal("another timer")
		}
	}
}
