package main

import (
	"context"
	"os"
	"path/filepath"

	"consentstream/deploy/internal/local"
)

// replay measures the fold over Avro container files. Everything that would be
// published is computed; writing it down as JSON lines is left out.
func (b *bench) replay(ctx context.Context, name string, zipf float64) error {
	archive, state := filepath.Join(b.dir, name), filepath.Join(b.dir, name+"-state")
	if _, err := b.command(ctx, append(b.sample(zipf), "--output", archive)...); err != nil {
		return err
	}
	used, err := b.command(ctx, "replay", archive, "--state", state)
	if err != nil {
		return err
	}
	bytes, err := local.Size(state)
	if err != nil {
		return err
	}
	b.print(result{name: "replay, " + name, events: int64(b.events), Usage: used, state: bytes})
	return b.discard(archive, state)
}

// discard makes room for the next case.
func (b *bench) discard(paths ...string) error {
	if b.keep {
		return nil
	}
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
