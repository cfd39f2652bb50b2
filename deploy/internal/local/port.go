package local

import (
	"fmt"
	"net"
	"strconv"
)

// Host is a port of this machine as HOST:PORT.
func Host(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// AnyPort returns a port that nothing listens on now.
func AnyPort() (int, error) {
	listener, err := net.Listen("tcp", Host(0))
	if err != nil {
		return 0, fmt.Errorf("no port is free: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// Where the first ports of clusters are. What lies 10,000 above them stays below
// 32768, where many systems begin to hand out ports to connections.
const (
	firstBase = 20092
	lastBase  = 22492
	baseStep  = 300
)

// freeBase returns a first port whose relatives, which of names, are free too.
func freeBase(of func(base int) []int) (int, error) {
	for base := firstBase; base <= lastBase; base += baseStep {
		if allFree(of(base)) {
			return base, nil
		}
	}
	return 0, fmt.Errorf("no free ports for Kafka between %d and 32768; end what listens there, for example an earlier run", firstBase)
}

func allFree(ports []int) bool {
	for _, port := range ports {
		listener, err := net.Listen("tcp", Host(port))
		if err != nil {
			return false
		}
		_ = listener.Close() // it was only asked whether it is free
	}
	return true
}
