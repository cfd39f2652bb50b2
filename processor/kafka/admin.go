package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol/describeconfigs"
)

// TopicSpec is a topic to create.
type TopicSpec struct {
	Name        string
	Partitions  int32
	Replication int16             // -1 = the broker's default
	Configs     map[string]string // such as cleanup.policy
}

// createWait is how long a broker may take to create topics.
const createWait = 15 * time.Second

// CreateTopics creates the topics that do not exist yet, waits until their
// partitions have leaders, and returns the names of those it created. Topics
// that exist are left as they are, whatever their settings. A topic that is
// named twice is asked for once: brokers refuse a request that repeats a name.
func (c *Client) CreateTopics(ctx context.Context, specs []TopicSpec) ([]string, error) {
	specs, err := distinct(specs)
	if err != nil || len(specs) == 0 {
		return nil, err
	}
	var created []string
	err = c.retry(ctx, func() error {
		names, err := c.createTopicsOnce(ctx, specs)
		created = append(created, names...)
		return err
	})
	if err != nil {
		return created, fmt.Errorf("creating topics: %w", err)
	}
	if err := c.awaitLeaders(ctx, specs); err != nil {
		return created, fmt.Errorf("waiting for the leaders of new topics: %w", err)
	}
	return created, nil
}

// distinct leaves out what was asked for before, and refuses two wishes for one
// topic that differ.
func distinct(specs []TopicSpec) ([]TopicSpec, error) {
	var out []TopicSpec
	for _, s := range specs {
		i := slices.IndexFunc(out, func(other TopicSpec) bool { return other.Name == s.Name })
		switch {
		case i < 0:
			out = append(out, s)
		case out[i].Partitions != s.Partitions || out[i].Replication != s.Replication || !maps.Equal(out[i].Configs, s.Configs):
			return nil, fmt.Errorf("topic %s is asked for twice, with different partitions or settings: give each of the two a name of its own", s.Name)
		}
	}
	return out, nil
}

func (c *Client) createTopicsOnce(ctx context.Context, specs []TopicSpec) (created []string, err error) {
	meta, err := c.meta.get(ctx)
	if err != nil {
		return nil, err
	}
	req := &createTopicsRequest{TimeoutMs: int32(createWait.Milliseconds()), route: route{meta.controller}}
	for _, s := range specs {
		t := createTopic{Name: s.Name, Partitions: s.Partitions, Replication: s.Replication}
		for _, name := range slices.Sorted(maps.Keys(s.Configs)) {
			t.Configs = append(t.Configs, createTopicConfig{Name: name, Value: s.Configs[name]})
		}
		req.Topics = append(req.Topics, t)
	}
	res, err := call[*createTopicsResponse](ctx, c, createWait, req)
	if err != nil {
		c.meta.stale(meta)
		return nil, err
	}
	var errs []error
	for _, t := range res.Topics {
		switch err := answer("CreateTopics", "topic "+t.Name, t.ErrorCode); Code(t.ErrorCode) {
		case 0:
			created = append(created, t.Name)
		case codeTopicExists:
		case codeNotController:
			c.meta.stale(meta)
			errs = append(errs, err)
		default:
			if t.ErrorMessage != "" {
				err = fmt.Errorf("%w: %s", err, t.ErrorMessage)
			}
			errs = append(errs, err)
		}
	}
	return created, c.worst(nil, errs)
}

// awaitLeaders waits until every broker knows the topics and every partition is
// led by one that serves it: each learns of a topic in its own time, and whoever
// asks next may ask another.
func (c *Client) awaitLeaders(ctx context.Context, specs []TopicSpec) error {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	meta, err := c.meta.get(ctx)
	if err != nil {
		return err
	}
	for _, broker := range meta.brokers {
		if err := c.retry(ctx, func() error { return c.knows(ctx, broker, names) }); err != nil {
			return err
		}
	}
	var tps []TopicPartition
	err = c.retry(ctx, func() error {
		meta, err := c.meta.fresh(ctx, names...)
		if err != nil {
			return err
		}
		tps = nil
		for _, name := range names {
			if _, err := meta.leader(TopicPartition{name, 0}); err != nil {
				return err
			}
			tps = append(tps, meta.partitions(name)...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = c.StartOffsets(ctx, tps)
	return err
}

// knows tells whether a broker knows topics, by the error it would answer.
func (c *Client) knows(ctx context.Context, broker int32, topics []string) error {
	res, err := call[*metadataResponse](ctx, c, 0, &metadataRequest{ClientID: c.cfg.ClientID, Topics: topics, route: route{broker}})
	if err != nil {
		return err
	}
	for _, t := range res.Topics {
		if err := answer("Metadata", "topic "+t.Name, t.Error); err != nil {
			return err
		}
	}
	return nil
}

// TopicInfo is what a cluster tells about a topic.
type TopicInfo struct {
	Partitions  int32
	Replication int
	ID          TopicID
	Configs     map[string]string // effective settings
}

// DescribeTopics returns what exists among the named topics.
func (c *Client) DescribeTopics(ctx context.Context, names ...string) (map[string]TopicInfo, error) {
	found := map[string]TopicInfo{}
	err := c.retry(ctx, func() error {
		meta, err := c.meta.fresh(ctx, names...)
		if err != nil {
			return err
		}
		for _, name := range names {
			if t, ok := meta.topics[name]; ok {
				found[name] = TopicInfo{Partitions: int32(len(t.Leaders)), Replication: t.Replication, ID: t.ID}
			}
		}
		return c.describeConfigs(ctx, found)
	})
	if err != nil {
		return nil, fmt.Errorf("describing topics: %w", err)
	}
	return found, nil
}

// topicResource is the kind of a topic among configurable things.
const topicResource = 2

func (c *Client) describeConfigs(ctx context.Context, topics map[string]TopicInfo) error {
	if len(topics) == 0 {
		return nil
	}
	req := &describeConfigsRequest{route: route{anyBroker}}
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		req.Resources = append(req.Resources, describeconfigs.RequestResource{ResourceType: topicResource, ResourceName: name})
	}
	res, err := call[*describeconfigs.Response](ctx, c, 0, req)
	if err != nil {
		return err
	}
	for _, r := range res.Resources {
		if err := answer("DescribeConfigs", "topic "+r.ResourceName, r.ErrorCode); err != nil {
			return err
		}
		info := topics[r.ResourceName]
		info.Configs = map[string]string{}
		for _, e := range r.ConfigEntries {
			info.Configs[e.ConfigName] = e.ConfigValue
		}
		topics[r.ResourceName] = info
	}
	return nil
}

// DeleteRecords deletes everything below the given offsets and returns the new
// starts of the logs.
func (c *Client) DeleteRecords(ctx context.Context, below map[TopicPartition]int64) (map[TopicPartition]int64, error) {
	starts := map[TopicPartition]int64{}
	err := c.retry(ctx, func() error {
		left := maps.Clone(below)
		maps.DeleteFunc(left, func(tp TopicPartition, _ int64) bool { _, done := starts[tp]; return done })
		return c.deleteRecordsOnce(ctx, left, starts)
	})
	if err != nil {
		return starts, fmt.Errorf("deleting records: %w", err)
	}
	return starts, nil
}

func (c *Client) deleteRecordsOnce(ctx context.Context, below, starts map[TopicPartition]int64) error {
	tps := partitionsOf(below)
	meta, err := c.meta.get(ctx, topicsOf(tps)...)
	if err != nil {
		return err
	}
	groups, lacking := byLeader(meta, tps, func(tp TopicPartition) TopicPartition { return tp })
	errs := slices.Collect(maps.Values(lacking))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for leader, group := range groups {
		wg.Go(func() {
			res, err := c.deleteRecordsFrom(ctx, leader, group, below)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				err = res.read(starts)
			}
			if err != nil {
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return c.worst(meta, errs)
}

func (c *Client) deleteRecordsFrom(ctx context.Context, leader int32, tps []TopicPartition, below map[TopicPartition]int64) (*deleteRecordsResponse, error) {
	req := &deleteRecordsRequest{TimeoutMs: int32(c.cfg.RequestTimeout.Milliseconds()), route: route{leader}}
	req.Topics = byTopic(tps, func(name string) deleteRecordsTopic {
		return deleteRecordsTopic{Name: name}
	}, func(t *deleteRecordsTopic, tp TopicPartition) {
		t.Partitions = append(t.Partitions, deleteRecordsPartition{Partition: tp.Partition, Offset: below[tp]})
	})
	return call[*deleteRecordsResponse](ctx, c, c.cfg.RequestTimeout, req)
}

func (r *deleteRecordsResponse) read(starts map[TopicPartition]int64) error {
	var errs []error
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			tp := TopicPartition{t.Name, p.Partition}
			if err := answer("DeleteRecords", tp.String(), p.ErrorCode); err != nil {
				errs = append(errs, err)
				continue
			}
			starts[tp] = p.LowWatermark
		}
	}
	return errors.Join(errs...)
}
