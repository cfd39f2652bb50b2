package store

import (
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// compactions lets as many compactions run as Pebble thinks right, and none until
// the store is open. Open replays the log, which may bring a compaction about, and
// then waits for its end: seconds before the first record of a restart is
// processed, growing with the store.
type compactions struct {
	db   pebble.DBForCompaction
	stop chan struct{}
	// granting is held while the database is asked what it wants, so that none of
	// that goes on when it has been closed.
	granting sync.Mutex

	mu      sync.Mutex
	open    bool
	closed  bool
	running int
}

// grantEvery is how often the database is asked whether something waits: what
// makes it want more is not always told.
const grantEvery = 100 * time.Millisecond

func newCompactions() *compactions { return &compactions{stop: make(chan struct{})} }

// begin lets compactions run.
func (c *compactions) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = true
}

// Register implements pebble.CompactionScheduler.
func (c *compactions) Register(_ int, db pebble.DBForCompaction) {
	c.db = db
	go c.grantPeriodically()
}

func (c *compactions) grantPeriodically() {
	tick := time.NewTicker(grantEvery)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
			c.grant()
		}
	}
}

// Unregister implements pebble.CompactionScheduler.
func (c *compactions) Unregister() {
	close(c.stop)
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.granting.Lock() // until nobody asks any more
	defer c.granting.Unlock()
}

// TrySchedule implements pebble.CompactionScheduler.
func (c *compactions) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !c.take() {
		return false, nil
	}
	return true, c
}

// take counts one compaction more, if there may be one.
func (c *compactions) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.open || c.closed || c.running >= c.db.GetAllowedWithoutPermission() {
		return false
	}
	c.running++
	return true
}

func (c *compactions) giveBack() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
}

// UpdateGetAllowedWithoutPermission implements pebble.CompactionScheduler. It is
// called under locks that granting needs: the next tick grants.
func (c *compactions) UpdateGetAllowedWithoutPermission() {}

// grant starts what waits, as much as may run.
func (c *compactions) grant() {
	c.granting.Lock()
	defer c.granting.Unlock()
	for c.take() {
		if waiting, _ := c.db.GetWaitingCompaction(); !waiting || !c.db.Schedule(c) {
			c.giveBack()
			return
		}
	}
}

// Done implements pebble.CompactionGrantHandle.
func (c *compactions) Done() {
	c.giveBack()
	c.grant()
}

// Started implements pebble.CompactionGrantHandle.
func (c *compactions) Started() {}

// MeasureCPU implements pebble.CompactionGrantHandle.
func (c *compactions) MeasureCPU(pebble.CompactionGoroutineKind) {}

// CumulativeStats implements pebble.CompactionGrantHandle.
func (c *compactions) CumulativeStats(pebble.CompactionGrantHandleStats) {}
