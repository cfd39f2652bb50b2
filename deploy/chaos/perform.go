package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"consentstream/deploy/internal/local"
)

// restartPause is how long a rolling restart takes for one instance.
const restartPause = 3 * time.Second

// perform waits for the time of an action and until its place is free, does it,
// and takes it back after its time. On a machine that stalls all of it comes
// later, but never two faults at one place.
func (c *chaos) perform(ctx context.Context, a *action) error {
	if err := local.Pause(ctx, a.at-time.Since(c.begin)); err != nil {
		return err
	}
	for _, place := range c.placesOf(a) {
		place.Lock()
		defer place.Unlock()
	}
	a.at = time.Since(c.begin)
	c.say("%s", a)
	err := c.do(ctx, a)
	if err == nil {
		err = local.Pause(ctx, a.end()-time.Since(c.begin))
	}
	if err == nil {
		err = c.undo(ctx, a)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", a.fault, err)
	}
	return nil
}

// places are locked by the one fault that may happen there.
type places struct {
	process, link   []sync.Mutex // by instance
	broker, leaders sync.Mutex
}

// placesOf returns what an action needs for itself, in an order that never
// makes two actions wait for each other.
func (c *chaos) placesOf(a *action) []*sync.Mutex {
	switch a.fault {
	case killBroker:
		return []*sync.Mutex{&c.places.broker}
	case moveLeaders:
		return []*sync.Mutex{&c.places.leaders}
	case cut, delay:
		return []*sync.Mutex{&c.places.link[a.instance]}
	case restartAll:
		all := make([]*sync.Mutex, len(c.places.process))
		for i := range all {
			all[i] = &c.places.process[i]
		}
		return all
	}
	return []*sync.Mutex{&c.places.process[a.instance]}
}

// do lets a fault happen.
func (c *chaos) do(ctx context.Context, a *action) error {
	switch a.fault {
	case killInstance:
		c.processes[a.instance].kill()
	case wipeInstance:
		c.processes[a.instance].kill()
		return c.processes[a.instance].wipe()
	case stopInstance:
		c.processes[a.instance].stop()
	case freeze:
		c.processes[a.instance].signal(syscall.SIGSTOP)
	case fillDisk:
		c.diskFull.Store(int64(time.Since(c.begin) + a.lasts))
		return c.disk.fill()
	case cut:
		c.onLinks(a, func(l *link) { l.cut(a.way) })
	case delay:
		c.onLinks(a, func(l *link) { l.slow(a.latency) })
	case killBroker:
		return c.cluster.Kill(ctx, a.node)
	case moveLeaders:
		return c.move(ctx)
	case restartAll:
		return c.roll(ctx)
	}
	return nil
}

// diskGrace is how long after a full disk an instance may still be ending and
// starting because of it.
const diskGrace = 5 * time.Second

// excuses reports whether a disk that was full until an instant excuses an
// instance that ends at another with these words. One that says that it was the
// disk may have waited for transactions, and with them for Kafka, before it ended.
func excuses(full, now time.Duration, said string) bool {
	if full == 0 {
		return false
	}
	return now < full+diskGrace || now < full+stopTimeout && strings.Contains(said, syscall.ENOSPC.Error())
}

// catchUp is how long a node that was down may copy what it missed before
// another falls, at least.
const catchUp = 5 * time.Second

// undo takes a fault back.
func (c *chaos) undo(ctx context.Context, a *action) error {
	switch a.fault {
	case killInstance, wipeInstance, stopInstance:
		return c.processes[a.instance].start()
	case freeze:
		c.processes[a.instance].signal(syscall.SIGCONT)
	case fillDisk:
		c.diskFull.Store(int64(time.Since(c.begin)))
		return c.disk.free()
	case cut:
		c.onLinks(a, (*link).mend)
	case delay:
		c.onLinks(a, func(l *link) { l.slow(0) })
	case killBroker:
		if err := c.cluster.Restart(ctx, a.node); err != nil {
			return err
		}
		return local.Pause(ctx, catchUp)
	}
	return nil
}

// onLinks does something to the links that an action is about.
func (c *chaos) onLinks(a *action, do func(*link)) {
	for i, l := range c.links[a.instance] {
		if a.node == 0 || a.node == i+1 {
			do(l)
		}
	}
}

// move moves leaders; while a node is down that may not work, which is no
// failure of what is tested.
func (c *chaos) move(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	moved, err := c.monitor.moveLeaders(limited, c.random)
	if err != nil {
		c.say("leaders stay where they are: %v", err)
		return nil
	}
	c.say("%d partitions have another leader", moved)
	return nil
}

// roll restarts one instance after the other, as a deployment does.
func (c *chaos) roll(ctx context.Context) error {
	for _, in := range c.processes {
		in.stop()
		if err := in.start(); err != nil {
			return err
		}
		if err := local.Pause(ctx, restartPause/2); err != nil {
			return err
		}
	}
	return nil
}

// ready reports whether every instance says that it processes.
func (c *chaos) ready(ctx context.Context) bool {
	for i := range c.processes {
		if !answersOK(ctx, "http://"+c.cluster.httpOf(i)+"/readyz") {
			return false
		}
	}
	return true
}

func answersOK(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
