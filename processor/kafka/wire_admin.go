package kafka

import (
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	_ "github.com/segmentio/kafka-go/protocol/createtopics" // registers first, so that the types below replace its own
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
)

func init() {
	routed(&apiVersionsRequest{}, &apiversions.Response{})
	routed(&findCoordinatorRequest{}, &findcoordinator.Response{})
	routed(&describeConfigsRequest{}, &describeconfigs.Response{})
	replaced(&createTopicsRequest{}, &createTopicsResponse{})
	replaced(&deleteRecordsRequest{}, &deleteRecordsResponse{})
}

type apiVersionsRequest struct {
	_ struct{} `kafka:"min=v0,max=v2"`
	route
}

type findCoordinatorRequest struct {
	Key     string `kafka:"min=v0,max=v2"`
	KeyType int8   `kafka:"min=v1,max=v2"`
	route
}

type describeConfigsRequest struct {
	Resources     []describeconfigs.RequestResource `kafka:"min=v0,max=v3"`
	Synonyms      bool                              `kafka:"min=v1,max=v3"`
	Documentation bool                              `kafka:"min=v3,max=v3"`
	route
}

// createTopicsRequest is replaced because kafka-go, on an answer of its own
// type, waits until the topics are in its metadata, which here holds none.
type createTopicsRequest struct {
	Topics       []createTopic `kafka:"min=v2,max=v4"`
	TimeoutMs    int32         `kafka:"min=v2,max=v4"`
	ValidateOnly bool          `kafka:"min=v2,max=v4"`
	route
}

type createTopic struct {
	Name        string              `kafka:"min=v2,max=v4"`
	Partitions  int32               `kafka:"min=v2,max=v4"`
	Replication int16               `kafka:"min=v2,max=v4"`
	Assignments []createAssignment  `kafka:"min=v2,max=v4"`
	Configs     []createTopicConfig `kafka:"min=v2,max=v4"`
}

type createAssignment struct {
	Partition int32   `kafka:"min=v2,max=v4"`
	Brokers   []int32 `kafka:"min=v2,max=v4"`
}

type createTopicConfig struct {
	Name  string `kafka:"min=v2,max=v4"`
	Value string `kafka:"min=v2,max=v4,nullable"`
}

type createTopicsResponse struct {
	ThrottleMs int32               `kafka:"min=v2,max=v4"`
	Topics     []createTopicAnswer `kafka:"min=v2,max=v4"`
}

type createTopicAnswer struct {
	Name         string `kafka:"min=v2,max=v4"`
	ErrorCode    int16  `kafka:"min=v2,max=v4"`
	ErrorMessage string `kafka:"min=v2,max=v4,nullable"`
}

type deleteRecordsRequest struct {
	Topics    []deleteRecordsTopic `kafka:"min=v0,max=v1"`
	TimeoutMs int32                `kafka:"min=v0,max=v1"`
	route
}

type deleteRecordsTopic struct {
	Name       string                   `kafka:"min=v0,max=v1"`
	Partitions []deleteRecordsPartition `kafka:"min=v0,max=v1"`
}

type deleteRecordsPartition struct {
	Partition int32 `kafka:"min=v0,max=v1"`
	Offset    int64 `kafka:"min=v0,max=v1"`
}

type deleteRecordsResponse struct {
	ThrottleMs int32                      `kafka:"min=v0,max=v1"`
	Topics     []deleteRecordsTopicAnswer `kafka:"min=v0,max=v1"`
}

type deleteRecordsTopicAnswer struct {
	Name       string                         `kafka:"min=v0,max=v1"`
	Partitions []deleteRecordsPartitionAnswer `kafka:"min=v0,max=v1"`
}

type deleteRecordsPartitionAnswer struct {
	Partition    int32 `kafka:"min=v0,max=v1"`
	LowWatermark int64 `kafka:"min=v0,max=v1"`
	ErrorCode    int16 `kafka:"min=v0,max=v1"`
}

func (*apiVersionsRequest) ApiKey() protocol.ApiKey     { return protocol.ApiVersions }
func (*findCoordinatorRequest) ApiKey() protocol.ApiKey { return protocol.FindCoordinator }
func (*describeConfigsRequest) ApiKey() protocol.ApiKey { return protocol.DescribeConfigs }
func (*createTopicsRequest) ApiKey() protocol.ApiKey    { return protocol.CreateTopics }
func (*createTopicsResponse) ApiKey() protocol.ApiKey   { return protocol.CreateTopics }
func (*deleteRecordsRequest) ApiKey() protocol.ApiKey   { return protocol.DeleteRecords }
func (*deleteRecordsResponse) ApiKey() protocol.ApiKey  { return protocol.DeleteRecords }
