package codec

// interned is the table of strings that one encoded value has named so far.
// A string that returns (a source, a brand, a product family, a version of a
// text) is written as its position in the table. Writer and reader fill the
// table by the same rule: every string that is not empty and was not found, in
// order of appearance, until the table is full.
type interned struct {
	n    int
	list [maxInterned]string
}

// maxInterned keeps a reference within one byte and a search short.
const maxInterned = 48

func (t *interned) find(s string) int {
	for i := t.n - 1; i >= 0; i-- {
		if t.list[i] == s {
			return i
		}
	}
	return -1
}

func (t *interned) add(s string) {
	if t.n < maxInterned && s != "" {
		t.list[t.n] = s
		t.n++
	}
}

// append writes s as a reference (odd) or as a length (even) and its bytes.
func (t *interned) append(b []byte, s string) []byte {
	if s == "" {
		return append(b, 0)
	}
	if i := t.find(s); i >= 0 {
		return append(b, byte(i<<1|1))
	}
	t.add(s)
	return append(appendUint(b, uint64(len(s))<<1), s...)
}

func (t *interned) appendAll(b []byte, list []string) []byte {
	b = appendUint(b, uint64(len(list)))
	for _, s := range list {
		b = t.append(b, s)
	}
	return b
}

// read is the opposite of append.
func (t *interned) read(r *reader, what string) string {
	v := r.uint(what)
	if v&1 == 0 {
		s := r.take(what, v>>1)
		t.add(s)
		return s
	}
	if v>>1 >= uint64(t.n) {
		r.fail(what)
		return ""
	}
	return t.list[v>>1]
}

func (t *interned) readAll(r *reader, what string, a *Arena) []string {
	n := r.count(what, 1)
	if n == 0 {
		return nil
	}
	list := a.strings.take(n)
	for i := range list {
		list[i] = t.read(r, what)
	}
	return list
}
