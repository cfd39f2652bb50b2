// Command restore measures how soon a group processes again, with the built
// program on a real Apache Kafka.
//
// It fills a changelog first: a first start over a sample load. Then
//
//   - the changelog is read, once, as fast as it can be read;
//   - the store is removed, and the instance restores it; beside the bare reading
//     of the same minutes stands how fast that went;
//   - the instance is ended and started again with the store that it has: by
//     SIGTERM, by kill -9 in the middle of work, and by kill -9 returning as
//     another member of the group, which has to wait for the session of the first;
//   - with a standby on a second instance, the first is killed and does not return.
//
// A start counts from just before the process is started until every task is
// past restoring and first start, as /metrics shows it.
//
// Filling takes most of the time. With -dir and -keep it is done once: a folder
// that was filled before is used as it is.
package main
