package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Main is the main function of a command: it runs until it has done, or is told
// to end, and exits with 1 where that failed.
func Main(name string, run func(ctx context.Context, args []string, out io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Bench is where a bench works and what it measures.
type Bench struct {
	Dir     string
	Program string // the built consentstream
	remove  func() error
}

// NewBench builds the program into a folder, see Folder.
func NewBench(ctx context.Context, dir, prefix string, keep bool) (*Bench, error) {
	var b Bench
	var err error
	if b.Dir, b.remove, err = Folder(dir, prefix, keep); err != nil {
		return nil, err
	}
	if b.Program, err = Build(ctx, b.Dir); err != nil {
		return nil, errors.Join(err, b.remove())
	}
	return &b, nil
}

// Close removes the folder unless it is to be kept.
func (b *Bench) Close() error { return b.remove() }
