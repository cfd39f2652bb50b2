package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Position is where to read a partition from.
type Position struct {
	TopicPartition
	Offset int64
}

// FetchOptions say how much to read and how long to wait for it. The zero value
// of each number stands for its default.
type FetchOptions struct {
	MaxWait           time.Duration // for MinBytes to come together; default 500 ms
	MinBytes          int32         // default 1
	MaxPartitionBytes int32         // default 1 MiB; the first batch always comes whole, however large
	Committed         bool          // leave out aborted transactions and what is not decided yet
}

func (o FetchOptions) withDefaults() FetchOptions {
	if o.MaxWait <= 0 {
		o.MaxWait = 500 * time.Millisecond
	}
	if o.MinBytes <= 0 {
		o.MinBytes = 1
	}
	if o.MaxPartitionBytes <= 0 {
		o.MaxPartitionBytes = 1 << 20
	}
	return o
}

// Fetched is what one partition answered.
type Fetched struct {
	TopicPartition
	Records []Record
	// Next is the position to read from next. It passes control records,
	// aborted records and offsets that compaction emptied, so that it reaches
	// the end of a log even where no record is left.
	Next          int64
	HighWatermark int64 // end of what is replicated; -1 if not answered
	LastStable    int64 // end of what is decided; -1 if not answered
	LogStart      int64 // first offset that is kept; -1 if not answered
	// Err is the failure of this partition alone. Retriable tells whether to
	// ask again; ErrOffsetOutOfRange tells a position outside the log.
	Err error
}

// maxFetchBytes is the limit of a whole answer. It is out of reach on purpose:
// partitions have limits of their own, and an answer cut by the whole limit
// comes without its list of aborted transactions from some brokers.
const maxFetchBytes = 1 << 30

// Apart groups positions that one request can read: those with the same leader,
// as far as is known without asking. Where nothing is known they stay together.
func (c *Client) Apart(ctx context.Context, positions []Position) [][]Position {
	meta, err := c.meta.get(ctx, topicsOfPositions(positions)...)
	if err != nil {
		return [][]Position{positions}
	}
	led, homeless := byLeader(meta, positions, func(p Position) TopicPartition { return p.TopicPartition })
	groups := make([][]Position, 0, len(led))
	for _, leader := range slices.Sorted(maps.Keys(led)) {
		groups = append(groups, led[leader])
	}
	for _, p := range positions {
		if homeless[p.TopicPartition] != nil { // it has no leader just now, and may get any
			groups = append(groups, []Position{p})
		}
	}
	return groups
}

// Fetch reads from each position once, with one request per leader, in
// parallel, and waits for the slowest: who must not wait for a leader that has
// nothing, or is away, fetches what is Apart alone. The results are in the order of
// positions. It fails as a whole only when ctx ends or the client is closed.
func (c *Client) Fetch(ctx context.Context, positions []Position, opt FetchOptions) ([]Fetched, error) {
	opt = opt.withDefaults()
	out := make([]Fetched, len(positions))
	for i, p := range positions {
		out[i] = Fetched{TopicPartition: p.TopicPartition, Next: p.Offset, HighWatermark: -1, LastStable: -1, LogStart: -1}
	}
	meta, err := c.meta.get(ctx, topicsOfPositions(positions)...)
	if err != nil {
		return c.failFetch(ctx, out, err)
	}
	groups := map[int32][]*Fetched{}
	for i := range out {
		leader, err := meta.leader(out[i].TopicPartition)
		if err != nil {
			out[i].Err = err
			c.meta.stale(meta)
			continue
		}
		groups[leader] = append(groups[leader], &out[i])
	}
	var wg sync.WaitGroup
	for leader, group := range groups {
		wg.Go(func() { c.fetchFrom(ctx, leader, group, opt) })
	}
	wg.Wait()
	for i := range out {
		if leaderMoved(out[i].Err) {
			c.meta.stale(meta)
		}
	}
	return out, c.ended(ctx)
}

// failFetch fails every partition of a fetch that could not be sent.
func (c *Client) failFetch(ctx context.Context, out []Fetched, err error) ([]Fetched, error) {
	for i := range out {
		out[i].Err = err
	}
	return out, c.ended(ctx)
}

// ended tells why nothing more is to be done, nil if there is.
func (c *Client) ended(ctx context.Context) error {
	if c.closed.Err() != nil {
		return ErrClosed
	}
	return context.Cause(ctx)
}

// fetchFrom asks one leader; all of group is its own.
func (c *Client) fetchFrom(ctx context.Context, leader int32, group []*Fetched, opt FetchOptions) {
	res, err := call[*fetchResponse](ctx, c, opt.MaxWait, newFetchRequest(leader, group, opt))
	if err == nil {
		err = answer("Fetch", fmt.Sprintf("broker %d", leader), res.ErrorCode)
	}
	if err != nil {
		for _, f := range group {
			f.Err = err
		}
		return
	}
	answers := map[TopicPartition]*partitionAnswer{}
	for i := range res.Topics {
		t := &res.Topics[i]
		for j := range t.Partitions {
			answers[TopicPartition{t.Name, t.Partitions[j].Partition}] = &t.Partitions[j]
		}
	}
	for _, f := range group {
		f.read(answers[f.TopicPartition], opt.Committed)
	}
}

func newFetchRequest(leader int32, group []*Fetched, opt FetchOptions) *fetchRequest {
	req := &fetchRequest{
		ReplicaID: -1, MaxWaitMs: int32(opt.MaxWait.Milliseconds()), MinBytes: opt.MinBytes, MaxBytes: maxFetchBytes,
		SessionEpoch: -1, // no fetch session
		route:        route{leader},
	}
	if opt.Committed {
		req.IsolationLevel = 1
	}
	topics := map[string]int{}
	for _, f := range group {
		i, ok := topics[f.Topic]
		if !ok {
			i = len(req.Topics)
			topics[f.Topic] = i
			req.Topics = append(req.Topics, fetchTopic{Name: f.Topic})
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, fetchPartition{
			Partition: f.Partition, CurrentLeaderEpoch: -1, FetchOffset: f.Next, LogStartOffset: -1, MaxBytes: opt.MaxPartitionBytes,
		})
	}
	return req
}

// read turns the answer of a partition into records.
func (f *Fetched) read(a *partitionAnswer, committed bool) {
	if a == nil {
		f.Err = &TransportError{API: "Fetch", Err: fmt.Errorf("the answer lacks %s", f.TopicPartition)}
		return
	}
	if f.Err = answer("Fetch", f.TopicPartition.String(), a.ErrorCode); f.Err != nil {
		return
	}
	f.HighWatermark, f.LastStable, f.LogStart = a.HighWatermark, a.LastStableOffset, a.LogStartOffset
	w := walk{from: f.Next, next: f.Next}
	if committed {
		w.aborted = newAborted(a.Aborted)
	}
	err := w.run(a.Batches)
	if err == nil && w.whole == 0 && len(a.Batches) > 0 {
		err = fmt.Errorf("the first batch does not fit into the answer: raise the bytes fetched per partition")
	}
	if err != nil && w.next == f.Next {
		// With progress the error comes again, alone, on the next fetch.
		f.Err = fmt.Errorf("%w: %w", answer("Fetch", f.TopicPartition.String(), int16(codeCorruptMessage)), err)
	}
	f.Records, f.Next = w.records, w.next
}

func topicsOfPositions(ps []Position) []string {
	tps := make([]TopicPartition, len(ps))
	for i, p := range ps {
		tps[i] = p.TopicPartition
	}
	return topicsOf(tps)
}
