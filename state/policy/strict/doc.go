// Package strict reads YAML files in which nothing may be guessed: a policy or
// a scenario that is misread is a message sent to somebody who refused it.
//
// Every value knows its line, every error tells file, line and what was
// expected, and a key that nobody asked for is refused. Anchors, aliases, tags
// and merge keys are refused too: a reader who is not a programmer must see
// the whole value where it stands.
//
// A caller takes keys from a Map one by one and ends with Map.Done, which
// refuses what is left.
package strict
