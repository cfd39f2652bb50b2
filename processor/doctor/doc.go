// Package doctor looks at a cluster from outside and tells what about it breaks
// a promise, what that means for the people who receive mail, and the command
// that mends it.
//
// It changes nothing: it joins no group, fences no producer, writes no record
// and creates no topic. A right is asked for by a request that is refused after
// the right was looked at. What it reads of records stays inside: a report
// holds counts and names of systems, never a key or a value.
package doctor
