// Package spool sorts more records than memory holds.
//
// A Sorter takes records and gives sorted runs of them to a File; a Merge yields
// all of them in order. The file may hold personal data: it is deleted as soon
// as it is open, so that nothing of it outlives the process.
package spool
