package rules

import "consentstream/state"

// A scant contact holds little beside its newest facts, so one more takes the
// place of others that a decision may rest on though it does not ask for them:
// those that joined the contacts before them into one epoch (R45).

// standsScant reports whether what the newest fact of a scant contact pushed out
// surely matters to nothing else than what the fact itself is asked for.
func standsScant(c *state.Contact, f *state.Fact, out bool) bool {
	switch {
	case !out && !mayReset(f):
		return true // nothing gave way to it
	case out && !(sells(f) && opens(f)):
		return false // an answer YES may have gone, what the person is owed, or the last contact
	}
	return inOneEpoch(c, f.OccurredAt)
}

// mayReset reports whether a fact may be one that resets the retention clock (R43).
func mayReset(f *state.Fact) bool {
	switch {
	case f.Purchase != nil:
		return f.Purchase.Kind != state.PurchaseDelivered
	case f.Click != nil:
		return f.Click.Kind != state.ClickSent
	}
	return true
}

// inOneEpoch reports whether a contact that opens an epoch is followed by all
// that may permit anything, and so soon by the newest fact that the clock surely
// ran in between: whatever went from between them closed no epoch.
func inOneEpoch(c *state.Contact, newest state.Instant) bool {
	for i := range c.Facts {
		f := &c.Facts[i]
		near := f.OccurredAt > newest-safeGap && f.Precision != state.PrecisionDay
		switch {
		case near && opens(f):
			return true
		case mayPermit(f):
			return false
		}
	}
	return false
}

// mayPermit reports whether a fact may be one on which a permission rests: a sale,
// something that the person was told, an answer YES.
func mayPermit(f *state.Fact) bool {
	switch {
	case f.Purchase != nil:
		return true
	case f.Signup != nil:
		return f.Signup.Notice != nil || f.Signup.Says(state.AnswerYes)
	}
	return false
}
