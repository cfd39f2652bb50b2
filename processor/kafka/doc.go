// Package kafka moves records in and out of Apache Kafka, exactly once.
//
// It is built on the low level of kafka-go (connections, TLS, SASL, version
// negotiation) and adds what that library lacks: a fetch that walks record
// batches in place and honours read_committed, a consumer group loop with
// static membership and a co-partitioned sticky balancer, and transactional
// producers, one per task, with every error of the protocol sorted into what
// the caller must do. Nothing here knows what the records mean.
//
// # The order in which a task starts
//
//	gen, _  := member.Next(ctx)                   // which partitions are ours
//	prod, _ := client.TakeOver(ctx, id, timeout)  // fences the previous owner
//	offs, _ := client.CommittedOffsets(ctx, ...)  // waits for stable offsets
//	...       read the changelog to EndOffsets(committed)
//	for       client.Fetch, process, prod.Commit
//
// TakeOver comes before CommittedOffsets: it ends whatever transaction the
// previous owner left open, so that the offsets read next are final. The other
// way round, offsets stay unreadable until that transaction expires.
//
// # What a failed Commit means
//
//	ErrGenerationOver  nothing was written; stop the task, drain, call Next
//	ErrReset           outcome unknown or refused, and now settled: drop what
//	                   is not applied, read offsets again, bring forward
//	ErrFenced          another owner has the transactional id: stop the task
//	ErrRefused         nothing was written, and never will be until a person
//	                   changes a right or a setting
//	any other error    nothing is settled; call Reset until it answers
//
// A context never interrupts a transaction: it is looked at before the first
// request of Commit and not again. Interrupting one would leave the outcome
// unknown for no gain; the retries inside are bounded by Config.RetryFor.
//
// # Message types
//
// The package registers message types of its own with kafka-go (wire_*.go),
// which is global to the process: kafka-go's own Client.Fetch, OffsetFetch,
// Heartbeat, LeaveGroup and CreateTopics must not be used beside it.
package kafka
