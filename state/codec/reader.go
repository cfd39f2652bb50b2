package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"consentstream/state"
)

// ErrCorrupt is wrapped by every error about bytes that no Append function wrote.
var ErrCorrupt = errors.New("stored bytes are corrupt")

// reader walks over bytes. After the first thing that is wrong every read
// returns zero, so that callers check once, at the end.
type reader struct {
	b    []byte
	at   int
	what string // first thing that was wrong, "" = nothing yet
}

func (r *reader) fail(what string) {
	if r.what == "" {
		r.what = what
		r.b = r.b[:r.at]
	}
}

func (r *reader) err() error {
	if r.what == "" {
		return nil
	}
	return fmt.Errorf("%w: %s at byte %d", ErrCorrupt, r.what, r.at)
}

func (r *reader) byte(what string) byte {
	if r.at >= len(r.b) {
		r.fail(what)
		return 0
	}
	v := r.b[r.at]
	r.at++
	return v
}

// next returns the next n bytes, nil when there are fewer.
func (r *reader) next(what string, n int) []byte {
	if len(r.b)-r.at < n {
		r.fail(what)
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *reader) uint(what string) uint64 {
	if r.at < len(r.b) && r.b[r.at] < 0x80 {
		r.at++
		return uint64(r.b[r.at-1])
	}
	v, n := binary.Uvarint(r.b[r.at:])
	if n <= 0 {
		r.fail(what)
		return 0
	}
	r.at += n
	return v
}

func (r *reader) int(what string) int64 {
	u := r.uint(what)
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) instant(what string) state.Instant { return state.Instant(r.int(what)) }

// count reads how many things follow, each of at least size bytes.
func (r *reader) count(what string, size int) int {
	v := r.uint(what)
	if v > uint64((len(r.b)-r.at)/size) {
		r.fail(what)
		return 0
	}
	return int(v)
}

// take returns the next n bytes as a string that shares their memory.
func (r *reader) take(what string, n uint64) string {
	if n > uint64(len(r.b)-r.at) {
		r.fail(what)
		return ""
	}
	if n == 0 {
		return ""
	}
	s := unsafe.String(&r.b[r.at], int(n))
	r.at += int(n)
	return s
}

func (r *reader) string(what string) string { return r.take(what, r.uint(what)) }

// optional reads an instant if its presence bit is set; absent is what it is otherwise.
func (r *reader) optional(what string, present byte, absent state.Instant) state.Instant {
	if present == 0 {
		return absent
	}
	return r.instant(what)
}

// enum checks a value of an enum whose greatest value is last.
func enum[T ~uint8](r *reader, what string, v byte, last T) T {
	if v > byte(last) {
		r.fail(what)
		return 0
	}
	return T(v)
}
