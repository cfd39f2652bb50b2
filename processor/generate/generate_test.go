package generate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"sync"
	"testing"
	"testing/quick"

	"consentstream/schemas"
	"consentstream/state"
)

// sample generates all records of a config, kept.
func sample(t testing.TB, change func(*Config)) []schemas.Record {
	t.Helper()
	c := Default()
	change(&c)
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	g := New(c)
	var all []schemas.Record
	for r := new(schemas.Record); g.Next(r); {
		all = append(all, r.Clone())
	}
	if int64(len(all)) != c.Events {
		t.Fatalf("%d records, want %d", len(all), c.Events)
	}
	return all
}

// shop is the default sample, made once for all tests that only read it.
var shop = sync.OnceValue(func() []schemas.Record {
	var all []schemas.Record
	g := New(Default())
	for r := new(schemas.Record); g.Next(r); {
		all = append(all, r.Clone())
	}
	return all
})

func small(c *Config) { c.Events, c.Contacts = 40_000, 5_000 }

// The bytes of the sample are fixed: benchmarks of different versions and
// machines are then about the same input. A deliberate change of the shop
// changes these sums.
func TestSameConfigSameBytes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"uniform": {small, goldenUniform},
		"zipf":    {func(c *Config) { small(c); c.Zipf = 1.1 }, goldenZipf},
		"seed 2":  {func(c *Config) { small(c); c.Seed = 2 }, goldenSeed2},
	} {
		hash := sha256.New()
		var b []byte
		for _, r := range sample(t, c.change) {
			var err error
			if b, err = schemas.AppendRecord(b[:0], r.Fact.Topic, &r); err != nil {
				t.Fatal(err)
			}
			hash.Write(b)
		}
		if got := hex.EncodeToString(hash.Sum(nil)[:8]); got != c.want {
			t.Errorf("%s: sum %s, want %s", name, got, c.want)
		}
	}
}

const (
	goldenUniform = "16acebd3caad3aea"
	goldenZipf    = "837a9ab2f6805a96"
	goldenSeed2   = "03cca024e0eb4e9b"
)

// near wants a share within a tolerance, in thousandths.
func near(t *testing.T, what string, count, of int, wantPerMille, tolerance float64) {
	t.Helper()
	if got := 1000 * float64(count) / float64(of); math.Abs(got-wantPerMille) > tolerance {
		t.Errorf("%s: %.1f in a thousand, want %.1f", what, got, wantPerMille)
	}
}

func TestMixOfTopics(t *testing.T) {
	all := shop()
	counts := map[state.Topic]int{}
	for i := range all {
		counts[all[i].Fact.Topic]++
	}
	near(t, "clicks", counts[state.TopicClicks], len(all), 450, 5)
	near(t, "purchases", counts[state.TopicPurchases], len(all), 300, 5)
	near(t, "signups", counts[state.TopicSignups], len(all), 200, 5)
	near(t, "unsubscribes", counts[state.TopicUnsubscribes], len(all), 50, 3)
}

func TestDuplicatesAreWholeAndOneInTwoHundred(t *testing.T) {
	all := sample(t, small)
	first := map[string]*schemas.Record{}
	duplicates := 0
	for i := range all {
		r := &all[i]
		earlier, seen := first[r.Fact.ID]
		if !seen {
			first[r.Fact.ID] = r
			continue
		}
		duplicates++
		if !bytes.Equal(encoded(t, earlier), encoded(t, r)) {
			t.Fatalf("record %d repeats an id with other content", i)
		}
	}
	if want := len(all) / 200; duplicates != want {
		t.Errorf("%d duplicates, want %d", duplicates, want)
	}
}

func encoded(t testing.TB, r *schemas.Record) []byte {
	t.Helper()
	b, err := schemas.AppendRecord(nil, r.Fact.Topic, r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLateAndDayFacts(t *testing.T) {
	all := shop()
	late, byDay := 0, 0
	for i := range all {
		f := &all[i].Fact
		switch behind := f.RecordedAt - f.OccurredAt; {
		case behind < 0:
			t.Fatalf("record %d was recorded before it happened", i)
		case f.Precision == state.PrecisionDay:
			byDay++
		case behind >= day:
			late++
		case behind != 0:
			t.Fatalf("record %d is %d ms late", i, behind)
		}
	}
	near(t, "late", late, len(all), 20, 2)
	near(t, "known by day", byDay, len(all), 3, 1)
}

func TestRecordedInOrderWithinTheSpan(t *testing.T) {
	c := Default()
	small(&c)
	seen := map[string]bool{}
	last := c.From
	for i, r := range sample(t, small) {
		if seen[r.Fact.ID] {
			continue // a duplicate comes late by design
		}
		seen[r.Fact.ID] = true
		if r.Fact.RecordedAt < last || r.Fact.RecordedAt >= c.Until {
			t.Fatalf("record %d at %v, after one at %v", i, r.Fact.RecordedAt, last)
		}
		last = r.Fact.RecordedAt
	}
	if c.Until-last > 3*day {
		t.Errorf("the last record is at %v, the span ends at %v", last, c.Until)
	}
}

func TestOneHouseholdInAHundredSharesItsAddress(t *testing.T) {
	members := map[uint32]int{}
	for contact := range uint32(10_100) {
		members[addressOf(contact)]++
	}
	shared := 0
	for _, n := range members {
		switch n {
		case 1:
		case 2:
			shared++
		default:
			t.Errorf("%d contacts share one address", n)
		}
	}
	if len(members) != 10_000 || shared != 100 {
		t.Errorf("%d households, %d of them shared; want 10000 and 100", len(members), shared)
	}
}

func TestAContactHasOneAddressAllItsLife(t *testing.T) {
	addresses := map[string]string{}
	contacts := map[string]map[string]bool{}
	for _, r := range shop() {
		contact, address := r.Key.Contact, r.Fact.Address
		if earlier, ok := addresses[contact]; ok && earlier != address {
			t.Fatalf("a contact has addresses %s and %s", earlier, address)
		}
		addresses[contact] = address
		if contacts[address] == nil {
			contacts[address] = map[string]bool{}
		}
		contacts[address][contact] = true
	}
	shared := len(addresses) - len(contacts)
	near(t, "shared households", shared, len(contacts), 10, 3)
}

// Every record passes the checks that real input has to pass, and comes back
// from its bytes as it was.
func TestRecordsAreValid(t *testing.T) {
	encoder, err := schemas.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	decoder := schemas.NewDecoder()
	var back schemas.Record
	for i, r := range sample(t, small) {
		value, err := encoder.Record(nil, r.Fact.Topic, &r)
		if err != nil {
			t.Fatal(err)
		}
		if err := decoder.Decode(r.Fact.Topic, value, r.Fact.RecordedAt, &back); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		if !bytes.Equal(encoded(t, &back), encoded(t, &r)) {
			t.Fatalf("record %d is another one after encoding", i)
		}
	}
}

// What happens to an order belongs to one that was placed before, by the same
// contact, and an order does not end twice.
func TestOrdersHangTogether(t *testing.T) {
	type placed struct {
		contact string
		kinds   map[state.PurchaseKind]int
	}
	orders := map[string]*placed{}
	seen := map[string]bool{}
	for i, r := range sample(t, small) {
		p := r.Fact.Purchase
		if p == nil || seen[r.Fact.ID] {
			continue
		}
		seen[r.Fact.ID] = true
		o := orders[p.OrderRef]
		if starts := p.Kind == state.PurchaseOrdered || p.Kind == state.PurchaseContractStarted; starts != (o == nil) {
			t.Fatalf("record %d: %v of order %s, which was placed: %v", i, p.Kind, p.OrderRef, o != nil)
		}
		if o == nil {
			o = &placed{r.Key.Contact, map[state.PurchaseKind]int{}}
			orders[p.OrderRef] = o
		}
		if o.contact != r.Key.Contact {
			t.Fatalf("record %d: order %s of another contact", i, p.OrderRef)
		}
		o.kinds[p.Kind]++
		if o.kinds[state.PurchaseCancelled]+o.kinds[state.PurchaseDelivered] > 1 {
			t.Fatalf("record %d: order %s ends twice", i, p.OrderRef)
		}
	}
}

// Each kind of fact that the rules tell apart occurs.
func TestTheShopShowsEveryKind(t *testing.T) {
	seen := map[string]int{}
	for _, r := range shop() {
		f := &r.Fact
		switch {
		case f.Purchase != nil:
			seen[f.Purchase.Kind.String()]++
			if f.Purchase.Notice != nil && f.Purchase.Notice.OptOutOffered {
				seen["notice in a purchase"]++
			}
		case f.Click != nil:
			seen[f.Click.Kind.String()]++
			if f.Click.Message == state.MessageReviewRequest && f.Click.Kind == state.ClickSent {
				seen["review request"]++
			}
		case f.Signup != nil:
			seen[f.Signup.Kind.String()]++
			for _, a := range f.Signup.Answers {
				seen["answer "+a.Value.String()]++
			}
		case f.Unsubscribe != nil:
			seen[f.Unsubscribe.Kind.String()]++
		}
		if f.Brand != "" {
			seen["brand"]++
		}
	}
	wanted := []string{"notice in a purchase", "review request", "answer YES", "answer NO", "answer NONE", "brand"}
	for _, symbols := range [][]string{state.PurchaseKindSymbols(), state.ClickKindSymbols(), state.SignupKindSymbols(), state.UnsubscribeKindSymbols()} {
		wanted = append(wanted, symbols...)
	}
	for _, what := range wanted {
		if what != "UNKNOWN" && seen[what] == 0 {
			t.Errorf("no %s", what)
		}
	}
	near(t, "erasures among unsubscribes", seen["ERASURE"], 5000, 13, 8)
}

func TestZipfShares(t *testing.T) {
	const contacts, s = 1000, 1.1
	counts := map[string]int{}
	all := sample(t, func(c *Config) { c.Contacts, c.Zipf, c.Events = contacts, s, 200_000 })
	for i := range all {
		counts[all[i].Key.Contact]++
	}
	total := 0.0
	for rank := 1; rank <= contacts; rank++ {
		total += math.Pow(float64(rank), -s)
	}
	busiest := 0
	for _, n := range counts {
		busiest = max(busiest, n)
	}
	// Contacts that go silent and follow-ups of others move it a little.
	near(t, "the busiest contact", busiest, len(all), 1000/total, 25)
	if len(counts) < contacts*9/10 {
		t.Errorf("only %d of %d contacts occur", len(counts), contacts)
	}
}

func TestRanksFollowZipf(t *testing.T) {
	for _, s := range []float64{0.5, 1, 1.1, 2} {
		const n, draws = 100_000, 400_000
		table, dice := newRanks(n, s), random(7)
		counts := [3]int{}
		for range draws {
			switch rank := table.draw(&dice); {
			case rank < 1 || rank > n:
				t.Fatalf("rank %d", rank)
			case rank <= 10:
				counts[0]++
			case rank <= 1000:
				counts[1]++
			default:
				counts[2]++
			}
		}
		sums := [3]float64{}
		for rank := 1; rank <= n; rank++ {
			i := 0
			if rank > 1000 {
				i = 2
			} else if rank > 10 {
				i = 1
			}
			sums[i] += math.Pow(float64(rank), -s)
		}
		for i := range counts {
			near(t, "ranks", counts[i], draws, 1000*sums[i]/(sums[0]+sums[1]+sums[2]), 3)
		}
	}
}

func TestEveryRankIsAContactOfItsOwn(t *testing.T) {
	for _, contacts := range []int{1, 2, 3, 10, 97, 1000, 4096} {
		p := newPopularity(contacts, 1)
		seen := map[uint64]bool{}
		for rank := range uint64(contacts) {
			seen[rank*p.step%p.contacts] = true
		}
		if len(seen) != contacts {
			t.Errorf("%d contacts: %d are reached", contacts, len(seen))
		}
	}
}

func TestSharesSumUpToAThousand(t *testing.T) {
	sums := map[string]uint64{
		"topics": sum(topics), "brandOf": sum(brandOf), "sources": sum(sources), "prices": sum(prices), "soldBy": sum(soldBy),
		"collectedBy": sum(collectedBy), "firstClicks": sum(firstClicks), "mails": sum(mails), "actors": sum(actors), "targets": sum(targets),
		"firstSignups": sum(firstSignups), "laterSignups": sum(laterSignups), "collections": sum(collections), "contactTypes": sum(contactTypes),
		"zones": sum(zones), "questions": sum(questions), "forms": sum(forms), "consents": sum(consents), "refusals": sum(refusals), "goodbyes": sum(goodbyes),
	}
	for name, sum := range sums {
		if sum != 1000 {
			t.Errorf("%s sums up to %d", name, sum)
		}
	}
}

func sum[T any](shares []share[T]) (sum uint64) {
	for _, s := range shares {
		sum += s.of
	}
	return sum
}

func TestFollowUpsComeInOrder(t *testing.T) {
	ordered := func(instants []int64) bool {
		var h followUps
		for i, at := range instants {
			h.push(followUp{at: state.Instant(at), order: uint64(i)})
		}
		last, n := state.Unset, 0
		for {
			f, due := h.pop(state.Never)
			if !due {
				return n == len(instants)
			}
			if f.at < last {
				return false
			}
			last, n = f.at, n+1
		}
	}
	if err := quick.Check(ordered, nil); err != nil {
		t.Error(err)
	}
	h := followUps{{at: 10}}
	if _, due := h.pop(9); due {
		t.Error("a follow-up came before its time")
	}
}

func TestSmallestConfigs(t *testing.T) {
	sample(t, func(c *Config) { c.Events, c.Contacts = 1000, 1 })
	sample(t, func(c *Config) { c.Events, c.Contacts, c.Zipf = 1000, 1, 2 })
	sample(t, func(c *Config) { c.Events = 0 })
	sample(t, func(c *Config) { c.Events, c.From = 500, c.Until-1 })
	sample(t, func(c *Config) { c.Events, c.From = 500, c.Until-day+1 })
}

func TestValidate(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"events":   func(c *Config) { c.Events = -1 },
		"contacts": func(c *Config) { c.Contacts = 0 },
		"zipf":     func(c *Config) { c.Zipf = math.NaN() },
		"span":     func(c *Config) { c.From = c.Until },
	} {
		c := Default()
		change(&c)
		if c.Validate() == nil {
			t.Errorf("%s: a bad value is taken", name)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	c := Default()
	c.Events, c.Contacts = int64(b.N), 1_000_000
	g := New(c)
	b.ReportAllocs()
	for r := new(schemas.Record); g.Next(r); {
	}
}
