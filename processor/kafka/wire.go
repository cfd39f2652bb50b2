package kafka

import (
	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// ownMessages is the key under which the requests of this package are
// registered beside kafka-go's own for the same API.
const ownMessages protocol.OverrideTypeKey = 77

// anyBroker routes a request over the control connection.
const anyBroker int32 = -1

// route sends a request to a broker that this package has chosen. kafka-go
// would look the coordinator up before every single request, and would ignore
// the error of that lookup.
type route struct{ broker int32 }

// Broker implements protocol.BrokerMessage.
func (r route) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	if r.broker == anyBroker {
		return protocol.Broker{ID: anyBroker}, nil
	}
	if b, ok := cluster.Brokers[r.broker]; ok {
		return b, nil
	}
	return protocol.Broker{}, kafkago.BrokerNotAvailable
}

// TypeKey implements protocol.OverrideTypeMessage.
func (route) TypeKey() protocol.OverrideTypeKey { return ownMessages }

// routed registers a request whose answer kafka-go decodes rightly.
func routed(req, res protocol.Message) { protocol.RegisterOverride(req, res, ownMessages) }

// replaced registers a request whose answer kafka-go decodes wrongly, slowly or
// not at all. This replaces kafka-go's own types for the whole process.
func replaced(req, res protocol.Message) {
	protocol.Register(req, res)
	routed(req, res)
}
