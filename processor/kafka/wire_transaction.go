package kafka

import (
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
)

func init() {
	routed(&initProducerIDRequest{}, &initproducerid.Response{})
	routed(&addPartitionsRequest{}, &addpartitionstotxn.Response{})
	routed(&addOffsetsRequest{}, &addoffsetstotxn.Response{})
	routed(&txnOffsetCommitRequest{}, &txnoffsetcommit.Response{})
	routed(&endTxnRequest{}, &endtxn.Response{})
	routed(&produceRequest{}, &produce.Response{})
}

type initProducerIDRequest struct {
	_               struct{} `kafka:"min=v2,max=v4,tag"`
	TransactionalID string   `kafka:"min=v0,max=v1,nullable|min=v2,max=v4,compact,nullable"`
	TimeoutMs       int32    `kafka:"min=v0,max=v4"`
	ProducerID      int64    `kafka:"min=v3,max=v4"`
	ProducerEpoch   int16    `kafka:"min=v3,max=v4"`
	route
}

type addPartitionsRequest struct {
	_               struct{}                          `kafka:"min=v3,max=v3,tag"`
	TransactionalID string                            `kafka:"min=v0,max=v2|min=v3,max=v3,compact"`
	ProducerID      int64                             `kafka:"min=v0,max=v3"`
	ProducerEpoch   int16                             `kafka:"min=v0,max=v3"`
	Topics          []addpartitionstotxn.RequestTopic `kafka:"min=v0,max=v3"`
	route
}

type addOffsetsRequest struct {
	_               struct{} `kafka:"min=v3,max=v3,tag"`
	TransactionalID string   `kafka:"min=v0,max=v2|min=v3,max=v3,compact"`
	ProducerID      int64    `kafka:"min=v0,max=v3"`
	ProducerEpoch   int16    `kafka:"min=v0,max=v3"`
	Group           string   `kafka:"min=v0,max=v2|min=v3,max=v3,compact"`
	route
}

type txnOffsetCommitRequest struct {
	_               struct{}                       `kafka:"min=v3,max=v3,tag"`
	TransactionalID string                         `kafka:"min=v0,max=v2|min=v3,max=v3,compact"`
	Group           string                         `kafka:"min=v0,max=v2|min=v3,max=v3,compact"`
	ProducerID      int64                          `kafka:"min=v0,max=v3"`
	ProducerEpoch   int16                          `kafka:"min=v0,max=v3"`
	GenerationID    int32                          `kafka:"min=v3,max=v3"`
	MemberID        string                         `kafka:"min=v3,max=v3,compact"`
	InstanceID      string                         `kafka:"min=v3,max=v3,compact,nullable"`
	Topics          []txnoffsetcommit.RequestTopic `kafka:"min=v0,max=v3"`
	route
}

type endTxnRequest struct {
	_               struct{} `kafka:"min=v3,max=v3,tag"`
	TransactionalID string   `kafka:"min=v0,max=v2|min=v3,max=v3,compact"`
	ProducerID      int64    `kafka:"min=v0,max=v3"`
	ProducerEpoch   int16    `kafka:"min=v0,max=v3"`
	Commit          bool     `kafka:"min=v0,max=v3"`
	route
}

// produceRequest carries batches that are encoded already: exactly one per
// partition, as brokers demand.
type produceRequest struct {
	TransactionalID string         `kafka:"min=v3,max=v8,nullable"`
	Acks            int16          `kafka:"min=v0,max=v8"`
	TimeoutMs       int32          `kafka:"min=v0,max=v8"`
	Topics          []produceTopic `kafka:"min=v0,max=v8"`
	route
}

type produceTopic struct {
	Name       string             `kafka:"min=v0,max=v8"`
	Partitions []producePartition `kafka:"min=v0,max=v8"`
}

type producePartition struct {
	Partition int32  `kafka:"min=v0,max=v8"`
	Batch     []byte `kafka:"min=v0,max=v8,nullable"`
}

func (*initProducerIDRequest) ApiKey() protocol.ApiKey  { return protocol.InitProducerId }
func (*addPartitionsRequest) ApiKey() protocol.ApiKey   { return protocol.AddPartitionsToTxn }
func (*addOffsetsRequest) ApiKey() protocol.ApiKey      { return protocol.AddOffsetsToTxn }
func (*txnOffsetCommitRequest) ApiKey() protocol.ApiKey { return protocol.TxnOffsetCommit }
func (*endTxnRequest) ApiKey() protocol.ApiKey          { return protocol.EndTxn }
func (*produceRequest) ApiKey() protocol.ApiKey         { return protocol.Produce }
