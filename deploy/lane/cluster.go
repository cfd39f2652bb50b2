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

const (
	kafkaScript = "deploy/kafka/kafka"
	// controllerShift is how far above a node its controller listens.
	controllerShift = 10000
)

// cluster makes sure that there are brokers, and returns what gives them back.
func (b *bench) cluster(ctx context.Context) (stop func(), err error) {
	if b.brokers != "" {
		return func() {}, nil
	}
	port, err := freePorts(b.nodes)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, "kafka")
	stop = func() {
		// Also after Ctrl-C, which has ended ctx: a broker must not be left behind.
		end := exec.CommandContext(context.WithoutCancel(ctx), kafkaScript, "stop", dir)
		end.Stderr = os.Stderr
		_ = end.Run() // it has said on stderr what went wrong
	}
	var out bytes.Buffer
	start := exec.CommandContext(ctx, kafkaScript, "start", dir, strconv.Itoa(b.nodes))
	start.Env = append(os.Environ(), "KAFKA_PORT="+strconv.Itoa(port))
	start.Stdout, start.Stderr = &out, os.Stderr
	if err := start.Run(); err != nil {
		stop() // of three nodes some may be there
		return nil, fmt.Errorf("%s start: %w; start this at the root of the project", kafkaScript, err)
	}
	b.brokers = strings.TrimSpace(out.String())
	return stop, nil
}

// freePorts returns the first of so many ports that nobody listens on, nor on
// those of their controllers.
func freePorts(nodes int) (int, error) {
	for base := 21192; base < 22000; base += 10 {
		if allFree(base, nodes) {
			return base, nil
		}
	}
	return 0, errors.New("no free ports for Kafka between 21192 and 22000; end what listens there, for example an earlier run")
}

func allFree(base, nodes int) bool {
	for n := range nodes {
		if !free(base+n) || !free(base+n+controllerShift) {
			return false
		}
	}
	return true
}

func free(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = listener.Close() // it was only asked whether it is free
	return true
}

// anyPort returns a port that nothing listens on now.
func anyPort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
