package schemas

import (
	"strings"

	"consentstream/state"
)

// Record is one decoded record of an input topic: a fact and whose it is.
//
// A Record owns the bodies that Fact points to and uses them again on the next
// decode into it, so a slice of Records that is used again and again costs no
// allocation. The zero value is ready to use.
type Record struct {
	Key  state.Key
	Fact state.Fact

	bodies *bodies
}

// bodies are the parts of a Fact that are behind pointers and slices.
type bodies struct {
	purchase    state.Purchase
	click       state.Click
	signup      state.Signup
	unsubscribe state.Unsubscribe
	notice      state.Notice
	answers     []state.Answer
	names       []string // families of the notice or brands of the unsubscribe
}

// reset empties the record but keeps its bodies.
func (r *Record) reset(topic state.Topic) *bodies {
	if r.bodies == nil {
		r.bodies = new(bodies)
	}
	r.Key = state.Key{}
	r.Fact = state.Fact{Topic: topic}
	return r.bodies
}

// UnknownKind tells that the kind of a positive record is from a later schema:
// such a record is ignored, but for the refusals it may hold, and counted.
func (r *Record) UnknownKind() bool {
	f := &r.Fact
	switch {
	case f.Purchase != nil:
		return f.Purchase.Kind == state.PurchaseUnknown
	case f.Click != nil:
		return f.Click.Kind == state.ClickUnknown
	case f.Signup != nil:
		return f.Signup.Kind == state.SignupUnknown
	}
	return false
}

// Clone returns a Record that shares nothing with r nor with the bytes it was
// decoded from. All its strings lie in one allocation.
func (r *Record) Clone() Record {
	out := Record{Key: r.Key, Fact: r.Fact}
	cloneBodies(&out.Fact)
	size := 0
	eachString(&out, func(s *string) { size += len(*s) })
	var pool strings.Builder
	pool.Grow(size)
	eachString(&out, func(s *string) { *s = keep(&pool, *s) })
	return out
}

// keep copies s into the pool, which has room for it, and returns the copy.
func keep(pool *strings.Builder, s string) string {
	start := pool.Len()
	pool.WriteString(s)
	return pool.String()[start:]
}

func cloneBodies(f *state.Fact) {
	f.Purchase = clonePtr(f.Purchase)
	f.Click = clonePtr(f.Click)
	f.Signup = clonePtr(f.Signup)
	f.Unsubscribe = clonePtr(f.Unsubscribe)
	f.Internal = clonePtr(f.Internal)
	switch {
	case f.Purchase != nil:
		f.Purchase.Notice = cloneNotice(f.Purchase.Notice)
	case f.Signup != nil:
		f.Signup.Notice = cloneNotice(f.Signup.Notice)
		f.Signup.Answers = append([]state.Answer(nil), f.Signup.Answers...)
	case f.Unsubscribe != nil:
		f.Unsubscribe.Brands = append([]string(nil), f.Unsubscribe.Brands...)
	}
}

func cloneNotice(n *state.Notice) *state.Notice {
	n = clonePtr(n)
	if n != nil {
		n.Families = append([]string(nil), n.Families...)
	}
	return n
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// eachString visits every string of the record once.
func eachString(r *Record, visit func(*string)) {
	f := &r.Fact
	all(visit, &r.Key.Controller, &r.Key.Contact, &f.ID, &f.Brand, &f.Address, &f.Source)
	switch {
	case f.Purchase != nil:
		p := f.Purchase
		all(visit, &p.OrderRef, &p.Family, &p.Currency)
		eachOfNotice(p.Notice, visit)
	case f.Click != nil:
		all(visit, &f.Click.CampaignID, &f.Click.OrderRef)
	case f.Signup != nil:
		eachOfSignup(f.Signup, visit)
	case f.Unsubscribe != nil:
		visit(&f.Unsubscribe.ProofRef)
		eachOf(f.Unsubscribe.Brands, visit)
	case f.Internal != nil:
		all(visit, &f.Internal.Target, &f.Internal.By)
	}
}

func eachOfSignup(s *state.Signup, visit func(*string)) {
	all(visit, &s.SubmissionID, &s.TimeZone)
	eachOfNotice(s.Notice, visit)
	for i := range s.Answers {
		all(visit, &s.Answers[i].ProofRef, &s.Answers[i].TextVersion)
	}
}

func eachOfNotice(n *state.Notice, visit func(*string)) {
	if n == nil {
		return
	}
	all(visit, &n.TextVersion, &n.ProofRef, &n.Language, &n.URL, &n.OrderRef)
	eachOf(n.Families, visit)
}

func eachOf(list []string, visit func(*string)) {
	for i := range list {
		visit(&list[i])
	}
}

func all(visit func(*string), strings ...*string) {
	for _, s := range strings {
		visit(s)
	}
}
