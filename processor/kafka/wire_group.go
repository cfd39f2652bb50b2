package kafka

import (
	"github.com/segmentio/kafka-go/protocol"
	_ "github.com/segmentio/kafka-go/protocol/heartbeat" // registers first, so that the types below replace its own
	"github.com/segmentio/kafka-go/protocol/joingroup"
	_ "github.com/segmentio/kafka-go/protocol/leavegroup" // as heartbeat
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

func init() {
	routed(&joinGroupRequest{}, &joingroup.Response{})
	routed(&syncGroupRequest{}, &syncgroup.Response{})
	replaced(&heartbeatRequest{}, &heartbeatResponse{})
	replaced(&leaveGroupRequest{}, &leaveGroupResponse{})
}

type joinGroupRequest struct {
	_                  struct{}                    `kafka:"min=v6,max=v7,tag"`
	Group              string                      `kafka:"min=v0,max=v5|min=v6,max=v7,compact"`
	SessionTimeoutMs   int32                       `kafka:"min=v0,max=v7"`
	RebalanceTimeoutMs int32                       `kafka:"min=v1,max=v7"`
	MemberID           string                      `kafka:"min=v0,max=v5|min=v6,max=v7,compact"`
	InstanceID         string                      `kafka:"min=v5,max=v5,nullable|min=v6,max=v7,compact,nullable"`
	ProtocolType       string                      `kafka:"min=v0,max=v5|min=v6,max=v7,compact"`
	Protocols          []joingroup.RequestProtocol `kafka:"min=v0,max=v7"`
	route
}

type syncGroupRequest struct {
	_            struct{}                      `kafka:"min=v4,max=v5,tag"`
	Group        string                        `kafka:"min=v0,max=v3|min=v4,max=v5,compact"`
	GenerationID int32                         `kafka:"min=v0,max=v5"`
	MemberID     string                        `kafka:"min=v0,max=v3|min=v4,max=v5,compact"`
	InstanceID   string                        `kafka:"min=v3,max=v3,nullable|min=v4,max=v5,nullable,compact"`
	ProtocolType string                        `kafka:"min=v5,max=v5,nullable,compact"`
	ProtocolName string                        `kafka:"min=v5,max=v5,nullable,compact"`
	Assignments  []syncgroup.RequestAssignment `kafka:"min=v0,max=v5"`
	route
}

type heartbeatRequest struct {
	_            struct{} `kafka:"min=v4,max=v4,tag"`
	Group        string   `kafka:"min=v0,max=v3|min=v4,max=v4,compact"`
	GenerationID int32    `kafka:"min=v0,max=v4"`
	MemberID     string   `kafka:"min=v0,max=v3|min=v4,max=v4,compact"`
	InstanceID   string   `kafka:"min=v3,max=v3,nullable|min=v4,max=v4,compact,nullable"`
	route
}

// heartbeatResponse has its fields in the order of the wire; kafka-go's type
// has them swapped and so reads the throttle time as the error.
type heartbeatResponse struct {
	_          struct{} `kafka:"min=v4,max=v4,tag"`
	ThrottleMs int32    `kafka:"min=v1,max=v4"`
	ErrorCode  int16    `kafka:"min=v0,max=v4"`
}

type leaveGroupRequest struct {
	_       struct{}      `kafka:"min=v4,max=v4,tag"`
	Group   string        `kafka:"min=v3,max=v3|min=v4,max=v4,compact"`
	Members []leaveMember `kafka:"min=v3,max=v4"`
	route
}

type leaveMember struct {
	_          struct{} `kafka:"min=v4,max=v4,tag"`
	MemberID   string   `kafka:"min=v3,max=v3|min=v4,max=v4,compact"`
	InstanceID string   `kafka:"min=v3,max=v3,nullable|min=v4,max=v4,nullable,compact"`
}

// leaveGroupResponse is replaced for the same reason as heartbeatResponse.
type leaveGroupResponse struct {
	_          struct{}            `kafka:"min=v4,max=v4,tag"`
	ThrottleMs int32               `kafka:"min=v3,max=v4"`
	ErrorCode  int16               `kafka:"min=v3,max=v4"`
	Members    []leaveMemberAnswer `kafka:"min=v3,max=v4"`
}

type leaveMemberAnswer struct {
	_          struct{} `kafka:"min=v4,max=v4,tag"`
	MemberID   string   `kafka:"min=v3,max=v3|min=v4,max=v4,compact"`
	InstanceID string   `kafka:"min=v3,max=v3,nullable|min=v4,max=v4,nullable,compact"`
	ErrorCode  int16    `kafka:"min=v3,max=v4"`
}

func (*joinGroupRequest) ApiKey() protocol.ApiKey   { return protocol.JoinGroup }
func (*syncGroupRequest) ApiKey() protocol.ApiKey   { return protocol.SyncGroup }
func (*heartbeatRequest) ApiKey() protocol.ApiKey   { return protocol.Heartbeat }
func (*heartbeatResponse) ApiKey() protocol.ApiKey  { return protocol.Heartbeat }
func (*leaveGroupRequest) ApiKey() protocol.ApiKey  { return protocol.LeaveGroup }
func (*leaveGroupResponse) ApiKey() protocol.ApiKey { return protocol.LeaveGroup }
