package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/redact"
)

// The reasons for which a store is refused. Each is wrapped in an error that
// names the directory and says what to do.
var (
	// ErrNewerFormat: a newer version of the program wrote the store.
	ErrNewerFormat = errors.New("written by a newer version")
	// ErrOtherGroup: the store belongs to another consumer group.
	ErrOtherGroup = errors.New("belongs to another group")
	// ErrOtherCluster: the store was filled from another Kafka cluster.
	ErrOtherCluster = errors.New("belongs to another cluster")
	// ErrCorrupted: bytes on disk are damaged, missing or not ours.
	ErrCorrupted = errors.New("corrupted")
	// ErrHeld: another process has the store open.
	ErrHeld = errors.New("in use by another process")
	// ErrNoStore: nothing to read there, and ReadOnly creates nothing.
	ErrNoStore = errors.New("no store there")
	// ErrPartition: a partition outside 0..65535, which no key can hold.
	ErrPartition = errors.New("partition out of range")
)

// refused builds the error of a directory that is not opened.
func refused(dir string, reason error, detail, todo string) error {
	return fmt.Errorf("store %s: %w: %s; %s", dir, reason, detail, todo)
}

const rebuildAdvice = "nothing was changed; move the directory away and start again, the state is then restored from the changelog"

// corrupted wraps an error of Pebble without its unsafe parts, because those
// may quote keys, and keys carry contact ids.
func corrupted(dir string, err error) error {
	return refused(dir, ErrCorrupted, scrub(err), rebuildAdvice)
}

// scrub renders an error of Pebble for people: what Pebble marks as possibly
// personal is blanked out.
func scrub(err error) string {
	return redact.Sprint(err).Redact().StripMarkers()
}

// wrap adds the directory and the operation to an error of Pebble.
func (s *Store) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if pebble.IsCorruptionError(err) {
		return fmt.Errorf("%s: %w", op, corrupted(s.dir, err))
	}
	return fmt.Errorf("store %s: %s: %w", s.dir, op, err)
}

// isSystemError tells the operating system's refusals (permission, no space,
// too many files), which a restart may cure, from damaged content. A missing
// file counts as damage: Pebble only looks for files it has written.
func isSystemError(err error) bool {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno != syscall.ENOENT
	}
	return errors.Is(err, fs.ErrPermission)
}
