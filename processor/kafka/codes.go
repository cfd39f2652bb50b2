package kafka

import (
	"strconv"

	kafkago "github.com/segmentio/kafka-go"
)

// Code is an error code of the Kafka protocol. kafka-go's names are partly
// wrong and end at 106, so codes are compared as numbers and named here.
type Code int16

const (
	codeUnknownServer          Code = -1
	codeOffsetOutOfRange       Code = 1
	codeCorruptMessage         Code = 2
	codeUnknownTopic           Code = 3
	codeLeaderNotAvailable     Code = 5
	codeNotLeader              Code = 6
	codeRequestTimedOut        Code = 7
	codeBrokerNotAvailable     Code = 8
	codeReplicaNotAvailable    Code = 9
	codeMessageTooLarge        Code = 10
	codeNetworkException       Code = 13
	codeCoordinatorLoading     Code = 14
	codeCoordinatorNotAvail    Code = 15
	codeNotCoordinator         Code = 16
	codeInvalidTopic           Code = 17
	codeRecordListTooLarge     Code = 18
	codeNotEnoughReplicas      Code = 19
	codeNotEnoughAfterAppend   Code = 20
	codeIllegalGeneration      Code = 22
	codeInconsistentProtocol   Code = 23
	codeInvalidGroupID         Code = 24
	codeUnknownMember          Code = 25
	codeInvalidSessionTimeout  Code = 26
	codeRebalanceInProgress    Code = 27
	codeTopicAuthorization     Code = 29
	codeGroupAuthorization     Code = 30
	codeClusterAuthorization   Code = 31
	codeUnsupportedVersion     Code = 35
	codeTopicExists            Code = 36
	codeInvalidReplication     Code = 38
	codeNotController          Code = 41
	codeInvalidRequest         Code = 42
	codePolicyViolation        Code = 44
	codeOutOfOrderSequence     Code = 45
	codeDuplicateSequence      Code = 46
	codeInvalidProducerEpoch   Code = 47
	codeInvalidTxnState        Code = 48
	codeInvalidProducerMapping Code = 49
	codeInvalidTxnTimeout      Code = 50
	codeConcurrentTransactions Code = 51
	codeCoordinatorFenced      Code = 52
	codeTxnIDAuthorization     Code = 53
	codeNotAttempted           Code = 55
	codeStorageError           Code = 56
	codeUnknownProducer        Code = 59
	codeListenerNotFound       Code = 72
	codeGroupNotFound          Code = 69
	codeFencedLeaderEpoch      Code = 74
	codeUnknownLeaderEpoch     Code = 75
	codeOffsetNotAvailable     Code = 78
	codeMemberIDRequired       Code = 79
	codeGroupMaxSize           Code = 81
	codeFencedInstanceID       Code = 82
	codeInvalidRecord          Code = 87
	codeUnstableOffsets        Code = 88
	codeThrottlingQuota        Code = 89
	codeProducerFenced         Code = 90
)

var codeNames = map[Code]string{
	codeUnknownServer:          "UNKNOWN_SERVER_ERROR",
	codeOffsetOutOfRange:       "OFFSET_OUT_OF_RANGE",
	codeCorruptMessage:         "CORRUPT_MESSAGE",
	codeUnknownTopic:           "UNKNOWN_TOPIC_OR_PARTITION",
	codeLeaderNotAvailable:     "LEADER_NOT_AVAILABLE",
	codeNotLeader:              "NOT_LEADER_OR_FOLLOWER",
	codeRequestTimedOut:        "REQUEST_TIMED_OUT",
	codeBrokerNotAvailable:     "BROKER_NOT_AVAILABLE",
	codeReplicaNotAvailable:    "REPLICA_NOT_AVAILABLE",
	codeMessageTooLarge:        "MESSAGE_TOO_LARGE",
	codeNetworkException:       "NETWORK_EXCEPTION",
	codeCoordinatorLoading:     "COORDINATOR_LOAD_IN_PROGRESS",
	codeCoordinatorNotAvail:    "COORDINATOR_NOT_AVAILABLE",
	codeNotCoordinator:         "NOT_COORDINATOR",
	codeInvalidTopic:           "INVALID_TOPIC_EXCEPTION",
	codeRecordListTooLarge:     "RECORD_LIST_TOO_LARGE",
	codeNotEnoughReplicas:      "NOT_ENOUGH_REPLICAS",
	codeNotEnoughAfterAppend:   "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
	codeIllegalGeneration:      "ILLEGAL_GENERATION",
	codeInconsistentProtocol:   "INCONSISTENT_GROUP_PROTOCOL",
	codeInvalidGroupID:         "INVALID_GROUP_ID",
	codeUnknownMember:          "UNKNOWN_MEMBER_ID",
	codeInvalidSessionTimeout:  "INVALID_SESSION_TIMEOUT",
	codeRebalanceInProgress:    "REBALANCE_IN_PROGRESS",
	codeTopicAuthorization:     "TOPIC_AUTHORIZATION_FAILED",
	codeGroupAuthorization:     "GROUP_AUTHORIZATION_FAILED",
	codeClusterAuthorization:   "CLUSTER_AUTHORIZATION_FAILED",
	codeUnsupportedVersion:     "UNSUPPORTED_VERSION",
	codeTopicExists:            "TOPIC_ALREADY_EXISTS",
	codeInvalidReplication:     "INVALID_REPLICATION_FACTOR",
	codeNotController:          "NOT_CONTROLLER",
	codeInvalidRequest:         "INVALID_REQUEST",
	codePolicyViolation:        "POLICY_VIOLATION",
	codeOutOfOrderSequence:     "OUT_OF_ORDER_SEQUENCE_NUMBER",
	codeDuplicateSequence:      "DUPLICATE_SEQUENCE_NUMBER",
	codeInvalidProducerEpoch:   "INVALID_PRODUCER_EPOCH",
	codeInvalidTxnState:        "INVALID_TXN_STATE",
	codeInvalidProducerMapping: "INVALID_PRODUCER_ID_MAPPING",
	codeInvalidTxnTimeout:      "INVALID_TRANSACTION_TIMEOUT",
	codeConcurrentTransactions: "CONCURRENT_TRANSACTIONS",
	codeCoordinatorFenced:      "TRANSACTION_COORDINATOR_FENCED",
	codeTxnIDAuthorization:     "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
	codeNotAttempted:           "OPERATION_NOT_ATTEMPTED",
	codeStorageError:           "KAFKA_STORAGE_ERROR",
	codeUnknownProducer:        "UNKNOWN_PRODUCER_ID",
	codeListenerNotFound:       "LISTENER_NOT_FOUND",
	codeGroupNotFound:          "GROUP_ID_NOT_FOUND",
	codeFencedLeaderEpoch:      "FENCED_LEADER_EPOCH",
	codeUnknownLeaderEpoch:     "UNKNOWN_LEADER_EPOCH",
	codeOffsetNotAvailable:     "OFFSET_NOT_AVAILABLE",
	codeMemberIDRequired:       "MEMBER_ID_REQUIRED",
	codeGroupMaxSize:           "GROUP_MAX_SIZE_REACHED",
	codeFencedInstanceID:       "FENCED_INSTANCE_ID",
	codeInvalidRecord:          "INVALID_RECORD",
	codeUnstableOffsets:        "UNSTABLE_OFFSET_COMMIT",
	codeThrottlingQuota:        "THROTTLING_QUOTA_EXCEEDED",
	codeProducerFenced:         "PRODUCER_FENCED",
}

// String is the protocol's name of the code with its number.
func (c Code) String() string {
	name := codeNames[c]
	if name == "" {
		name = kafkago.Error(c).Title()
	}
	return name + " (" + strconv.Itoa(int(c)) + ")"
}

// retriable tells codes after which the same bytes are sent again.
func (c Code) retriable() bool {
	switch c {
	case codeUnknownTopic, codeLeaderNotAvailable, codeNotLeader, codeRequestTimedOut, codeBrokerNotAvailable,
		codeReplicaNotAvailable, codeNetworkException, codeCoordinatorLoading, codeCoordinatorNotAvail,
		codeNotCoordinator, codeNotEnoughReplicas, codeNotEnoughAfterAppend, codeConcurrentTransactions,
		codeStorageError, codeListenerNotFound, codeUnstableOffsets,
		// Beyond what a transaction meets: leader epochs while a leader
		// moves, a controller that moves, a quota, one bad disk read.
		codeCorruptMessage, codeNotController, codeCoordinatorFenced, codeFencedLeaderEpoch,
		codeUnknownLeaderEpoch, codeOffsetNotAvailable, codeThrottlingQuota:
		return true
	}
	return false
}

// generationOver tells codes with which the group has moved on without us.
func (c Code) generationOver() bool {
	switch c {
	case codeIllegalGeneration, codeUnknownMember, codeRebalanceInProgress, codeFencedInstanceID:
		return true
	}
	return false
}

// refused tells codes that the same records or the same rights will meet again:
// the transaction is aborted and a person has to change something.
func (c Code) refused() bool {
	switch c {
	case codeMessageTooLarge, codeRecordListTooLarge, codeInvalidTopic, codeInvalidRecord, codePolicyViolation,
		codeTopicAuthorization, codeGroupAuthorization, codeClusterAuthorization, codeTxnIDAuthorization,
		codeInvalidTxnTimeout, codeUnsupportedVersion:
		return true
	}
	return false
}

// movesCoordinator tells codes after which the coordinator is looked up again.
func (c Code) movesCoordinator() bool {
	return c == codeCoordinatorNotAvail || c == codeNotCoordinator || c == codeBrokerNotAvailable
}

// movesLeader tells codes after which partition leaders are looked up again.
func (c Code) movesLeader() bool {
	switch c {
	case codeUnknownTopic, codeLeaderNotAvailable, codeNotLeader, codeBrokerNotAvailable, codeReplicaNotAvailable,
		codeNetworkException, codeStorageError, codeListenerNotFound, codeFencedLeaderEpoch, codeUnknownLeaderEpoch:
		return true
	}
	return false
}

// advice tells what a person can do about a code, "" when it passes by itself.
func (c Code) advice() string {
	switch c {
	case codeOffsetOutOfRange:
		return "records were deleted before they were read, or the topic was deleted and created again; start again to be told what can be done"
	case codeUnknownTopic:
		return "the topic does not exist yet, or this principal may not see it"
	case codeTopicAuthorization:
		return "grant this principal READ, WRITE and DESCRIBE on the topic"
	case codeGroupAuthorization:
		return "grant this principal READ and DESCRIBE on the group"
	case codeClusterAuthorization:
		return "grant this principal IDEMPOTENT_WRITE (and CREATE for topics) on the cluster"
	case codeTxnIDAuthorization:
		return "grant this principal WRITE and DESCRIBE on the transactional id"
	case codeMessageTooLarge, codeRecordListTooLarge:
		return "raise max.message.bytes of the topic"
	case codeInvalidTxnTimeout:
		return "raise transaction.max.timeout.ms of the broker or lower the transaction timeout"
	case codeFencedInstanceID:
		return "another process has joined with the same instance id; give each instance its own state directory, not a copy, or its own --instance-id"
	case codeInvalidSessionTimeout:
		return "choose a session timeout between group.min.session.timeout.ms and group.max.session.timeout.ms of the broker"
	case codeInconsistentProtocol:
		return "the group is used by another application; choose another group name"
	case codeGroupMaxSize:
		return "raise group.max.size of the broker or start fewer instances"
	case codeInvalidReplication:
		return "choose a replication factor no larger than the number of brokers"
	case codeNotEnoughReplicas, codeNotEnoughAfterAppend:
		return "too few replicas are in sync; bring the missing brokers back"
	}
	return ""
}
