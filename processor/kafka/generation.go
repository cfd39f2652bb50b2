package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Generation is one assignment of the group's partitions to its members.
type Generation struct {
	ID         int32
	Group      string
	MemberID   string
	InstanceID string  // "" for a dynamic member
	Partitions []int32 // ours, ascending: the same numbers of every topic
	Copies     []int32 // of whose state we keep a second copy, ascending; never ours
	Total      int32   // partitions of each topic
	// TopicIDs are the ids of the topics that the generation is about.
	TopicIDs map[string]TopicID

	ctx context.Context
	end context.CancelCauseFunc
}

// Context ends when the generation is over: the group rebalances, has dropped
// us, or the member was closed. Its cause tells which. Work on a transaction
// must not be cut off by it; look at it between transactions.
func (g *Generation) Context() context.Context { return g.ctx }

// Done is closed when the generation is over.
func (g *Generation) Done() <-chan struct{} { return g.ctx.Done() }

// Err tells why the generation is over, nil while it is not.
func (g *Generation) Err() error { return context.Cause(g.ctx) }

func (g *Generation) over() bool { return g != nil && g.ctx != nil && g.ctx.Err() != nil }

// groupIdentity is what a commit of offsets is checked against.
type groupIdentity struct {
	generation       int32
	member, instance string
}

func (g *Generation) identity() groupIdentity {
	if g == nil {
		return groupIdentity{generation: -1}
	}
	return groupIdentity{generation: g.ID, member: g.MemberID, instance: g.InstanceID}
}

// UnequalPartitionsError tells that topics that are read together do not have
// the same number of partitions, or do not exist.
type UnequalPartitionsError struct {
	Counts map[string]int32 // by topic; 0 = does not exist
}

// Error lists the counts.
func (e *UnequalPartitionsError) Error() string {
	var parts []string
	missing := false
	for _, topic := range slices.Sorted(maps.Keys(e.Counts)) {
		if e.Counts[topic] == 0 {
			missing = true
			parts = append(parts, topic+" does not exist")
			continue
		}
		parts = append(parts, fmt.Sprintf("%s has %d", topic, e.Counts[topic]))
	}
	advice := "add partitions to the smaller ones, or create them anew"
	if missing {
		advice = "create what is missing with the number of the others"
	}
	return "the topics must have the same number of partitions: " + strings.Join(parts, ", ") + "; " + advice
}

func missingTopic(err error) bool {
	var e *UnequalPartitionsError
	if !errors.As(err, &e) {
		return false
	}
	for _, count := range e.Counts {
		if count == 0 {
			return true
		}
	}
	return false
}

// PartitionsChangedError tells that partitions were added while we run. Keys are
// in other partitions from then on, so that the state of one contact would be
// split between two tasks.
type PartitionsChangedError struct{ Was, Is int32 }

// Error tells both numbers.
func (e *PartitionsChangedError) Error() string {
	return fmt.Sprintf("the topics had %d partitions and have %d now, so keys lie in other partitions than their state: "+
		"stop all instances and rebuild the state with topics of one number of partitions", e.Was, e.Is)
}

// equalCount returns the number of partitions that all topics have.
func equalCount(m *metadata, topics []string) (int32, error) {
	counts := map[string]int32{}
	for _, name := range topics {
		counts[name] = int32(len(m.topics[name].Leaders))
	}
	n := counts[topics[0]]
	for _, count := range counts {
		if count != n || n == 0 {
			return 0, &UnequalPartitionsError{Counts: counts}
		}
	}
	return n, nil
}
