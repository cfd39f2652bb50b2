package oracle

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// Every run draws one policy, one history and some instants, and asks both
// implementations the same. ORACLE_RUNS sets how many runs there are,
// ORACLE_SEED the first; a failure prints the seed that repeats it alone.
const defaultRuns = 1500

func TestDifferential(t *testing.T) {
	first, runs := fromEnv(t, "ORACLE_SEED", 1), fromEnv(t, "ORACLE_RUNS", defaultRuns)
	workers := uint64(runtime.GOMAXPROCS(0))
	for worker := range workers {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			compareSeeds(t, first+worker, first+runs, workers)
		})
	}
}

// compareSeeds gives up at the third history that differs.
func compareSeeds(t *testing.T, first, end, step uint64) {
	failures := 0
	for seed := first; seed < end && failures < 3; seed += step {
		r := newRun(seed)
		r.compare()
		if len(r.faults) > 0 {
			failures++
			t.Errorf("ORACLE_SEED=%d ORACLE_RUNS=1\n%s\n%s", seed, strings.Join(r.faults, "\n"), r.describe())
		}
	}
}

func fromEnv(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	given := os.Getenv(name)
	if given == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(given, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v, expected a number", name, err)
	}
	return n
}

// run is one history with all that is asked about it.
type run struct {
	*drawing
	policy  *rules.Policy
	contact state.Contact
	faults  []string
}

const controller = "shop"

func newRun(seed uint64) *run {
	r := &run{drawing: newDrawing(seed)}
	r.policy = r.drawing.policy()
	r.contact = contactOf(r.history())
	r.contact.Uses = r.uses(r.contact.Facts)
	return r
}

// contactOf is a contact that nobody compacted: each id once, in the order of
// a state.
func contactOf(facts []state.Fact) state.Contact {
	c := state.NewContact()
	for _, f := range facts {
		same := func(other state.Fact) bool { return other.ID == f.ID }
		if !slices.ContainsFunc(c.Facts, same) {
			c.Facts = append(c.Facts, f)
		}
	}
	slices.SortFunc(c.Facts, func(a, b state.Fact) int {
		return cmp.Or(cmp.Compare(a.OccurredAt, b.OccurredAt), cmp.Compare(a.ID, b.ID))
	})
	return c
}

func (r *run) compare() {
	for range 3 {
		at, known := r.moment()
		for range 6 {
			r.compareDecide(at, known, r.question())
		}
		r.compareClock(at, known)
		r.compareStanding(at, known)
	}
}

// moment draws when to ask: often on, just before or just after an instant at
// which something could change.
func (r *run) moment() (at, known state.Instant) {
	at = r.instant()
	if !r.chance(3) {
		edges := Candidates(r.policy, controller, r.contact.Facts, state.Unset, rules.Question{Channel: state.ChannelEmail})
		at = pick(r.drawing, edges) + state.Instant(r.IntN(3)-1)
	}
	if r.chance(4) && len(r.contact.Facts) > 0 {
		at = pick(r.drawing, r.contact.Facts).OccurredAt + state.Instant(r.IntN(25))*day/24
	}
	switch r.IntN(8) {
	case 0, 1:
		at += state.Instant(r.IntN(72)) * day / 24
	case 2: // an hour at which anything may be sent
		at = startOfDay(at, reformZone) + day*11/24
	}
	known = at
	if r.chance(3) {
		known = at + state.Instant(r.Int64N(int64(100*day)))
	}
	return at, known
}

func (r *run) compareDecide(at, known state.Instant, q rules.Question) {
	want := Decide(r.policy, controller, r.contact.Facts, r.contact.Uses, at, known, q)
	got := rules.Decide(r.policy, controller, &r.contact, at, known, q)
	what := fmt.Sprintf("Decide at %s known %s %+v", at, known, q)
	if !r.same(what, answerOf(&got), want) || !want.Applicable {
		return
	}
	r.compareUntil(what, got.Until, want, at, known, q, false)
}

func answerOf(v *rules.Verdict) Answer {
	return Answer{v.Applicable, v.Allowed, v.AllowedByLaw, v.Basis, v.Reason, v.Families}
}

func (r *run) same(what string, got, want Answer) bool {
	if got.Same(want) {
		return true
	}
	r.faultf("%s\n  rules:  %s\n  oracle: %s", what, got, want)
	return false
}

func (r *run) faultf(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func (a Answer) String() string {
	return fmt.Sprintf("allowed=%v law=%v %s %s %q", a.Allowed, a.AllowedByLaw, a.Basis, a.Reason, a.Families)
}

// compareUntil looks whether the verdict holds until then and not beyond. It
// looks at every candidate now and then, else at a few.
func (r *run) compareUntil(what string, until state.Instant, want Answer, at, known state.Instant, q rules.Question, standing bool) {
	facts := recordedBy(r.contact.Facts, known)
	if until <= at {
		r.faultf("%s: until %s is not later", what, until)
		return
	}
	if until != state.Never && ask(r.policy, controller, facts, r.contact.Uses, until, q, standing).Same(want) {
		r.faultf("%s: until %s, where nothing changes\n  oracle: %s", what, until, want)
	}
	times := Candidates(r.policy, controller, facts, at, q)
	times = slices.DeleteFunc(times, func(i state.Instant) bool { return i >= until })
	if !r.chance(40) {
		for i := range min(len(times), 4) {
			j := i + r.IntN(len(times)-i)
			times[i], times[j] = times[j], times[i]
		}
		times = times[:min(len(times), 4)]
	}
	for _, i := range times {
		if later := ask(r.policy, controller, facts, r.contact.Uses, i, q, standing); !later.Same(want) {
			r.faultf("%s: until %s, but at %s\n  it was: %s\n  it is:  %s", what, until, i, want, later)
			return
		}
	}
}

func (r *run) compareClock(at, known state.Instant) {
	got := rules.Clock(r.policy, controller, &r.contact, at, known)
	runs, expires, warns := Retention(r.policy, controller, r.contact.Facts, at, known)
	same := got.Known == runs
	if runs && got.Known {
		same = got.ExpiresAt == expires && (expires == state.Never || got.WarnAt == warns)
	}
	if !same {
		r.faultf("Clock at %s known %s\n  rules:  %v %s warn %s\n  oracle: %v %s warn %s", at, known, got.Known, got.ExpiresAt, got.WarnAt, runs, expires, warns)
	}
}

func (r *run) compareStanding(at, known state.Instant) {
	want := Standing(r.policy, controller, r.contact.Facts, r.contact.Uses, at, known)
	got := rules.Standing(r.policy, controller, &r.contact, at, known)
	what := fmt.Sprintf("Standing at %s known %s", at, known)
	if !r.sameRows(what, got.Verdicts, want) || len(want) == 0 {
		return
	}
	next := state.Never
	for i := range got.Verdicts {
		next = min(next, got.Verdicts[i].Until)
	}
	if got.Next > next {
		r.faultf("%s: next %s, but a row changes at %s", what, got.Next, next)
	}
	i := r.IntN(len(want))
	row := want[i]
	q := rules.Question{Kind: row.Kind, Channel: row.Channel, Address: row.Address, Brand: row.Brand}
	r.compareUntil(fmt.Sprintf("%s %+v", what, q), got.Verdicts[i].Until, row.Answer, at, known, q, true)
}

func (r *run) sameRows(what string, got []rules.Verdict, want []Row) bool {
	key := func(kind state.MessageKind, channel state.Channel, address, brand string) string {
		return fmt.Sprintf("%q %q %s %s", address, brand, channel, kind)
	}
	rows := map[string]Answer{}
	for _, row := range want {
		rows[key(row.Kind, row.Channel, row.Address, row.Brand)] = row.Answer
	}
	same := len(got) == len(want)
	for i := range got {
		v := &got[i]
		name := key(v.Kind, v.Channel, v.Address, v.Brand)
		row, known := rows[name]
		if !known || !row.Same(answerOf(v)) {
			r.faultf("%s %s\n  rules:  %s\n  oracle: %s (row %v)", what, name, answerOf(v), row, known)
			return false
		}
		same = same && want[i].Kind == v.Kind && want[i].Channel == v.Channel && want[i].Address == v.Address && want[i].Brand == v.Brand
	}
	if !same {
		r.faultf("%s: %d rows, expected %d in order", what, len(got), len(want))
	}
	return same
}

// describe prints the policy and the history.
func (r *run) describe() string {
	var s strings.Builder
	for i := range r.policy.Versions {
		v := &r.policy.Versions[i]
		fmt.Fprintf(&s, "policy from %s: %+v\n", v.EffectiveFrom, *v.For(controller))
	}
	for i := range r.contact.Facts {
		f := &r.contact.Facts[i]
		fmt.Fprintf(&s, "%s %s", f.ID, f.OccurredAt)
		if f.Precision == state.PrecisionDay {
			s.WriteString(" DAY")
		}
		if f.RecordedAt != f.OccurredAt {
			fmt.Fprintf(&s, " recorded %s", f.RecordedAt)
		}
		fmt.Fprintf(&s, " address=%q brand=%q forwarded=%v %s\n", f.Address, f.Brand, f.Forwarded, describeBody(f))
	}
	fmt.Fprintf(&s, "uses %+v\n", r.contact.Uses)
	return s.String()
}

func describeBody(f *state.Fact) string {
	switch {
	case f.Purchase != nil:
		return fmt.Sprintf("%s %+v notice=%+v", f.Purchase.Kind, *f.Purchase, f.Purchase.Notice)
	case f.Click != nil:
		return fmt.Sprintf("%s %s %s %+v", f.Click.Kind, f.Click.Message, f.Click.Channel, *f.Click)
	case f.Signup != nil:
		return fmt.Sprintf("%s %+v notice=%+v", f.Signup.Kind, *f.Signup, f.Signup.Notice)
	case f.Unsubscribe != nil:
		return fmt.Sprintf("%s %s %+v", f.Unsubscribe.Kind, f.Unsubscribe.Method, *f.Unsubscribe)
	}
	return fmt.Sprintf("%+v", *f.Internal)
}
