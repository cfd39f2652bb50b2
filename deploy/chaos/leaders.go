package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/twmb/franz-go/pkg/kadm"
)

// moveLeaders gives about half of all partitions another leader, those of the
// group's and the transactions' coordinators among them: the order of their
// replicas is turned, and the first elected. It returns how many moved.
func (m *monitor) moveLeaders(ctx context.Context, random *rand.Rand) (int, error) {
	topics, err := m.admin.ListTopicsWithInternal(ctx)
	if err != nil {
		return 0, fmt.Errorf("move leaders: %w", err)
	}
	var turned kadm.AlterPartitionAssignmentsReq
	var elect kadm.TopicsSet
	topics.EachPartition(func(p kadm.PartitionDetail) {
		if len(p.Replicas) == nodes && random.IntN(2) == 0 {
			turned.Assign(p.Topic, p.Partition, append(p.Replicas[1:len(p.Replicas):len(p.Replicas)], p.Replicas[0]))
			elect.Add(p.Topic, p.Partition)
		}
	})
	if _, err := m.admin.AlterPartitionAssignments(ctx, turned); err != nil {
		return 0, fmt.Errorf("move leaders: %w", err)
	}
	results, err := m.admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, elect)
	if err != nil {
		return 0, fmt.Errorf("move leaders: %w", err)
	}
	moved := 0
	for _, partitions := range results {
		for _, r := range partitions {
			if r.Err == nil { // a replica that is behind or away is not elected
				moved++
			}
		}
	}
	return moved, nil
}
