package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const kafkaScript = "deploy/kafka/kafka"

// cluster is three real Kafka nodes. Instances reach them through links, each
// instance by its own; the load, the monitor and the judge reach them directly.
type cluster struct {
	dir     string
	port    int    // of the first node; others are told by it
	brokers string // for direct connections
}

// ports of a cluster whose first node listens at base, relative to it. What the
// script adds for proxied listeners is described there.
const (
	proxiedStep     = 10    // listener of instance i, counted from 1
	advertisedShift = 1000  // what that listener tells clients to use
	controllerShift = 10000 // of the node
	httpShift       = 200   // of instance i
)

// startCluster starts the nodes with a listener for each instance.
func startCluster(ctx context.Context, dir string, instances int) (*cluster, error) {
	port, err := freePorts(instances)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: filepath.Join(dir, "kafka"), port: port}
	start := c.script(ctx, "start", c.dir, strconv.Itoa(nodes))
	start.Env = append(start.Env, "KAFKA_PORT="+strconv.Itoa(port), "KAFKA_PROXIED="+strconv.Itoa(instances))
	var out bytes.Buffer
	start.Stdout = &out
	if err := start.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s start: %w", kafkaScript, err), c.stop())
	}
	c.brokers = strings.TrimSpace(out.String())
	return c, nil
}

func (c *cluster) script(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, kafkaScript, args...)
	cmd.Stderr = os.Stderr
	// Nodes are started often and live for minutes: what the second compiler
	// of Java costs, it never pays back.
	cmd.Env = append(os.Environ(), "KAFKA_HEAP=384m", "KAFKA_JAVA=-XX:TieredStopAtLevel=1")
	return cmd
}

// stop ends every node, also when the run was interrupted. Nobody needs them any
// more, and handing partitions over to each other would take them a while.
func (c *cluster) stop() error {
	for node := 1; node <= nodes; node++ {
		_ = c.kill(context.Background(), node) // it may be down already
	}
	if err := c.script(context.Background(), "stop", c.dir).Run(); err != nil {
		return fmt.Errorf("%s stop: %w", kafkaScript, err)
	}
	return nil
}

// kill ends a node without warning.
func (c *cluster) kill(ctx context.Context, node int) error {
	cmd := c.script(ctx, "kill9", c.dir, strconv.Itoa(node))
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

// restart starts a killed node and waits until it listens.
func (c *cluster) restart(ctx context.Context, node int) error {
	return c.script(ctx, "restart", c.dir, strconv.Itoa(node)).Run()
}

// proxied is where a node listens for an instance, and what it says instead.
func (c *cluster) proxied(instance, node int) (listens, says string) {
	port := c.port + proxiedStep*(instance+1) + node - 1
	return local(port), local(port + advertisedShift)
}

// httpOf is where an instance serves health and metrics.
func (c *cluster) httpOf(instance int) string { return local(c.port + httpShift + instance) }

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts returns a first port whose relatives are free too. All stay below
// 32768, where many systems begin to hand out ports to connections.
func freePorts(instances int) (int, error) {
	for base := 20092; base < 21000; base += 300 {
		if allFree(portsOf(base, instances)) {
			return base, nil
		}
	}
	return 0, errors.New("no free ports for Kafka between 20092 and 32000; end what listens there, for example an earlier run")
}

func portsOf(base, instances int) (ports []int) {
	for n := range nodes {
		ports = append(ports, base+n, base+controllerShift+n)
		for i := 1; i <= instances; i++ {
			ports = append(ports, base+proxiedStep*i+n, base+proxiedStep*i+advertisedShift+n)
		}
	}
	for i := range instances {
		ports = append(ports, base+httpShift+i)
	}
	return ports
}

func allFree(ports []int) bool {
	for _, port := range ports {
		listener, err := net.Listen("tcp", local(port))
		if err != nil {
			return false
		}
		_ = listener.Close() // it was only asked whether it is free
	}
	return true
}
