package rules_test

import "consentstream/state"

// Short ways to write facts in tests.

func moment(id string, at state.Instant, topic state.Topic) state.Fact {
	return state.Fact{ID: id, Topic: topic, OccurredAt: at, Since: at, RecordedAt: at}
}

func purchaseFact(id string, at state.Instant, p *state.Purchase) state.Fact {
	f := moment(id, at, state.TopicPurchases)
	f.Purchase = p
	return f
}

func orderFact(id string, at state.Instant, ref string) state.Fact {
	return purchaseFact(id, at, &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: ref, Family: "main", AmountMinor: 5000, AmountKnown: true})
}

func signupFact(id string, at state.Instant, s *state.Signup) state.Fact {
	f := moment(id, at, state.TopicSignups)
	f.Signup = s
	return f
}
