package generate

import "consentstream/state"

// followUp is something that will happen to a contact because something else
// did: the delivery of an order, the opening of a mail.
type followUp struct {
	at       state.Instant
	order    uint64 // number of the order, 0 = none
	contact  uint32
	campaign uint32
	purchase state.PurchaseKind
	click    state.ClickKind
	message  state.MessageKind
	family   uint8
	brand    uint8
}

// followUps is a heap, the earliest first. Ties are broken by contact and
// order, so that the order does not hang on how the heap was filled.
type followUps []followUp

func (a *followUp) before(b *followUp) bool {
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.contact != b.contact:
		return a.contact < b.contact
	}
	return a.order < b.order
}

func (h *followUps) push(f followUp) {
	*h = append(*h, f)
	s := *h
	for i := len(s) - 1; i > 0; {
		parent := (i - 1) / 2
		if !s[i].before(&s[parent]) {
			return
		}
		s[i], s[parent] = s[parent], s[i]
		i = parent
	}
}

// pop takes the earliest out if its time has come.
func (h *followUps) pop(now state.Instant) (f followUp, due bool) {
	s := *h
	if len(s) == 0 || s[0].at > now {
		return f, false
	}
	f = s[0]
	last := len(s) - 1
	s[0] = s[last]
	*h = s[:last]
	h.sink()
	return f, true
}

func (h *followUps) sink() {
	s := *h
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(s); child++ {
			if s[child].before(&s[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		s[i], s[least] = s[least], s[i]
		i = least
	}
}
