// Command lane measures how long somebody who says no is still sent mail: the
// time from an unsubscribe until a read_committed reader has the
// eligibility-changed that it caused, with the built program on a real Apache
// Kafka.
//
// The cases, each with topics, group and state of its own:
//
//   - backlog: a group that has run before finds millions of purchases and
//     clicks. They are caught up twice, once alone and once with unsubscribes
//     coming in, so that what those cost is seen too.
//   - steady: the mix of a sample shop, at a rate that never stops.
//   - address: beside that load somebody objects at an address that another
//     contact uses, whose task is another one; measured is the change of that
//     other contact.
//   - midnight: a million contacts have their deadline at one instant, which
//     passes while unsubscribes come in.
//   - restore: unsubscribes about tasks that run, while others of the same
//     instance are restored from the changelog. It is long enough to be measured
//     where -warm is a million or more.
//
// A time begins just before the record is given to the producer, so the way to
// Kafka and its copies is in it; a line below each tells how much of it passed
// until Kafka had acknowledged the unsubscribe. It ends when the reader, which is
// the bench itself, has decoded the answer. An unsubscribe that is never answered
// fails the run; one that is slow does not, since that says as much about the
// machine as about the program.
package main
