package local

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// KafkaOptions say what cluster to start. Dir and Nodes are required.
type KafkaOptions struct {
	Dir   string // of configuration, data and logs
	Nodes int    // 1 or 3
	// Proxied is how many listeners more each node gets, as KAFKA_PROXIED of the
	// script says.
	Proxied int
	// Ports, if set, names more ports that must be free, by that of the first node.
	Ports func(base int) []int
	// Env is added to the environment of the script: KAFKA_HEAP=384m.
	Env []string
}

// Kafka is a real cluster on this machine.
type Kafka struct {
	Brokers string // HOST:PORT,... of its nodes
	Port    int    // of the first node; others are told by it
	dir     string
	script  string
	env     []string
}

// Ports of a cluster relative to that of its first node, as the script has them.
const (
	ProxiedStep     = 10    // listener i of a node, counted from 1
	AdvertisedShift = 1000  // what that listener tells clients to use
	controllerShift = 10000 // of a node
)

// StartKafka starts a cluster on free ports and waits until it answers.
func StartKafka(ctx context.Context, o KafkaOptions) (*Kafka, error) {
	dir, err := root(ctx)
	if err != nil {
		return nil, err
	}
	port, err := freeBase(o.ports)
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "KAFKA_PORT="+strconv.Itoa(port), "KAFKA_PROXIED="+strconv.Itoa(o.Proxied))
	k := &Kafka{Port: port, dir: o.Dir, script: filepath.Join(dir, "deploy", "kafka", "kafka"), env: append(env, o.Env...)}
	out, err := k.run(ctx, "start", o.Dir, strconv.Itoa(o.Nodes))
	if err != nil {
		_ = k.Stop() // of three nodes some may be there; err says why
		return nil, err
	}
	k.Brokers = strings.TrimSpace(out)
	return k, nil
}

// ports are all that a cluster listens on or makes others listen on.
func (o *KafkaOptions) ports(base int) (ports []int) {
	for n := range o.Nodes {
		ports = append(ports, base+n, base+n+controllerShift)
		for i := 1; i <= o.Proxied; i++ {
			ports = append(ports, base+ProxiedStep*i+n, base+ProxiedStep*i+AdvertisedShift+n)
		}
	}
	if o.Ports != nil {
		ports = append(ports, o.Ports(base)...)
	}
	return ports
}

// Stop ends every node, also after Ctrl-C, which has ended the context of the
// start: a broker must not be left behind.
func (k *Kafka) Stop() error {
	_, err := k.run(context.Background(), "stop", k.dir)
	return err
}

// Kill ends a node, counted from 1, without warning.
func (k *Kafka) Kill(ctx context.Context, node int) error {
	_, err := k.run(ctx, "kill9", k.dir, strconv.Itoa(node))
	return err
}

// Restart starts a killed node and waits until it listens.
func (k *Kafka) Restart(ctx context.Context, node int) error {
	_, err := k.run(ctx, "restart", k.dir, strconv.Itoa(node))
	return err
}

// run carries out a command of the script; its error says what that wrote.
func (k *Kafka) run(ctx context.Context, args ...string) (string, error) {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, k.script, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = k.env, &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("kafka %s: %w: %s", args[0], err, bytes.TrimSpace(said.Bytes()))
	}
	return out.String(), nil
}
