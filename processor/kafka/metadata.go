package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
)

// metadata is one state of the cluster as brokers told it; it never changes.
type metadata struct {
	clusterID  string
	controller int32
	brokers    []int32
	topics     map[string]metadataTopic // those asked for that exist
}

// metadataCache knows where partitions are. It is refreshed when a topic is
// asked for that it does not hold, and after an answer that says it is stale.
type metadataCache struct {
	client  *Client
	current atomic.Pointer[metadata]
	// refreshing holds a token while a refresh is under way: one at a time. It
	// is no mutex, so that waiting for it ends with the context.
	refreshing chan struct{}
}

// get returns metadata that holds every topic that exists among topics.
func (mc *metadataCache) get(ctx context.Context, topics ...string) (*metadata, error) {
	if m := mc.current.Load(); m != nil && m.holds(topics) {
		return m, nil
	}
	if err := mc.lock(ctx); err != nil {
		return nil, err
	}
	defer mc.unlock()
	m := mc.current.Load()
	if m != nil && m.holds(topics) {
		return m, nil // somebody else has refreshed it meanwhile
	}
	return mc.refresh(ctx, m, topics)
}

func (mc *metadataCache) lock(ctx context.Context) error {
	select {
	case mc.refreshing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (mc *metadataCache) unlock() { <-mc.refreshing }

// refresh asks for topics and for those known before.
func (mc *metadataCache) refresh(ctx context.Context, old *metadata, topics []string) (*metadata, error) {
	wanted := map[string]struct{}{}
	if old != nil {
		for name := range old.topics {
			wanted[name] = struct{}{}
		}
	}
	for _, name := range topics {
		wanted[name] = struct{}{}
	}
	res, err := call[*metadataResponse](ctx, mc.client, 0, &metadataRequest{
		ClientID: mc.client.cfg.ClientID, Topics: slices.Sorted(maps.Keys(wanted)), route: route{anyBroker},
	})
	if err != nil {
		return nil, err
	}
	m := &metadata{clusterID: res.ClusterID, controller: res.Controller, brokers: res.Brokers, topics: map[string]metadataTopic{}}
	for _, t := range res.Topics {
		if len(t.Leaders) > 0 {
			m.topics[t.Name] = t
		}
		if code := Code(t.Error); code == codeTopicAuthorization {
			return nil, answer("Metadata", t.Name, t.Error)
		}
	}
	mc.current.Store(m)
	return m, nil
}

// stale drops m so that the next get asks again, unless that has happened.
func (mc *metadataCache) stale(m *metadata) {
	if m == nil {
		return
	}
	// The topics stay known by name: an emptied copy asks for all of them.
	names := map[string]metadataTopic{}
	for name := range m.topics {
		names[name] = metadataTopic{Name: name}
	}
	mc.current.CompareAndSwap(m, &metadata{topics: names})
}

// fresh returns metadata that was asked for now.
func (mc *metadataCache) fresh(ctx context.Context, topics ...string) (*metadata, error) {
	mc.stale(mc.current.Load())
	if err := mc.lock(ctx); err != nil {
		return nil, err
	}
	defer mc.unlock()
	return mc.refresh(ctx, mc.current.Load(), topics)
}

func (m *metadata) holds(topics []string) bool {
	if m.brokers == nil {
		return false
	}
	for _, name := range topics {
		if len(m.topics[name].Leaders) == 0 {
			return false
		}
	}
	return true
}

// leader returns the broker that leads tp. Its errors are as a broker would
// answer them, and as retriable.
func (m *metadata) leader(tp TopicPartition) (int32, error) {
	leaders := m.topics[tp.Topic].Leaders
	if tp.Partition < 0 || int(tp.Partition) >= len(leaders) {
		return 0, answer("Metadata", tp.String(), int16(codeUnknownTopic))
	}
	if l := leaders[tp.Partition]; l >= 0 {
		return l, nil
	}
	return 0, answer("Metadata", tp.String(), int16(codeLeaderNotAvailable))
}

// partitions are those of a topic, none if it does not exist.
func (m *metadata) partitions(topic string) []TopicPartition {
	tps := make([]TopicPartition, len(m.topics[topic].Leaders))
	for p := range tps {
		tps[p] = TopicPartition{topic, int32(p)}
	}
	return tps
}

// ClusterID returns the id that the cluster was formatted with. A store that
// was filled from another cluster must not be used with this one.
func (c *Client) ClusterID(ctx context.Context) (string, error) {
	var id string
	err := c.retry(ctx, func() error {
		m, err := c.meta.get(ctx)
		if err != nil {
			return err
		}
		id = m.clusterID
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("asking for the cluster id: %w", err)
	}
	return id, nil
}

// byLeader groups tps by the broker that leads them. What has no leader just
// now is left out and returned with the reason.
func byLeader[T any](m *metadata, items []T, of func(T) TopicPartition) (map[int32][]T, map[TopicPartition]error) {
	groups := map[int32][]T{}
	var lacking map[TopicPartition]error
	for _, item := range items {
		leader, err := m.leader(of(item))
		if err != nil {
			if lacking == nil {
				lacking = map[TopicPartition]error{}
			}
			lacking[of(item)] = err
			continue
		}
		groups[leader] = append(groups[leader], item)
	}
	return groups, lacking
}

func topicsOf(tps []TopicPartition) []string {
	var names []string
	for _, tp := range tps {
		if !slices.Contains(names, tp.Topic) {
			names = append(names, tp.Topic)
		}
	}
	return names
}

// Brokers returns the ids of the brokers that are up.
func (c *Client) Brokers(ctx context.Context) ([]int32, error) {
	var brokers []int32
	err := c.retry(ctx, func() error {
		m, err := c.meta.get(ctx)
		if err == nil {
			brokers = m.brokers
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the brokers: %w", err)
	}
	return brokers, nil
}
