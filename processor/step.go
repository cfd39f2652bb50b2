package processor

import (
	"consentstream/processor/kafka"
	"consentstream/processor/trace"
	"consentstream/state"
)

// Step is one whole transition of a task as data: what goes into one Kafka
// transaction, and what the store holds once that transaction is committed. It is
// computed in slices, each on top of the ones before.
type Step struct {
	// Records go out in the transaction, changelog records included.
	Records []kafka.OutRecord
	// Positions are the next offsets of the inputs that the step consumed.
	Positions map[kafka.TopicPartition]int64
	// Puts are the states to store, each key once.
	Puts []Put
	// Stale are entries of the deadline index that no contact has any more.
	Stale []Due
	// Counts are what the step did, for metrics and progress.
	Counts Counts
	// Appended are the instants at which records of the input topics were
	// appended, by state.Topic, for the time from there to the commit. The
	// backlog of a first start is left out: it is as old as it is.
	Appended [4][]state.Instant
	// Traces are its records that carry a trace, where traces are configured.
	Traces []trace.Record
	spans  int // of them have a span

	// urgent tells that it holds an objection, which is not to wait for more.
	urgent bool

	memory  arena
	headers []kafka.Header // backing of the records' headers
	// index finds a put by its key: the next step is computed on top of this
	// one while it commits.
	index map[string]int
}

// Put is one state to store.
type Put struct {
	Key   []byte
	Value []byte // nil = delete
	// Armed is the instant the deadline index holds for the key, and Timer the
	// one it must hold; state.Never = none.
	Armed, Timer state.Instant
}

// Counts are what a step did.
type Counts struct {
	Records     int // input records read
	Facts       int // facts that were new
	Duplicates  int
	Eligibility int
	Retention   int
	DeadLetters int
	Misrouted   int
	Deadlines   int
	Ignored     int // records of a kind that a newer producer writes
	// Faults counts the dead letters by reason.
	Faults map[string]int
}

func (c *Counts) deadLetter(fault string) {
	if c.Faults == nil {
		c.Faults = map[string]int{}
	}
	c.Faults[fault]++
}

func newStep() *Step {
	return &Step{Positions: map[kafka.TopicPartition]int64{}, index: map[string]int{}}
}

// reset empties the step for the next use. What it held must not be used any more.
func (s *Step) reset() {
	clear(s.Records)
	s.Records, s.Puts, s.Stale, s.Counts = s.Records[:0], s.Puts[:0], s.Stale[:0], Counts{}
	clear(s.Positions)
	clear(s.index)
	s.memory.reset()
	s.headers, s.urgent = s.headers[:0], false
	s.Traces, s.spans = s.Traces[:0], 0
	for i := range s.Appended {
		s.Appended[i] = s.Appended[i][:0]
	}
}

// addHeaders returns a copy of headers that lives as long as the step.
func (s *Step) addHeaders(headers []kafka.Header, more ...kafka.Header) []kafka.Header {
	if cap(s.headers)-len(s.headers) < len(headers)+len(more) {
		s.headers = make([]kafka.Header, 0, max(1024, 2*cap(s.headers)))
	}
	from := len(s.headers)
	s.headers = append(append(s.headers, headers...), more...)
	return s.headers[from:len(s.headers):len(s.headers)]
}

// Empty reports whether committing the step would change nothing.
func (s *Step) Empty() bool { return len(s.Records) == 0 && len(s.Positions) == 0 }

// put adds a state, or replaces the one that an earlier slice has put; key and
// value must live in the step's memory.
func (s *Step) put(p Put) {
	if earlier, ok := s.lookup(p.Key); ok {
		p.Armed = earlier.Armed // what the deadline index holds: it never saw the earlier one
		*earlier = p
		return
	}
	s.index[string(p.Key)] = len(s.Puts)
	s.Puts = append(s.Puts, p)
}

// lookup returns the put of a key.
func (s *Step) lookup(key []byte) (*Put, bool) {
	if s == nil {
		return nil, false
	}
	i, ok := s.index[string(key)]
	if !ok {
		return nil, false
	}
	return &s.Puts[i], true
}

// arena hands out byte slices that live until reset, from large blocks.
type arena struct {
	blocks [][]byte
	used   int // blocks in use
}

const arenaBlock = 256 << 10

// copy returns a copy of b.
func (a *arena) copy(b []byte) []byte {
	if len(b) > arenaBlock/4 {
		return append([]byte(nil), b...)
	}
	if a.used == 0 || cap(a.blocks[a.used-1])-len(a.blocks[a.used-1]) < len(b) {
		a.grow()
	}
	block := &a.blocks[a.used-1]
	from := len(*block)
	*block = append(*block, b...)
	return (*block)[from:len(*block):len(*block)]
}

func (a *arena) grow() {
	if a.used == len(a.blocks) {
		a.blocks = append(a.blocks, make([]byte, 0, arenaBlock))
	}
	a.blocks[a.used] = a.blocks[a.used][:0]
	a.used++
}

func (a *arena) reset() { a.used = 0 }
