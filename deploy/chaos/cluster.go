package main

import (
	"context"
	"path/filepath"

	"consentstream/deploy/internal/local"
)

// cluster is three real Kafka nodes. Instances reach them through links, each
// instance by its own; the load, the monitor and the judge reach them directly.
type cluster struct{ *local.Kafka }

// httpShift is where instance i listens, above the port of the first node.
const httpShift = 200

// startCluster starts the nodes with a listener for each instance. They are
// started often and live for minutes: what the second compiler of Java costs, it
// never pays back.
func startCluster(ctx context.Context, dir string, instances int) (*cluster, error) {
	k, err := local.StartKafka(ctx, local.KafkaOptions{
		Dir: filepath.Join(dir, "kafka"), Nodes: nodes, Proxied: instances,
		Ports: func(base int) (ports []int) {
			for i := range instances {
				ports = append(ports, base+httpShift+i)
			}
			return ports
		},
		Env: []string{"KAFKA_HEAP=384m", "KAFKA_JAVA=-XX:TieredStopAtLevel=1"},
	})
	if err != nil {
		return nil, err
	}
	return &cluster{k}, nil
}

// stop ends every node. Nobody needs them any more, and handing partitions over
// to each other would take them a while.
func (c *cluster) stop() error {
	for node := 1; node <= nodes; node++ {
		_ = c.Kill(context.Background(), node) // it may be down already
	}
	return c.Stop()
}

// proxied is where a node listens for an instance, and what it says instead.
func (c *cluster) proxied(instance, node int) (listens, says string) {
	port := c.Port + local.ProxiedStep*(instance+1) + node - 1
	return local.Host(port), local.Host(port + local.AdvertisedShift)
}

// httpOf is where an instance serves health and metrics.
func (c *cluster) httpOf(instance int) string { return local.Host(c.Port + httpShift + instance) }
