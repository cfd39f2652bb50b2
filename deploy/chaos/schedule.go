package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// fault is what can happen.
type fault uint8

const (
	killInstance fault = iota // kill -9
	wipeInstance              // kill -9, and its state directory is gone
	stopInstance              // SIGTERM
	freeze                    // SIGSTOP for longer than the session timeout: a zombie
	fillDisk                  // of the store, until the action ends
	cut                       // the network between an instance and one node or all
	delay                     // the same, slow
	killBroker                // kill -9 of a node
	moveLeaders               // of partitions and of the coordinators
	restartAll                // SIGTERM of one instance after the other
	faults
)

// String names a fault in the output.
func (f fault) String() string {
	return [...]string{"kill -9", "kill -9, state lost", "SIGTERM", "SIGSTOP", "disk full", "network cut", "network delay", "broker kill -9", "leaders moved", "rolling restart"}[f]
}

// way is how a network cut shows.
type way uint8

const (
	refused     way = iota // connections are torn down and refused
	silent                 // nothing passes; what was under way arrives later
	answersLost            // requests pass, their answers do not
	ways
)

// String names a way in the output.
func (w way) String() string {
	return [...]string{"connections refused", "silence", "answers lost"}[w]
}

// action is a fault with its time and place.
type action struct {
	fault
	at       time.Duration // since the start of the schedule
	lasts    time.Duration // until it is taken back; 0 = at once
	instance int           // from 0; -1 = none
	node     int           // from 1; 0 = all, or none
	way      way
	latency  time.Duration
}

func (a *action) end() time.Duration { return a.at + a.lasts }

// String tells what happens, without when.
func (a *action) String() string {
	text := fmt.Sprintf("%-20s", a.fault)
	if a.instance >= 0 {
		text += " instance " + instanceName(a.instance)
	}
	switch {
	case a.node > 0:
		text += fmt.Sprintf(" node %d", a.node)
	case a.fault == cut || a.fault == delay:
		text += " all nodes"
	}
	switch a.fault {
	case cut:
		text += ", " + a.way.String()
	case delay:
		text += fmt.Sprintf(", %d ms", a.latency.Milliseconds())
	}
	if a.lasts > 0 {
		text += fmt.Sprintf(", for %.1f s", a.lasts.Seconds())
	}
	return text
}

const nodes = 3

// planner draws a schedule. Nothing happens twice at the same time to the same
// process or the same link, and at most one node is down, since two of three
// nodes are what acknowledges; everything else may overlap.
type planner struct {
	random    *rand.Rand
	instances int
	// Until when a place is taken.
	process, link   []time.Duration
	broker, leaders time.Duration
}

// plan returns the actions of a seed in order of their times. Each fault comes
// once before any comes again, in another order each time; where its place is
// taken it waits.
func plan(seed uint64, length time.Duration, instances int, disk bool) []action {
	p := &planner{
		random: rand.New(rand.NewPCG(seed, 2)), instances: instances,
		process: make([]time.Duration, instances), link: make([]time.Duration, instances),
	}
	var actions []action
	for at := 2 * time.Second; at < length; {
		for _, n := range p.random.Perm(int(faults)) {
			f := fault(n)
			if f == fillDisk && !disk {
				continue
			}
			a := p.draw(f, at)
			if at += p.between(800*time.Millisecond, 4*time.Second); a.end() > length {
				continue
			}
			p.occupy(&a)
			actions = append(actions, a)
		}
	}
	slices.SortStableFunc(actions, func(a, b action) int { return cmp.Compare(a.at, b.at) })
	return actions
}

func (p *planner) between(low, high time.Duration) time.Duration {
	return low + time.Duration(p.random.Int64N(int64(high-low))).Round(100*time.Millisecond)
}

// draw returns an action at an instant, or as soon after it as its place is free.
func (p *planner) draw(f fault, at time.Duration) action {
	a := action{fault: f, instance: p.random.IntN(p.instances)}
	free := time.Duration(0)
	switch f {
	case killInstance, wipeInstance, stopInstance:
		if p.random.IntN(3) > 0 { // else it is back at once
			a.lasts = p.between(time.Second, 9*time.Second)
		}
		free = p.process[a.instance]
	case freeze:
		a.lasts = p.between(sessionTimeout+time.Second, 2*sessionTimeout)
		free = p.process[a.instance]
	case fillDisk:
		a.instance = smallDisk
		a.lasts = p.between(3*time.Second, 8*time.Second)
		free = p.process[a.instance]
	case restartAll:
		a.instance = -1
		a.lasts = time.Duration(p.instances) * restartPause
		free = slices.Max(p.process)
	case cut:
		a.node, a.way = p.random.IntN(nodes+1), way(p.random.IntN(int(ways)))
		a.lasts = p.between(time.Second, 2*sessionTimeout)
		free = p.link[a.instance]
	case delay:
		a.node, a.latency = p.random.IntN(nodes+1), p.between(20*time.Millisecond, 400*time.Millisecond)
		a.lasts = p.between(4*time.Second, 10*time.Second)
		free = p.link[a.instance]
	case killBroker:
		a.instance, a.node = -1, 1+p.random.IntN(nodes)
		a.lasts = p.between(time.Second, 8*time.Second)
		free = p.broker
	case moveLeaders:
		a.instance = -1
		free = p.leaders
	}
	a.at = max(at, free)
	return a
}

// occupy keeps others away from where an action is, and a while after: a node
// that was down must copy what it missed before another may fall.
func (p *planner) occupy(a *action) {
	const processPause, brokerPause, leaderPause = time.Second, 15 * time.Second, 5 * time.Second
	switch a.fault {
	case killBroker:
		p.broker = a.end() + brokerPause
	case cut, delay:
		p.link[a.instance] = a.end() + processPause
	case moveLeaders:
		p.leaders = a.end() + leaderPause
	case restartAll:
		for i := range p.process {
			p.process[i] = a.end() + processPause
		}
	default:
		p.process[a.instance] = a.end() + processPause
	}
}
