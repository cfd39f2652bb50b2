package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// GroupConfig says which group to join and how. Group and Topics are required.
type GroupConfig struct {
	Group string
	// InstanceID makes the membership static: a restarted process that comes
	// back under the same id within the session timeout gets its partitions
	// back and nobody else notices. "" joins as a dynamic member.
	InstanceID string
	// Topics are read together: partition p of each is one task. They must
	// have the same number of partitions.
	Topics []string

	SessionTimeout    time.Duration // silence after which the group gives our partitions away; default 10 s
	RebalanceTimeout  time.Duration // time to drain and come back to Next; default 60 s
	HeartbeatInterval time.Duration // default a tenth of SessionTimeout
	// CheckInterval is how often the number of partitions is looked at, since
	// nobody reads partitions that are added later; default one minute.
	CheckInterval time.Duration

	// Holds, if set, tells which partitions have state on this machine's
	// disk. Where nobody owns them they go to who holds them.
	Holds func() []int32
	// Copies is how many second copies of each partition's state the group keeps on
	// members other than the owner, as far as members that want any go round. Which
	// are ours the generation tells; 0 = we keep none.
	Copies int32
}

func (g GroupConfig) withDefaults() GroupConfig {
	if g.SessionTimeout <= 0 {
		g.SessionTimeout = 10 * time.Second
	}
	if g.RebalanceTimeout <= 0 {
		g.RebalanceTimeout = 60 * time.Second
	}
	if g.HeartbeatInterval <= 0 {
		g.HeartbeatInterval = g.SessionTimeout / 10
	}
	if g.CheckInterval <= 0 {
		g.CheckInterval = time.Minute
	}
	if g.Holds == nil {
		g.Holds = func() []int32 { return nil }
	}
	return g
}

// Member is a membership of a group. Next and Close are called by one goroutine.
type Member struct {
	client *Client
	cfg    GroupConfig

	id      string             // given by the coordinator; kept when that one moves
	current *Generation        // the last one, over or not
	total   int32              // partitions of each topic at the first generation; 0 = none yet
	ids     map[string]TopicID // of the topics at the first generation
	missing time.Duration      // how long a topic may seem not to exist, to a broker that learns of it late
	owned   ownership          // what we told, or will tell, the leader that we own
	undone  int                // how often our join was undone since the last generation
	beating *heart
}

// Join prepares a membership; Next joins.
func (c *Client) Join(cfg GroupConfig) *Member {
	return &Member{client: c, cfg: cfg.withDefaults(), owned: ownership{generation: -1, copies: cfg.Copies}, missing: 5 * time.Second}
}

// Next joins the group and returns our generation. If there is one already, Next
// waits until it is over, then joins again. Calling Next after the end of a
// generation says that everything of it has been drained: until then heartbeats
// go on, for RebalanceTimeout at most, and no other member starts on our tasks.
//
// It returns an *UnequalPartitionsError, a *PartitionsChangedError, a
// *TopicRecreatedError, ErrFencedInstance, what a broker refuses for good, or why ctx ended. Brokers that are away are waited for.
func (m *Member) Next(ctx context.Context) (*Generation, error) {
	if m.current != nil {
		select {
		case <-m.current.Done():
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if err := m.current.Err(); errors.Is(err, ErrFencedInstance) || errors.Is(err, ErrClosed) {
			return nil, err
		}
		m.beating.stop()
	}
	var wait backoff
	for start := time.Now(); ; {
		gen, err := m.join(ctx)
		if err == nil {
			m.begin(gen)
			return gen, nil
		}
		if ended := m.client.ended(ctx); ended != nil {
			return nil, ended
		}
		late := missingTopic(err) && time.Since(start) < m.missing
		if err = m.rejoinAfter(err); err != nil && !late {
			return nil, fmt.Errorf("joining group %s: %w", m.cfg.Group, err)
		}
		if err := pause(ctx, wait.after(nil)); err != nil {
			return nil, err
		}
	}
}

// errUndone tells that the group let us join and does not know us any more.
var errUndone = errors.New("the join was undone")

// undoneAtMost is how often that is taken for the coordinator's doing: one that
// takes over, or cannot write, goes back to the member that had our instance id
// before. Were it another process each time, one of us would have to give up.
const undoneAtMost = 3

// rejoinAfter returns nil where joining again may help.
func (m *Member) rejoinAfter(err error) error {
	if errors.Is(err, errUndone) && m.undone < undoneAtMost {
		m.undone++
		m.id = ""
		m.client.cfg.Logger.Debug("joining the group again", "group", m.cfg.Group, "error", err)
		return nil
	}
	switch codeOf(err) {
	case codeUnknownMember:
		m.id = ""
		return nil
	case codeIllegalGeneration, codeRebalanceInProgress, codeMemberIDRequired:
		return nil
	}
	if Retriable(err) {
		m.client.cfg.Logger.Debug("joining the group again", "group", m.cfg.Group, "error", err)
		return nil
	}
	return err
}

// join is one pass through the protocol: check, join, share out, sync.
func (m *Member) join(ctx context.Context) (*Generation, error) {
	meta, err := m.client.meta.fresh(ctx, m.cfg.Topics...)
	if err != nil {
		return nil, err
	}
	total, err := m.count(meta)
	if err != nil {
		return nil, err
	}
	joined, err := m.joinGroup(ctx)
	if err != nil {
		return nil, err
	}
	var shares []syncgroup.RequestAssignment
	if joined.LeaderID == joined.MemberID {
		if shares, err = m.shareOut(joined, total); err != nil {
			return nil, err
		}
	}
	partitions, copies, err := m.syncGroup(ctx, joined, shares)
	switch {
	case codeOf(err) == codeFencedInstanceID:
		return nil, fmt.Errorf("%w: %w", errUndone, err)
	case err != nil:
		return nil, err
	}
	return &Generation{
		ID: joined.GenerationID, Group: m.cfg.Group, MemberID: m.id, InstanceID: m.cfg.InstanceID,
		Partitions: partitions, Copies: copies, Total: total, TopicIDs: meta.ids(m.cfg.Topics),
	}, nil
}

// count returns the number of partitions. It must not change while we run, and
// the topics must stay the ones they were.
func (m *Member) count(meta *metadata) (int32, error) {
	n, err := equalCount(meta, m.cfg.Topics)
	if err != nil {
		return n, err
	}
	if m.total != 0 && n != m.total {
		return n, &PartitionsChangedError{Was: m.total, Is: n}
	}
	return n, recreated(m.ids, meta.ids(m.cfg.Topics))
}

func (m *Member) joinGroup(ctx context.Context) (*joingroup.Response, error) {
	req := &joinGroupRequest{
		Group: m.cfg.Group, MemberID: m.id, InstanceID: m.cfg.InstanceID, ProtocolType: protocolType,
		SessionTimeoutMs:   int32(m.cfg.SessionTimeout.Milliseconds()),
		RebalanceTimeoutMs: int32(m.cfg.RebalanceTimeout.Milliseconds()),
		Protocols: []joingroup.RequestProtocol{{
			Name: balancerName, Metadata: encodeSubscription(m.cfg.Topics, m.owned.with(m.cfg.Holds()).encode()),
		}},
	}
	var res *joingroup.Response
	err := m.ask(ctx, func(to route) (err error) {
		req.route = to
		// The answer comes when all members have joined.
		if res, err = call[*joingroup.Response](ctx, m.client, m.cfg.RebalanceTimeout, req); err != nil {
			return err
		}
		if code := Code(res.ErrorCode); code == 0 || code == codeMemberIDRequired {
			m.id = res.MemberID
		}
		return answer("JoinGroup", "group "+m.cfg.Group, res.ErrorCode)
	})
	return res, err
}

// shareOut is the leader's part: it gives each member its partitions.
func (m *Member) shareOut(joined *joingroup.Response, total int32) ([]syncgroup.RequestAssignment, error) {
	members := make([]claimant, len(joined.Members))
	for i, jm := range joined.Members {
		userdata, err := decodeSubscription(jm.Metadata)
		if err != nil {
			return nil, fmt.Errorf("member %s sent a subscription that cannot be read: %w", jm.MemberID, err)
		}
		members[i] = claimant{id: jm.MemberID, instance: jm.GroupInstanceID, ownership: decodeOwnership(userdata)}
	}
	shares := balance(total, members)
	copies := shareCopies(total, members, shares)
	out := make([]syncgroup.RequestAssignment, len(members))
	for i, c := range members {
		out[i] = syncgroup.RequestAssignment{MemberID: c.id, Assignment: encodeAssignment(m.cfg.Topics, shares[i], copies[i])}
	}
	return out, nil
}

func (m *Member) syncGroup(ctx context.Context, joined *joingroup.Response, shares []syncgroup.RequestAssignment) (partitions, copies []int32, err error) {
	req := &syncGroupRequest{
		Group: m.cfg.Group, GenerationID: joined.GenerationID, MemberID: m.id, InstanceID: m.cfg.InstanceID,
		ProtocolType: protocolType, ProtocolName: balancerName, Assignments: shares,
	}
	err = m.ask(ctx, func(to route) error {
		req.route = to
		res, err := call[*syncgroup.Response](ctx, m.client, m.cfg.RebalanceTimeout, req)
		if err != nil {
			return err
		}
		if err := answer("SyncGroup", "group "+m.cfg.Group, res.ErrorCode); err != nil {
			return err
		}
		partitions, copies, err = decodeAssignment(res.Assignments)
		return err
	})
	return partitions, copies, err
}

func (m *Member) ask(ctx context.Context, f func(route) error) error {
	return m.client.coordinators.ask(ctx, groupCoordinator(m.cfg.Group), f)
}

// begin makes gen the current generation and starts its heartbeats.
func (m *Member) begin(gen *Generation) {
	gen.ctx, gen.end = context.WithCancelCause(m.client.closed)
	m.current, m.total, m.ids, m.undone = gen, gen.Total, gen.TopicIDs, 0
	m.owned = ownership{generation: gen.ID, owned: gen.Partitions, copies: m.cfg.Copies, following: gen.Copies}
	m.beating = m.startHeart(gen)
	m.client.cfg.Logger.Info("joined the group", "group", gen.Group, "generation", gen.ID, "partitions", gen.Partitions, "copies", gen.Copies)
}

// Close ends the membership. If leave, the group shares our partitions out at
// once, which is for an instance that will not come back; otherwise a static
// member may restart within SessionTimeout and find its partitions.
func (m *Member) Close(ctx context.Context, leave bool) error {
	if m.current != nil {
		m.current.end(ErrClosed)
		m.beating.stop()
	}
	if !leave || m.id == "" {
		return nil
	}
	err := m.client.retryWhile(ctx, m.cfg.SessionTimeout, Retriable, func() error { return m.leave(ctx) })
	if codeOf(err) == codeUnknownMember {
		return nil // the group has forgotten us already
	}
	if err != nil {
		return fmt.Errorf("leaving group %s: %w", m.cfg.Group, err)
	}
	return nil
}

func (m *Member) leave(ctx context.Context) error {
	return m.ask(ctx, func(to route) error {
		res, err := call[*leaveGroupResponse](ctx, m.client, 0, &leaveGroupRequest{
			Group: m.cfg.Group, Members: []leaveMember{{MemberID: m.id, InstanceID: m.cfg.InstanceID}}, route: to,
		})
		if err != nil {
			return err
		}
		if err := answer("LeaveGroup", "group "+m.cfg.Group, res.ErrorCode); err != nil {
			return err
		}
		for _, r := range res.Members {
			if err := answer("LeaveGroup", "group "+m.cfg.Group, r.ErrorCode); err != nil {
				return err
			}
		}
		return nil
	})
}
