// Package policy reads the policy file of a company: the choices it makes
// inside the law, versioned and effective-dated.
//
// A file is a list of versions. Every key has a default, so an empty file is
// valid. What is unknown, impossible or laxer than the law is refused with
// file, line and what was expected; nothing is corrected silently, because a
// policy that was misread shows only when somebody complains.
//
// Every key stands once, in the table of keys.go, which parsing, showing and
// writing share.
package policy
