package state

// class is how facts of one kind are bounded once a contact is compacted.
// Every fact has one; a class either holds its facts singly, the newest so
// many, or merges them.
type class uint8

const (
	classNothing class = iota // of no effect on any decision: dropped

	// Merged. All members have one body and differ by id, place and time.
	classNegative  // first to last
	classLostProof // proofs lost whose reference is not kept: first to last
	classPurged    // first to last, with the latest instant it covers
	classBlind     // unreadable negatives beyond those held: first to last
	classReset     // resets the retention clock: runs without a gap of a year
	classSeen      // resets nothing, but may be the first that is known: first to last
	classType      // consumer or business: the newest of each
	classZone      // time zone: the newest
	classMixed     // several of these in one record, merged part by part

	// Held singly.
	classSale
	classConsent // a notice or a yes
	classRefusal // a no that tells of which submission it is part
	classCancelled
	classDelivered
	classEnded
	classProofLost
	classUnreadable
	classRelease
	classAsked // a review request that was sent
	classWarned
	classConfirmed
	classWelcome
	classNewsletter
	classCall
	classEarly // a positive dated more than a day after it was recorded

	classes
)

// levels are how often the limits can be lowered: halved down to one, then the
// addresses are given up, then all that is not negative.
const (
	levelGiveUp = 5
	levelLast   = 6

	// MaxLevel is the greatest value of Contact.Level.
	MaxLevel uint8 = levelLast
)

// limits is how many facts a class holds by level, of those that are alike (see
// alike). What was sent once or is counted by law stays: to forget it would
// permit more, not less.
var limits = [classes][levelLast + 1]uint8{
	classSale:       {16, 8, 4, 2, 1, 1, 0},
	classConsent:    {8, 4, 2, 1, 1, 1, 0},
	classRefusal:    {16, 8, 4, 2, 1, 0, 0},
	classCancelled:  {16, 8, 4, 2, 1, 0, 0},
	classDelivered:  {16, 8, 4, 2, 1, 0, 0},
	classEnded:      {16, 8, 4, 2, 1, 0, 0},
	classProofLost:  {16, 8, 4, 2, 1, 0, 0},
	classUnreadable: {16, 8, 4, 2, 1, 0, 0},
	classRelease:    {16, 8, 4, 2, 1, 0, 0},
	classAsked:      {16, 8, 4, 2, 1, 0, 0},
	classWarned:     {1, 1, 1, 1, 1, 1, 1},
	classConfirmed:  {1, 1, 1, 1, 1, 1, 1},
	classWelcome:    {8, 4, 2, 1, 1, 0, 0},
	classNewsletter: {8, 4, 2, 1, 1, 0, 0},
	classCall:       {4, 4, 4, 4, 4, 4, 4},
	classEarly:      {8, 4, 2, 1, 1, 0, 0},
}

// early is how far after its recording a positive may be dated (R3).
const early Instant = 24 * 3600 * 1000

// classOf returns the class of a fact. Merging yields facts of the very class
// that they were merged in, so it may be asked of those too.
func classOf(f *Fact) class {
	switch {
	case f.Unsubscribe != nil:
		return unsubscribeClass(f.Unsubscribe)
	case f.Internal != nil:
		return internalClass(f.Internal)
	case f.Forwarded:
		return forwardedClass(f)
	case f.Click != nil:
		return unlessEarly(f, clickClass(f.Click))
	case f.Purchase != nil:
		return unlessEarly(f, purchaseClass(f.Purchase))
	case f.Signup != nil:
		return unlessEarly(f, signupClass(f.Signup))
	}
	return classNothing
}

func unsubscribeClass(u *Unsubscribe) class {
	switch {
	case u.Kind == UnsubscribePurged:
		return classPurged
	case u.Kind == UnsubscribeProofLost && u.ProofRef == "":
		return classLostProof
	case u.Kind == UnsubscribeProofLost:
		return classProofLost
	}
	return classNegative
}

func internalClass(i *Internal) class {
	switch {
	case i.Kind == InternalRelease:
		return classRelease
	case i.Target == andEarlier:
		return classBlind
	}
	return classUnreadable
}

// forwardedClass: only negatives reach a contact through a shared address.
func forwardedClass(f *Fact) class {
	if f.Signup == nil || !f.IsNegative() {
		return classNothing
	}
	return refusalClass(f.Signup)
}

// unlessEarly keeps what is dated in the future away from what is merged and
// what it would push out. Retractions and messages sent are no positives.
func unlessEarly(f *Fact, c class) class {
	if f.OccurredAt <= f.RecordedAt+early {
		return c
	}
	switch c {
	case classReset, classSeen, classType, classZone, classMixed, classSale, classConsent:
		return classEarly
	}
	return c
}

func purchaseClass(p *Purchase) class {
	switch p.Kind {
	case PurchaseOrdered, PurchaseContractStarted:
		return classSale
	case PurchaseCancelled:
		return classCancelled
	case PurchaseDelivered:
		return classDelivered
	case PurchaseContractEnded:
		return classEnded
	case PurchaseAttended:
		if p.Notice != nil {
			return classSale
		}
		return classReset
	}
	return classNothing
}

func clickClass(c *Click) class {
	switch c.Kind {
	case ClickUnknown:
		return classNothing
	case ClickSent:
		return sentClass(c.Message)
	}
	if clickBody(c) != nil {
		return classReset
	}
	return classSeen
}

func sentClass(m MessageKind) class {
	switch m {
	case MessageReviewRequest:
		return classAsked
	case MessageDeletionWarning:
		return classWarned
	case MessageUnsubscribeConfirmation:
		return classConfirmed
	case MessageWelcome:
		return classWelcome
	case MessageNewsletter:
		return classNewsletter
	case MessageCall:
		return classCall
	}
	return classSeen
}

func signupClass(s *Signup) class {
	switch {
	case s.Kind != SignupUnknown && (s.Notice != nil || s.Says(AnswerYes)):
		return classConsent
	case s.Kind == SignupForm && len(s.Answers) == 1 && s.ContactType == ContactNone && s.TimeZone == "":
		return refusalClass(s)
	case len(s.Answers) > 0:
		return classMixed
	}
	return plainSignupClass(s)
}

// refusalClass is the class of a signup that is one refusal and nothing else.
func refusalClass(s *Signup) class {
	switch {
	case len(s.Answers) != 1 || s.Answers[0].Value != AnswerNo || s.Kind != SignupForm:
		return classMixed
	case s.SubmissionID != "":
		return classRefusal
	}
	return classNegative
}

// plainSignupClass is the class of a signup without notice and answers.
func plainSignupClass(s *Signup) class {
	typed, zoned := s.ContactType != ContactNone, s.TimeZone != ""
	switch {
	case s.Kind == SignupUnknown:
		return classNothing
	case s.Kind == SignupForm && typed && !zoned:
		return classType
	case s.Kind == SignupForm && zoned && !typed:
		return classZone
	case typed || zoned:
		return classMixed
	case resetsByKind(s):
		return classReset
	}
	return classSeen
}

// Says reports whether one of the answers has a value.
func (s *Signup) Says(v AnswerValue) bool {
	for i := range s.Answers {
		if s.Answers[i].Value == v {
			return true
		}
	}
	return false
}
