package main

import (
	"context"
	"path/filepath"
	"strconv"

	"consentstream/deploy/internal/local"
)

// command runs the program to its end.
func (b *bench) command(ctx context.Context, args ...string) (local.Usage, error) {
	p, err := local.Start(ctx, filepath.Join(b.dir, args[0]+".log"), b.program, args...)
	if err != nil {
		return local.Usage{}, err
	}
	return p.Wait()
}

func (b *bench) sample(zipf float64) []string {
	return []string{
		"generate", "--seed", "1", "--events", strconv.Itoa(b.events), "--contacts", strconv.Itoa(b.contacts),
		"--zipf", strconv.FormatFloat(zipf, 'f', -1, 64),
	}
}
