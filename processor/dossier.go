package processor

import (
	"cmp"
	"slices"

	"consentstream/state"
)

// Dossier gathers the facts of contacts in memory, so that questions about any
// instant of the past can be answered from archives and scenario files. What
// the owner of an address would answer is answered at once.
type Dossier struct {
	facts    map[state.Key][]state.Fact
	objected map[addressID][]objection
	only     *state.Key
}

// objection is a negative on an address and the contact it came from.
type objection struct {
	from string
	fact state.Fact
}

// NewDossier returns a dossier of every contact whose facts are added.
func NewDossier() *Dossier {
	return &Dossier{facts: map[state.Key][]state.Fact{}, objected: map[addressID][]objection{}}
}

// NewDossierOf returns a dossier of one contact: of the facts of others it
// keeps what may reach that contact through a shared address.
func NewDossierOf(key state.Key) *Dossier {
	d := NewDossier()
	d.only = &key
	return d
}

// Wants reports whether Add would keep a fact. A caller that reads millions
// copies only those facts out of its buffers.
func (d *Dossier) Wants(key state.Key, f *state.Fact) bool {
	if d.only == nil || *d.only == key {
		return true
	}
	return d.only.Controller == key.Controller && Follows(f)
}

// Add adds a fact. The dossier keeps it; its strings must not change.
func (d *Dossier) Add(key state.Key, f state.Fact) {
	if !d.Wants(key, &f) {
		return
	}
	if d.only == nil || *d.only == key {
		d.facts[key] = append(d.facts[key], f)
	}
	if Follows(&f) {
		id := addressID{key.Controller, f.Address}
		d.objected[id] = append(d.objected[id], objection{key.Contact, forwarded(&f)})
	}
}

// Contact returns all that is known about a contact, state.NewContact() when
// nothing is. Nothing is merged: any instant of the past can be asked about.
// The result is the caller's.
func (d *Dossier) Contact(key state.Key) state.Contact {
	slices.SortFunc(d.facts[key], func(a, b state.Fact) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	known := make(map[string]bool, len(d.facts[key]))
	return d.fold(key, func(c *state.Contact, f state.Fact) state.Outcome {
		outcome := c.AddWhole(f, known[f.ID])
		known[f.ID] = true
		return outcome
	})
}

// Bounded returns the contact as the processor would store it, which costs less
// where there are very many facts and is exact from its horizon on.
func (d *Dossier) Bounded(key state.Key) state.Contact {
	return d.fold(key, (*state.Contact).Add)
}

func (d *Dossier) fold(key state.Key, add func(*state.Contact, state.Fact) state.Outcome) state.Contact {
	c := state.NewContact()
	for _, f := range d.facts[key] {
		address := add(&c, f).FirstUse
		if address == "" {
			continue
		}
		c.Answer(address, false)
		for _, o := range d.objected[addressID{key.Controller, address}] {
			if o.from != key.Contact {
				add(&c, o.fact)
			}
		}
	}
	return c
}
