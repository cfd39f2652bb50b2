package processor

import (
	"context"
	"errors"

	"consentstream/processor/kafka"
	"consentstream/state/store"
)

// Preview is what a run would do with the tasks of its group. Making one joins
// no group, fences nobody and writes nothing.
type Preview struct {
	Consume []PartitionPreview `json:"consume"`
	Tasks   []TaskPreview      `json:"tasks"`
}

// PartitionPreview is one partition that would be read.
type PartitionPreview struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Committed int64  `json:"committed"` // next offset that the group would read, -1 = none yet
	Start     int64  `json:"start"`     // first offset that is kept
	End       int64  `json:"end"`       // last stable offset
	Lag       int64  `json:"lag"`       // offsets still to be read
}

// TaskPreview is how one task would come to life.
type TaskPreview struct {
	Partition      int32  `json:"partition"`
	Store          int64  `json:"store"`           // changelog offset that the local store has reached, -1 = it holds nothing
	ChangelogStart int64  `json:"changelog_start"` // first offset of the changelog
	ChangelogEnd   int64  `json:"changelog_end"`
	ToRestore      int64  `json:"to_restore"` // changelog offsets to read first
	Resumes        string `json:"resumes"`
	Refused        string `json:"refused"` // why the task would stop instead, "" = it would not
}

// How a task may come to life.
const (
	resumesFirst  = "first start: reads the inputs from their start"
	resumesStore  = "from the store"
	resumesAnew   = "from the whole changelog"
	resumesNobody = "not at all"
)

// PreviewRun previews every task of the group. The store may be nil: there is
// none yet.
func PreviewRun(ctx context.Context, config TaskConfig, local *store.Store) (*Preview, error) {
	if local != nil {
		config.Store = local
	}
	out := &Preview{Consume: []PartitionPreview{}, Tasks: []TaskPreview{}}
	for p := range config.Step.Partitions {
		t := &Task{config: &config, partition: p, logger: config.Logger, restorer: newRestorer(&config, p, config.Logger)}
		if err := t.preview(ctx, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *Task) preview(ctx context.Context, out *Preview) error {
	committed, err := t.config.Broker.CommittedOffsets(ctx, t.config.Group, t.consumed())
	if err != nil {
		return err
	}
	all := append(t.consumed(), t.changelogPartition())
	starts, err := t.config.Broker.StartOffsets(ctx, all)
	if err != nil {
		return err
	}
	ends, err := t.config.Broker.EndOffsets(ctx, all, true)
	if err != nil {
		return err
	}
	for _, tp := range t.consumed() {
		p := PartitionPreview{Topic: tp.Topic, Partition: tp.Partition, Committed: committed[tp], Start: starts[tp], End: ends[tp]}
		p.Lag = max(0, p.End-max(p.Start, p.Committed))
		out.Consume = append(out.Consume, p)
	}
	view, err := t.previewState(ctx, committed, starts[t.changelogPartition()], ends[t.changelogPartition()])
	out.Tasks = append(out.Tasks, view)
	return err
}

// previewState looks at the store and the changelog as resume does. What a
// person must mend is part of the preview; an error is a broker that is away.
func (t *Task) previewState(ctx context.Context, committed map[kafka.TopicPartition]int64, start, end int64) (TaskPreview, error) {
	p := TaskPreview{Partition: t.partition, Store: -1, ChangelogStart: start, ChangelogEnd: end, ToRestore: end - start, Resumes: resumesAnew}
	err := t.startPositions(ctx, committed)
	if err == nil && t.config.Store != nil {
		err = t.previewStore(ctx, &p, committed)
	}
	switch {
	case err != nil || p.Store >= 0:
	case start == end:
		p.Resumes = resumesFirst
		err = t.lostState(committed)
	case t.partition == 0: // one task's marker tells for all
		err = t.previewMarker(ctx, committed)
	}
	switch {
	case err == nil:
		return p, nil
	case kafka.Retriable(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return p, err
	}
	p.Refused, p.Resumes, p.ToRestore = err.Error(), resumesNobody, 0
	return p, nil
}

func (t *Task) previewStore(ctx context.Context, p *TaskPreview, committed map[kafka.TopicPartition]int64) error {
	if err := t.restorer.checkChangelog(); err != nil {
		return err
	}
	positions, err := t.config.Store.Positions(t.partition)
	if err != nil {
		return err
	}
	if at, ok := positions[positionChangelog]; ok {
		p.Store = at
	}
	from, anew, err := t.restorer.lacks(p.ChangelogStart, p.ChangelogEnd)
	if err != nil {
		return err
	}
	p.ToRestore = p.ChangelogEnd - from
	if !anew {
		p.Resumes = resumesStore
	}
	value, err := t.storedMeta(topicsKey)
	if err != nil || value == nil {
		return err
	}
	marker, err := t.parseMarker(value)
	if err != nil {
		return err
	}
	_, err = t.compareTopics(ctx, marker, t.topicsMarker(), committed)
	return err
}

// previewMarker compares the topics with the marker in the changelog, where no
// store has it.
func (t *Task) previewMarker(ctx context.Context, committed map[kafka.TopicPartition]int64) error {
	marker, err := t.markerOf(ctx, t.partition)
	if err != nil || marker.Partitions == 0 {
		return err
	}
	_, err = t.compareTopics(ctx, marker, t.topicsMarker(), committed)
	return err
}
