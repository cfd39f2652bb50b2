package state_test

import (
	"fmt"
	"testing"

	"consentstream/state"
	"consentstream/state/statetest"
)

// BenchmarkAdd folds one more click into contacts of different histories.
func BenchmarkAdd(b *testing.B) {
	for _, history := range []int{0, 5, 40, 1000, 100_000} {
		b.Run(fmt.Sprintf("after %d clicks", history), func(b *testing.B) {
			c := shopper()
			for i := range history {
				c.Add(click(i))
			}
			kept := append([]state.Fact(nil), c.Facts...)
			clicks := make([]state.Fact, 10_000)
			for i := range clicks {
				clicks[i] = click(history + i)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				c.Add(clicks[i%len(clicks)])
				if !c.Compacted {
					c.Facts = append(c.Facts[:0], kept...)
				}
			}
			b.ReportMetric(float64(c.Size()), "bytes")
		})
	}
}

// BenchmarkAddSale folds sales into a contact that holds as many as it may.
func BenchmarkAddSale(b *testing.B) {
	pools := statetest.Shop()
	pools.Plain, pools.Only = true, []statetest.Kind{statetest.Purchases, statetest.Signups}
	facts := statetest.Facts(statetest.Seed(1), pools, 20_000)
	c := state.NewContact()
	for i := range 2000 {
		c.Add(facts[i])
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		c.Add(facts[i%len(facts)])
	}
	b.ReportMetric(float64(len(c.Facts)), "facts")
}

// shopper is a contact with an account and two orders.
func shopper() state.Contact {
	c := state.NewContact()
	for _, f := range statetest.Facts(statetest.Seed(7), shopPools(), 3) {
		c.Add(f)
	}
	return c
}

func shopPools() statetest.Pools {
	pools := statetest.Shop()
	pools.Plain, pools.Only, pools.Addresses = true, []statetest.Kind{statetest.Purchases, statetest.Signups}, []string{"a1"}
	return pools
}

func click(i int) state.Fact {
	at := statetest.Start + state.Instant(i)*statetest.Hour
	return state.Fact{
		ID: fmt.Sprintf("c-%010d", i), Topic: state.TopicClicks, Address: "a1", Source: "mailer",
		OccurredAt: at, Since: at, RecordedAt: at,
		Click: &state.Click{
			Kind: state.ClickClick, Channel: state.ChannelEmail, Message: state.MessageNewsletter,
			Target: state.TargetContent, Actor: state.ActorHuman, CampaignID: "spring",
		},
	}
}
