package state

// ContentHash sums every field of the record but recorded_at: two records with
// one id and one hash are one fact. What the processor adds to a fact (Since,
// Forwarded) is left out. The value decides between two records with one id,
// so it never changes from release to release.
func (f *Fact) ContentHash() uint64 {
	h := newHasher()
	h.str(f.ID)
	h.str(f.Brand)
	h.str(f.Address)
	h.str(f.Source)
	h.num(uint64(f.OccurredAt))
	h.num(uint64(f.Topic)<<8 | uint64(f.Precision))
	switch {
	case f.Purchase != nil:
		h.purchase(f.Purchase)
	case f.Click != nil:
		h.click(f.Click)
	case f.Signup != nil:
		h.signup(f.Signup)
	case f.Unsubscribe != nil:
		h.unsubscribe(f.Unsubscribe)
	case f.Internal != nil:
		h.internal(f.Internal)
	}
	return h.sum()
}

// refusalHash sums what a negative refuses and leaves out what else the same
// record says, which its copies at other contacts have not.
func (f *Fact) refusalHash() uint64 {
	if f.Signup == nil {
		return f.ContentHash()
	}
	h := newHasher()
	h.str(f.ID)
	h.str(f.Address)
	h.num(uint64(f.OccurredAt))
	h.num(uint64(f.Precision))
	for i := range f.Signup.Answers {
		if f.Signup.Answers[i].Value == AnswerNo {
			h.answer(&f.Signup.Answers[i])
		}
	}
	return h.sum()
}

// hasher is 64-bit FNV-1a, a word or a byte at a time, with a last stirring.
// Every string is preceded by its length, so that fields cannot run together.
type hasher uint64

const (
	fnvOffset hasher = 14695981039346656037
	fnvPrime  hasher = 1099511628211
)

func newHasher() hasher { return fnvOffset }

func (h *hasher) num(v uint64) {
	*h = (*h ^ hasher(v)) * fnvPrime
	*h ^= *h >> 29
}

func (h *hasher) flag(v bool) {
	if v {
		h.num(1)
		return
	}
	h.num(0)
}

func (h *hasher) str(s string) {
	h.num(uint64(len(s)))
	for i := 0; i < len(s); i++ {
		*h = (*h ^ hasher(s[i])) * fnvPrime
	}
}

func (h *hasher) strs(list []string) {
	h.num(uint64(len(list)))
	for _, s := range list {
		h.str(s)
	}
}

func (h hasher) sum() uint64 {
	x := uint64(h)
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	return x
}

// The first number of each body keeps bodies of two kinds apart.

func (h *hasher) purchase(p *Purchase) {
	h.num(1)
	h.num(uint64(p.Kind)<<24 | uint64(p.Role)<<16 | uint64(p.CollectedBy)<<8 | uint64(p.SoldBy))
	h.str(p.OrderRef)
	h.str(p.Family)
	h.str(p.Currency)
	h.flag(p.AmountKnown)
	if p.AmountKnown {
		h.num(uint64(p.AmountMinor))
	}
	h.notice(p.Notice)
}

func (h *hasher) click(c *Click) {
	h.num(2)
	h.num(uint64(c.Kind)<<32 | uint64(c.Channel)<<24 | uint64(c.Message)<<16 | uint64(c.Target)<<8 | uint64(c.Actor))
	h.str(c.CampaignID)
	h.str(c.OrderRef)
}

func (h *hasher) signup(s *Signup) {
	h.num(3)
	h.num(uint64(s.Kind)<<16 | uint64(s.ContactType)<<8 | uint64(s.Collection))
	h.str(s.SubmissionID)
	h.str(s.TimeZone)
	h.notice(s.Notice)
	h.num(uint64(len(s.Answers)))
	for i := range s.Answers {
		h.answer(&s.Answers[i])
	}
}

func (h *hasher) unsubscribe(u *Unsubscribe) {
	h.num(4)
	h.num(uint64(u.Kind)<<16 | uint64(u.Method)<<8 | uint64(u.Message))
	h.num(uint64(u.Channels)<<16 | uint64(u.Purposes)<<8 | uint64(u.Shown))
	h.strs(u.Brands)
	h.str(u.ProofRef)
	h.num(uint64(u.PurgedBefore))
}

func (h *hasher) internal(i *Internal) {
	h.num(5)
	h.num(uint64(i.Kind))
	h.str(i.Target)
	h.str(i.By)
}

func (h *hasher) notice(n *Notice) {
	if n == nil {
		h.num(0)
		return
	}
	h.num(6)
	h.num(uint64(n.Channels)<<16 | uint64(n.Purposes)<<8 | uint64(n.Mode))
	h.flag(n.OptOutOffered)
	h.strs(n.Families)
	h.str(n.TextVersion)
	h.str(n.ProofRef)
	h.str(n.Language)
	h.str(n.URL)
	h.str(n.OrderRef)
}

func (h *hasher) answer(a *Answer) {
	h.num(uint64(a.Form)<<16 | uint64(a.Value)<<8 | uint64(a.Message))
	h.num(uint64(a.Channels)<<16 | uint64(a.Purposes)<<8 | uint64(a.Shown))
	h.flag(a.Confirmed)
	h.flag(a.PhoneMentions)
	h.str(a.ProofRef)
	h.str(a.TextVersion)
}
