package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo answers every line with itself.
func echo(t *testing.T) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return listener.Addr().String()
}

func proxied(t *testing.T) (*link, func() net.Conn) {
	l, err := newLink("127.0.0.1:0", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l, func() net.Conn {
		conn, err := net.Dial("tcp", l.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
}

// ask sends a line and returns what comes back within a time.
func ask(conn net.Conn, line string, patience time.Duration) (string, error) {
	if line != "" {
		if _, err := io.WriteString(conn, line+"\n"); err != nil {
			return "", err
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return bufio.NewReader(conn).ReadString('\n')
}

func TestALinkPasses(t *testing.T) {
	_, dial := proxied(t)
	if got, err := ask(dial(), "hello", 5*time.Second); got != "hello\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestARefusedLinkEndsConnectionsOldAndNew(t *testing.T) {
	l, dial := proxied(t)
	old := dial()
	if _, err := ask(old, "hello", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	l.cut(refused)
	for _, conn := range []net.Conn{old, dial()} {
		if got, err := ask(conn, "", 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q, %v, want the end of the connection", got, err)
		}
	}
	l.mend()
	if got, err := ask(dial(), "again", 5*time.Second); got != "again\n" {
		t.Errorf("after mending %q, %v", got, err)
	}
}

func TestASilentLinkDeliversLater(t *testing.T) {
	l, dial := proxied(t)
	conn := dial()
	if _, err := ask(conn, "hello", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	l.cut(silent)
	if got, err := ask(conn, "held", 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%q, %v, want silence", got, err)
	}
	l.mend()
	if got, err := ask(conn, "", 5*time.Second); got != "held\n" {
		t.Errorf("after mending %q, %v", got, err)
	}
}

// A request whose answer is lost has been served; its connection ends with the
// cut, since what was lost never comes.
func TestLostAnswersStayLost(t *testing.T) {
	served := make(chan string, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		line, _ := bufio.NewReader(conn).ReadString('\n')
		_, _ = io.WriteString(conn, "done\n")
		served <- line
	}()
	l, err := newLink("127.0.0.1:0", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	l.cut(answersLost)
	conn, err := net.Dial("tcp", l.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, err := ask(conn, "commit", 200*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q, %v, want no answer", got, err)
	}
	if line := <-served; line != "commit\n" {
		t.Errorf("served %q", line)
	}
	l.mend()
	if got, err := ask(conn, "", 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q, %v, want the end of the connection", got, err)
	}
}

func TestASlowLinkIsSlow(t *testing.T) {
	l, dial := proxied(t)
	conn := dial()
	l.slow(60 * time.Millisecond)
	begin := time.Now()
	if got, err := ask(conn, "hello", 5*time.Second); got != "hello\n" {
		t.Fatalf("%q, %v", got, err)
	}
	if took := time.Since(begin); took < 60*time.Millisecond { // half of it, both ways, at the least
		t.Errorf("took %v", took)
	}
}
