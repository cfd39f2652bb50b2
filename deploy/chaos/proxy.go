package main

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// link is the network between one instance and one node: a proxy that can be
// cut and slowed down while connections go through it.
type link struct {
	target   string
	listener net.Listener

	mu      sync.Mutex
	changed *sync.Cond
	broken  bool
	way     way
	latency time.Duration
	conns   map[net.Conn]struct{} // of both sides
	closed  bool
}

// newLink listens at an address and passes connections on to the target.
func newLink(listen, target string) (*link, error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	l := &link{target: target, listener: listener, conns: map[net.Conn]struct{}{}}
	l.changed = sync.NewCond(&l.mu)
	go l.accept()
	return l, nil
}

// cut breaks the link until mend.
func (l *link) cut(w way) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken, l.way = true, w
	if w == refused {
		l.drop()
	}
}

// slow lets everything that passes come later by about the latency; 0 ends that.
func (l *link) slow(latency time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latency = latency
}

// mend ends a cut. Answers that were lost stay lost, so their connections end.
func (l *link) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken && l.way == answersLost {
		l.drop()
	}
	l.broken = false
	l.changed.Broadcast()
}

// close ends the link for good.
func (l *link) close() {
	_ = l.listener.Close() // nobody reads from it any more
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.drop()
	l.changed.Broadcast()
}

// drop closes every connection; the caller holds mu.
func (l *link) drop() {
	for c := range l.conns {
		_ = c.Close() // both ends are ours: nothing is left to flush
	}
	clear(l.conns)
}

func (l *link) accept() {
	for {
		client, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go l.connect(client)
		}
	}
}

// connect joins a client with the target. While the link is silent it waits,
// as a first packet that gets no answer does.
func (l *link) connect(client net.Conn) {
	if !l.passable() {
		_ = client.Close() // refused
		return
	}
	server, err := net.Dial("tcp", l.target)
	if err != nil {
		_ = client.Close() // the node is down: the client sees the same
		return
	}
	if !l.keep(client, server) {
		return
	}
	go l.pass(client, server, false)
	go l.pass(server, client, true)
}

func (l *link) passable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.broken && l.way == silent && !l.closed {
		l.changed.Wait()
	}
	return !l.closed && (!l.broken || l.way != refused)
}

func (l *link) keep(a, b net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.broken && l.way == refused {
		_, _ = a.Close(), b.Close()
		return false
	}
	l.conns[a], l.conns[b] = struct{}{}, struct{}{}
	return true
}

// parcel is a piece of a stream and when it arrives.
type parcel struct {
	bytes []byte
	due   time.Time
}

// pass copies one direction. Latency delays what passes without slowing the
// stream: the next piece is read while the one before is on its way.
func (l *link) pass(from, to net.Conn, answers bool) {
	road := make(chan parcel, 256)
	go func() {
		defer close(road)
		buf := make([]byte, 64<<10)
		for {
			n, err := from.Read(buf)
			if n > 0 {
				road <- parcel{append([]byte(nil), buf[:n]...), time.Now().Add(l.delay())}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range road {
		time.Sleep(time.Until(p.due))
		if !l.through(answers) {
			continue
		}
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	l.forget(from, to)
	for range road { // the reader ends with its connection
	}
}

// delay draws what a piece is delayed by: half to one and a half of the latency.
func (l *link) delay() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latency == 0 {
		return 0
	}
	return l.latency/2 + time.Duration(rand.Int64N(int64(l.latency)))
}

// through waits while the link is silent, and tells whether a piece arrives.
func (l *link) through(answers bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.broken && l.way == silent && !l.closed {
		l.changed.Wait()
	}
	return !l.closed && (!l.broken || l.way == answersLost && !answers)
}

func (l *link) forget(a, b net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = a.Close(), b.Close()
	delete(l.conns, a)
	delete(l.conns, b)
}
