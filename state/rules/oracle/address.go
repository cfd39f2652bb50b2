package oracle

import (
	"slices"

	"consentstream/state"
)

// The empty address stands for the contact's only one: where facts name
// exactly one address, facts and questions without any are about that one.
// Once the person has changed it, facts without one stay with the address
// before, which has no name: positives do not move (R41).

// named are the addresses that own facts name.
func (w *world) named() []string {
	var list []string
	for i := range w.known {
		if f := &w.known[i]; f.Address != "" && !f.Forwarded && !slices.Contains(list, f.Address) {
			list = append(list, f.Address)
		}
	}
	return list
}

// names reports whether the contact has the address.
func (w *world) names(address string) bool {
	list := w.named()
	if len(list) == 0 {
		return address == ""
	}
	return slices.Contains(list, address)
}

// nameAddresses writes the only address into the facts that name none.
func (w *world) nameAddresses() {
	list := w.named()
	if len(list) != 1 {
		return
	}
	for i := range w.known {
		if f := &w.known[i]; f.Signup != nil && f.Signup.Kind == state.SignupAddressChanged && f.Address != "" && !f.Forwarded {
			return
		}
	}
	for i := range w.known {
		if w.known[i].Address == "" {
			w.known[i].Address = list[0]
		}
	}
}

// meant is the address that a question is about.
func (w *world) meant(address string) string {
	if list := w.named(); address == "" && len(list) == 1 {
		return list[0]
	}
	return address
}

// here reports whether something that reached the contact over a shared
// address concerns the question. A question about no certain address is
// concerned by all of them.
func (w *world) here(f *state.Fact) bool {
	return !f.Forwarded || f.Address == w.ask.Address || w.ask.Address == ""
}
