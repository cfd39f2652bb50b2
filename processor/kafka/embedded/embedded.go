// Package embedded runs a Kafka broker inside the process, for the demo and for
// tests: franz-go's kfake, which speaks the real protocol, on 127.0.0.1.
//
// It keeps what it is told on disk if given a folder, and closes it cleanly on
// Close. After a crash, transactions that were open stay open; a demo that goes
// on after a crash must use new transactional ids.
package embedded

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Options of a broker. The zero value is one broker, in memory, on a free port.
type Options struct {
	Dir     string // where records are kept; "" = in memory
	Brokers int    // default 1
	Port    int    // of the first broker; default any free one
}

// Broker is a running broker, or several that form a cluster.
type Broker struct {
	cluster *kfake.Cluster
}

// minSession is shorter than that of a real broker, 6 s, so that tests need not
// wait as long for a member to be given up.
const minSession = 500 * time.Millisecond

// Start starts brokers. The caller closes them.
func Start(opt Options) (*Broker, error) {
	n := max(1, opt.Brokers)
	opts := []kfake.Opt{kfake.NumBrokers(n), kfake.ClusterID("embedded"), kfake.GroupMinSessionTimeout(minSession)}
	if opt.Dir != "" {
		opts = append(opts, kfake.DataDir(opt.Dir))
	}
	if opt.Port != 0 {
		ports := make([]int, n)
		for i := range ports {
			ports[i] = opt.Port + i
		}
		opts = append(opts, kfake.Ports(ports...))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded broker: %w", err)
	}
	fenceStaleEpochs(cluster)
	return &Broker{cluster: cluster}, nil
}

// Addresses are the HOST:PORT of the brokers.
func (b *Broker) Addresses() []string { return b.cluster.ListenAddrs() }

// CreateTopic creates a topic unless it exists already.
func (b *Broker) CreateTopic(name string, partitions int32, configs map[string]string) error {
	if b.cluster.TopicInfo(name) != nil {
		return nil
	}
	if err := b.cluster.CreateTopic(name, partitions, configs); err != nil {
		return fmt.Errorf("creating topic %s in the embedded broker: %w", name, err)
	}
	return nil
}

// Cluster is the broker's own interface, through which tests inject faults.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Close stops the brokers and writes what they keep on disk.
func (b *Broker) Close() { b.cluster.Close() }
