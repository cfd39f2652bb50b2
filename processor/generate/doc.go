// Package generate makes the sample load: the events of a made-up ticket shop
// over some years, for the demo, benchmarks and tests.
//
// The same Config gives the same records on every machine, and no clock is
// read. Records come in the order in which the shop recorded them, apart from
// duplicates, which come again a little later. The mix is that of a real shop:
// 45 % clicks, 30 % purchases, 20 % signups, 5 % unsubscribes; 2 % of the facts
// are recorded days after they happened, every 200th record is a duplicate.
// Each contact has one address; one household in a hundred has two contacts
// that share theirs.
//
// What a contact does hangs together: orders are delivered or cancelled,
// mails are opened and clicked, reviews are asked for after a delivery, people
// object and some come back, a fifth goes silent for good, so that retention
// ends for somebody.
package generate
