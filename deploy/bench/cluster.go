package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const kafkaScript = "deploy/kafka/kafka"

// cluster returns the brokers to use and what gives them back.
func (b *bench) cluster(ctx context.Context) (brokers string, stop func(), err error) {
	if b.brokers != "" {
		return b.brokers, func() {}, nil
	}
	dir := filepath.Join(b.dir, "kafka")
	var out bytes.Buffer
	start := exec.CommandContext(ctx, kafkaScript, "start", dir)
	start.Stdout, start.Stderr = &out, os.Stderr
	if err := start.Run(); err != nil {
		return "", nil, fmt.Errorf("%s start: %w", kafkaScript, err)
	}
	stop = func() {
		// Also after Ctrl-C, which has ended ctx: a broker must not be left behind.
		end := exec.CommandContext(context.WithoutCancel(ctx), kafkaScript, "stop", dir)
		end.Stderr = os.Stderr
		_ = end.Run() // it has said on stderr what went wrong
	}
	return strings.TrimSpace(out.String()), stop, nil
}
