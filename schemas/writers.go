package schemas

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Registry answers which schema an id stands for, as .avsc text.
//
// An error that wraps ErrNoSchema says that the registry has no Avro schema
// under the id; any other error says that the registry could not be asked.
type Registry interface {
	SchemaByID(ctx context.Context, id int) (string, error)
}

// ErrNoSchema says that the registry answered and has no Avro schema under the id.
var ErrNoSchema = errors.New("the schema registry has no Avro schema under this id")

// missTime is how long an id that the registry did not have is not asked for
// again, so that a flood of bad records is not a flood of requests.
const missTime = 10 * time.Second

// maxMisses bounds how many such ids are remembered.
const maxMisses = 1024

// writers are the writer's schemas that are known, by what records call them.
type writers struct {
	registry Registry
	ctx      context.Context
	timeout  time.Duration
	now      func() time.Time

	mu           sync.RWMutex
	fingerprints map[uint64]*plan
	ids          map[uint32]known
	misses       map[uint32]time.Time
	asking       turn // one look-up at a time
}

// known is what an id stands for: a plan, or why there is none for ever.
type known struct {
	plan *plan
	err  error
}

func newWriters() *writers {
	w := &writers{
		ctx:          context.Background(),
		timeout:      5 * time.Second,
		now:          time.Now,
		fingerprints: map[uint64]*plan{},
		ids:          map[uint32]known{},
		misses:       map[uint32]time.Time{},
		asking:       newTurn(),
	}
	for _, s := range catalog {
		w.fingerprints[s.Fingerprint] = &plan{reader: s, writer: s.tree, current: true}
	}
	return w
}

func (w *writers) add(avsc string) error {
	p, err := newPlan(avsc)
	if err != nil {
		return fmt.Errorf("add a writer's schema: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fingerprints[p.writer.Fingerprint()] = p
	return nil
}

func (w *writers) byFingerprint(s *Schema, fingerprint uint64) (*plan, error) {
	w.mu.RLock()
	p, ok := w.fingerprints[fingerprint]
	w.mu.RUnlock()
	if !ok {
		return nil, s.fault(FaultUnknownSchema, "", fmt.Sprintf("no schema has the fingerprint %016x", fingerprint), nil)
	}
	return p, p.expect(s)
}

// expect refuses a record of another kind than the topic's.
func (p *plan) expect(s *Schema) error {
	if p.reader != s {
		return s.fault(FaultUnknownSchema, "", "the topic holds a record of "+p.reader.Name, nil)
	}
	return nil
}

func (w *writers) byID(s *Schema, id uint32) (*plan, error) {
	w.mu.RLock()
	k, ok := w.ids[id]
	w.mu.RUnlock()
	if !ok {
		var err error
		if k, err = w.ask(w.ctx, id); err != nil {
			return nil, s.fault(FaultRegistry, "", fmt.Sprintf("look up registry id %d", id), err)
		}
	}
	if k.err != nil {
		return nil, s.fault(FaultUnknownSchema, "", fmt.Sprintf("registry id %d cannot be read", id), k.err)
	}
	return k.plan, k.plan.expect(s)
}

// ask looks an id up in the registry and keeps the answer. An error wraps
// ErrRegistryUnavailable.
func (w *writers) ask(ctx context.Context, id uint32) (known, error) {
	if w.registry == nil {
		return known{err: errors.New("no schema registry is configured")}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	if err := w.asking.take(ctx); err != nil {
		return known{}, fmt.Errorf("%w: %w", ErrRegistryUnavailable, err)
	}
	defer w.asking.give()
	if k, ok := w.answered(id); ok {
		return k, nil
	}
	text, err := w.registry.SchemaByID(ctx, int(id))
	switch {
	case errors.Is(err, ErrNoSchema):
		return w.miss(id, err), nil
	case err != nil:
		return known{}, fmt.Errorf("%w: %w", ErrRegistryUnavailable, err)
	}
	return w.remember(id, text), nil
}

// answered tells what was found while waiting, or that the id was missing a
// moment ago.
func (w *writers) answered(id uint32) (known, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if k, ok := w.ids[id]; ok {
		return k, true
	}
	if at, ok := w.misses[id]; ok && w.now().Sub(at) < missTime {
		return known{err: ErrNoSchema}, true
	}
	return known{}, false
}

func (w *writers) miss(id uint32, err error) known {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.misses) >= maxMisses {
		clear(w.misses)
	}
	w.misses[id] = w.now()
	return known{err: err}
}

func (w *writers) remember(id uint32, text string) known {
	p, err := newPlan(text)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.misses, id)
	w.ids[id] = known{plan: p, err: err}
	return w.ids[id]
}
