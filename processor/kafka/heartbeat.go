package kafka

import (
	"context"
	"fmt"
	"sync"
)

// heart beats for one generation, through its end, until it is stopped.
type heart struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func (h *heart) stop() {
	h.cancel()
	h.done.Wait()
}

func (m *Member) startHeart(gen *Generation) *heart {
	ctx, cancel := context.WithCancel(m.client.closed)
	h := &heart{cancel: cancel}
	h.done.Go(func() { m.beat(ctx, gen) })
	h.done.Go(func() { m.watch(ctx, gen) })
	return h
}

// watch ends the generation when a topic has got more partitions, which nobody
// would read, or was deleted and created again, so that positions mean nothing
// in it. Next then says so. A topic that is missing is left to the readers: a
// broker that has just started may not know it yet.
func (m *Member) watch(ctx context.Context, gen *Generation) {
	for pause(ctx, m.cfg.CheckInterval) == nil {
		meta, err := m.client.meta.fresh(ctx, m.cfg.Topics...)
		if err != nil {
			continue
		}
		for _, topic := range m.cfg.Topics {
			if n := len(meta.topics[topic].Leaders); n != 0 && n != int(gen.Total) {
				gen.end(fmt.Errorf("%w: topic %s has %d partitions, not %d any more", ErrGenerationOver, topic, n, gen.Total))
			}
		}
		if err := recreated(gen.TopicIDs, meta.ids(m.cfg.Topics)); err != nil {
			gen.end(fmt.Errorf("%w: %w", ErrGenerationOver, err))
		}
	}
}

// beat sends heartbeats. When the group rebalances it ends the generation and
// beats on, so that the group waits for the drain; when the group has dropped us
// there is nobody left to beat to.
func (m *Member) beat(ctx context.Context, gen *Generation) {
	var wait backoff
	next := m.cfg.HeartbeatInterval
	for pause(ctx, next) == nil {
		err := m.heartbeat(ctx, gen)
		next = m.cfg.HeartbeatInterval
		switch code := codeOf(err); {
		case err == nil:
			wait = backoff{}
		case code == codeRebalanceInProgress:
			gen.end(fmt.Errorf("%w: the group rebalances", ErrGenerationOver))
		case code == codeFencedInstanceID:
			gen.end(err)
			return
		case code.generationOver():
			gen.end(fmt.Errorf("%w: %w", ErrGenerationOver, err))
			return
		default:
			// The coordinator is away or moving. The generation lives on: only
			// a coordinator can end it, and commits are checked against it.
			m.client.cfg.Logger.Debug("heartbeat is repeated", "group", gen.Group, "error", err)
			next = min(wait.after(err), next)
		}
	}
}

func (m *Member) heartbeat(ctx context.Context, gen *Generation) error {
	return m.ask(ctx, func(to route) error {
		// A broker that hangs must not cost the session.
		limit := min(m.client.cfg.RequestTimeout, m.cfg.SessionTimeout/3)
		res, err := callWithin[*heartbeatResponse](ctx, m.client, limit, &heartbeatRequest{
			Group: gen.Group, GenerationID: gen.ID, MemberID: gen.MemberID, InstanceID: gen.InstanceID, route: to,
		})
		if err != nil {
			return err
		}
		return answer("Heartbeat", "group "+gen.Group, res.ErrorCode)
	})
}
