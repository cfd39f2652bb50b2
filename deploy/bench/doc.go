// Command bench measures consentstream as its users run it: the built program,
// as a child process, on files and on a real Apache Kafka.
//
// For each case it prints events per second, events per second of processor
// time, peak memory and the size of the state. A replay is timed from start to
// end. A run is timed from start until every input is read, every task has
// finished its first start (so the net changes of all contacts are published)
// and all of it is committed; beside it stands how fast the same topics can be
// read at all, on the same machine in the same minutes. Numbers of two machines
// do not compare; the ratio of the two lines does.
//
// Processor time is that of the measured process alone, without Kafka's.
package main
