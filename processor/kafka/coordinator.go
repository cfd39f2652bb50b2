package kafka

import (
	"context"
	"errors"
	"sync"

	"github.com/segmentio/kafka-go/protocol/findcoordinator"
)

// coordinatorKey is what has a coordinator: a group or a transactional id.
type coordinatorKey struct {
	kind int8
	name string
}

func groupCoordinator(group string) coordinatorKey { return coordinatorKey{0, group} }
func txnCoordinator(id string) coordinatorKey      { return coordinatorKey{1, id} }

// coordinatorCache remembers which broker coordinates what. Looking it up each
// time costs a round trip per request, four in every transaction.
type coordinatorCache struct {
	client *Client
	mu     sync.Mutex
	known  map[coordinatorKey]int32
}

// find returns the broker that coordinates key.
func (cc *coordinatorCache) find(ctx context.Context, key coordinatorKey) (int32, error) {
	cc.mu.Lock()
	id, ok := cc.known[key]
	cc.mu.Unlock()
	if ok {
		return id, nil
	}
	res, err := call[*findcoordinator.Response](ctx, cc.client, 0, &findCoordinatorRequest{
		Key: key.name, KeyType: key.kind, route: route{anyBroker},
	})
	if err != nil {
		return 0, err
	}
	if err := answer("FindCoordinator", key.name, res.ErrorCode); err != nil {
		return 0, err
	}
	cc.mu.Lock()
	defer cc.mu.Unlock()
	if cc.known == nil {
		cc.known = map[coordinatorKey]int32{}
	}
	cc.known[key] = res.NodeID
	return res.NodeID, nil
}

// forget drops broker as the coordinator of key, unless somebody has found
// another one since.
func (cc *coordinatorCache) forget(key coordinatorKey, broker int32) {
	cc.mu.Lock()
	defer cc.mu.Unlock()
	if cc.known[key] == broker {
		delete(cc.known, key)
	}
}

// ask runs f against the coordinator of key and forgets it when the answer, or
// the lack of one, says that it may have moved.
func (cc *coordinatorCache) ask(ctx context.Context, key coordinatorKey, f func(route) error) error {
	broker, err := cc.find(ctx, key)
	if err != nil {
		return err
	}
	err = f(route{broker})
	var lost *TransportError
	if errors.As(err, &lost) || codeOf(err).movesCoordinator() {
		cc.forget(key, broker)
	}
	return err
}
