package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"consentstream/deploy/chaos/proof"
)

// figures prints what happened and how long it took to get over it.
func (c *chaos) figures(actions []action, e *proof.Evidence, found *proof.Findings) {
	fmt.Fprintf(c.out, "\n%-20s %6s %12s\n", "fault", "times", "longest wait")
	for f := range faults {
		c.faultLine(f, actions)
	}
	// The last records were written in faults too; what is read after them counts.
	longest := c.monitor.slowest(0, time.Since(c.begin))
	fmt.Fprintf(c.out, "\nslowest recovery     %.1f s, task %d, of what was sent at %.1f s\n", longest.took.Seconds(), longest.task, longest.at.Seconds())
	fmt.Fprintf(c.out, "median wait          %.1f s, measured every %v\n", c.monitor.median().Seconds(), samplePause)
	fmt.Fprintf(c.out, "machine stood still  %.1f s at the longest; waits contain that\n", c.monitor.stalled.Seconds())
	var logs []string
	starts := 0
	for _, in := range c.processes {
		logs = append(logs, in.logFile)
		starts += in.starts
	}
	rebalances, counted := generations(logs)
	fmt.Fprintf(c.out, "input records        %d, of them %d bad, all of these in the dead letters\n", found.Inputs, found.DeadLetters)
	fmt.Fprintf(c.out, "contacts             %d\n", found.Contacts)
	fmt.Fprintf(c.out, "published            %d changes of eligibility, %d retention stages\n", found.Eligibility, found.Retention)
	fmt.Fprintf(c.out, "shared addresses     %d contacts denied by an objection sent before their yes, %d by one sent after, %d not objected to\n",
		found.ObjectedBefore, found.ObjectedAfter, found.Unharmed)
	fmt.Fprintf(c.out, "transactions         %d committed, %d aborted (by their markers in the changelog)\n", e.Committed, e.Aborted)
	fmt.Fprintf(c.out, "group                %d generations, %d starts of instances\n", rebalances, starts)
	for _, name := range slices.Sorted(maps.Keys(counted)) {
		fmt.Fprintf(c.out, "%-20s %d\n", name, counted[name])
	}
}

// faultLine prints how often a fault happened and the longest that anything
// written during one had to wait. Faults overlap: the wait is that of all that
// went on.
func (c *chaos) faultLine(f fault, actions []action) {
	const after = time.Second
	times, longest := 0, time.Duration(0)
	for i := range actions {
		if a := &actions[i]; a.fault == f {
			times++
			longest = max(longest, c.monitor.slowest(a.at, a.end()+after).took)
		}
	}
	fmt.Fprintf(c.out, "%-20s %6d %10.1f s\n", f, times, longest.Seconds())
}
