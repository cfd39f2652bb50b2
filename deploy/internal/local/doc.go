// Package local is what the programs under deploy share that run consentstream
// on this machine to measure or to break it: building it, a real Kafka on ports
// that are free, starting and ending processes, and asking them and Kafka how
// far they are.
package local
