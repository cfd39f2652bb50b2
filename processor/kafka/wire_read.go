package kafka

import (
	"github.com/segmentio/kafka-go/protocol"
	_ "github.com/segmentio/kafka-go/protocol/fetch" // registers first, so that the types below replace its own
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	_ "github.com/segmentio/kafka-go/protocol/offsetfetch" // as fetch
)

func init() {
	replaced(&fetchRequest{}, &fetchResponse{})
	replaced(&offsetFetchRequest{}, &offsetFetchResponse{})
	routed(&listOffsetsRequest{}, &listoffsets.Response{})
	routed(&offsetCommitRequest{}, &offsetcommit.Response{})
}

type fetchRequest struct {
	ReplicaID      int32            `kafka:"min=v4,max=v11"`
	MaxWaitMs      int32            `kafka:"min=v4,max=v11"`
	MinBytes       int32            `kafka:"min=v4,max=v11"`
	MaxBytes       int32            `kafka:"min=v4,max=v11"`
	IsolationLevel int8             `kafka:"min=v4,max=v11"`
	SessionID      int32            `kafka:"min=v7,max=v11"`
	SessionEpoch   int32            `kafka:"min=v7,max=v11"`
	Topics         []fetchTopic     `kafka:"min=v4,max=v11"`
	Forgotten      []forgottenTopic `kafka:"min=v7,max=v11"`
	RackID         string           `kafka:"min=v11,max=v11"`
	route
}

type fetchTopic struct {
	Name       string           `kafka:"min=v4,max=v11"`
	Partitions []fetchPartition `kafka:"min=v4,max=v11"`
}

type fetchPartition struct {
	Partition          int32 `kafka:"min=v4,max=v11"`
	CurrentLeaderEpoch int32 `kafka:"min=v9,max=v11"`
	FetchOffset        int64 `kafka:"min=v4,max=v11"`
	LogStartOffset     int64 `kafka:"min=v5,max=v11"`
	MaxBytes           int32 `kafka:"min=v4,max=v11"`
}

type forgottenTopic struct {
	Name       string  `kafka:"min=v7,max=v11"`
	Partitions []int32 `kafka:"min=v7,max=v11"`
}

// fetchResponse keeps the records of a partition as the bytes that came.
type fetchResponse struct {
	ThrottleMs int32                `kafka:"min=v4,max=v11"`
	ErrorCode  int16                `kafka:"min=v7,max=v11"`
	SessionID  int32                `kafka:"min=v7,max=v11"`
	Topics     []fetchedTopicAnswer `kafka:"min=v4,max=v11"`
}

type fetchedTopicAnswer struct {
	Name       string            `kafka:"min=v4,max=v11"`
	Partitions []partitionAnswer `kafka:"min=v4,max=v11"`
}

type partitionAnswer struct {
	Partition            int32          `kafka:"min=v4,max=v11"`
	ErrorCode            int16          `kafka:"min=v4,max=v11"`
	HighWatermark        int64          `kafka:"min=v4,max=v11"`
	LastStableOffset     int64          `kafka:"min=v4,max=v11"`
	LogStartOffset       int64          `kafka:"min=v5,max=v11"`
	Aborted              []abortedRange `kafka:"min=v4,max=v11,nullable"`
	PreferredReadReplica int32          `kafka:"min=v11,max=v11"`
	Batches              []byte         `kafka:"min=v4,max=v11,nullable"`
}

// abortedRange is one aborted transaction: it begins at FirstOffset and ends at
// the abort marker of its producer.
type abortedRange struct {
	ProducerID  int64 `kafka:"min=v4,max=v11"`
	FirstOffset int64 `kafka:"min=v4,max=v11"`
}

type listOffsetsRequest struct {
	ReplicaID      int32                      `kafka:"min=v1,max=v5"`
	IsolationLevel int8                       `kafka:"min=v2,max=v5"`
	Topics         []listoffsets.RequestTopic `kafka:"min=v1,max=v5"`
	route
}

// offsetFetchRequest has RequireStable, which kafka-go's type lacks.
type offsetFetchRequest struct {
	_             struct{}           `kafka:"min=v6,max=v7,tag"`
	Group         string             `kafka:"min=v2,max=v5|min=v6,max=v7,compact"`
	Topics        []offsetFetchTopic `kafka:"min=v2,max=v7,nullable"`
	RequireStable bool               `kafka:"min=v7,max=v7"`
	route
}

type offsetFetchTopic struct {
	_          struct{} `kafka:"min=v6,max=v7,tag"`
	Name       string   `kafka:"min=v2,max=v5|min=v6,max=v7,compact"`
	Partitions []int32  `kafka:"min=v2,max=v7"`
}

type offsetFetchResponse struct {
	_          struct{}                 `kafka:"min=v6,max=v7,tag"`
	ThrottleMs int32                    `kafka:"min=v3,max=v7"`
	Topics     []offsetFetchTopicAnswer `kafka:"min=v2,max=v7"`
	ErrorCode  int16                    `kafka:"min=v2,max=v7"`
}

type offsetFetchTopicAnswer struct {
	_          struct{}                     `kafka:"min=v6,max=v7,tag"`
	Name       string                       `kafka:"min=v2,max=v5|min=v6,max=v7,compact"`
	Partitions []offsetFetchPartitionAnswer `kafka:"min=v2,max=v7"`
}

type offsetFetchPartitionAnswer struct {
	_           struct{} `kafka:"min=v6,max=v7,tag"`
	Partition   int32    `kafka:"min=v2,max=v7"`
	Offset      int64    `kafka:"min=v2,max=v7"`
	LeaderEpoch int32    `kafka:"min=v5,max=v7"`
	Metadata    string   `kafka:"min=v2,max=v5,nullable|min=v6,max=v7,compact,nullable"`
	ErrorCode   int16    `kafka:"min=v2,max=v7"`
}

type offsetCommitRequest struct {
	Group        string                      `kafka:"min=v0,max=v7"`
	GenerationID int32                       `kafka:"min=v1,max=v7"`
	MemberID     string                      `kafka:"min=v1,max=v7"`
	RetentionMs  int64                       `kafka:"min=v2,max=v4"`
	InstanceID   string                      `kafka:"min=v7,max=v7,nullable"`
	Topics       []offsetcommit.RequestTopic `kafka:"min=v0,max=v7"`
	route
}

func (*fetchRequest) ApiKey() protocol.ApiKey        { return protocol.Fetch }
func (*fetchResponse) ApiKey() protocol.ApiKey       { return protocol.Fetch }
func (*listOffsetsRequest) ApiKey() protocol.ApiKey  { return protocol.ListOffsets }
func (*offsetFetchRequest) ApiKey() protocol.ApiKey  { return protocol.OffsetFetch }
func (*offsetFetchResponse) ApiKey() protocol.ApiKey { return protocol.OffsetFetch }
func (*offsetCommitRequest) ApiKey() protocol.ApiKey { return protocol.OffsetCommit }
