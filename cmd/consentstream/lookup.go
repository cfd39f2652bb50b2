package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"consentstream/processor"
	"consentstream/processor/check"
	"consentstream/processor/replay"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// lookupState reads a contact from a state directory that no instance holds.
func lookupState(dir string) check.Lookup {
	return func(_ context.Context, key state.Key) (c state.Contact, err error) {
		s, err := store.Open(storeDir(dir), store.Options{ReadOnly: true, CacheBytes: smallCache, Logger: slog.New(slog.DiscardHandler)})
		if errors.Is(err, store.ErrHeld) {
			return c, fmt.Errorf("%w; ask the instance itself with --address", err)
		}
		if err != nil {
			return c, err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		return findContact(s, key)
	}
}

// smallCache is enough to read a few contacts, in bytes.
const smallCache = 8 << 20

// findContact looks into every partition of the store: how many partitions the
// topics have is not known here, and a contact is in one only. One that is not
// found may be in a partition whose first start is not over.
func findContact(s *store.Store, key state.Key) (state.Contact, error) {
	partitions, err := s.Partitions()
	if err != nil {
		return state.Contact{}, err
	}
	var unread error
	for _, partition := range partitions {
		c, err := processor.LookupContact(s, partition, key)
		switch {
		case errors.Is(err, check.ErrFirstStart):
			unread = err
		case err != nil || len(c.Facts) > 0:
			return c, err
		}
	}
	return state.NewContact(), unread
}

// lookupInputs reads the contact of a query from archives of events. What
// another contact has refused on a shared address counts too.
func (a *app) lookupInputs(paths []string, p *rules.Policy, q *check.Query) check.Lookup {
	return func(ctx context.Context, key state.Key) (state.Contact, error) {
		in := input{key: key, dossier: processor.NewDossierOf(key)}
		options := replay.Options{Location: zoneOf(p), Stdin: a.stdin, OnBad: in.bad}
		summary, err := replay.Each(ctx, paths, options, in.fact)
		switch {
		case err != nil:
			return state.Contact{}, err
		case summary.Anybody > 0:
			return state.Contact{}, fmt.Errorf("%s may be a refusal of anybody: correct or remove what cannot be read; the first: %s",
				count(int(summary.Anybody), "record"), in.first)
		case summary.Bad > 0:
			fmt.Fprintf(a.stderr, "consentstream: %s could not be used; the first: %s\n", count(int(summary.Bad), "record"), in.first)
		}
		return in.contact(q), nil
	}
}

// input gathers what archives say about one contact.
type input struct {
	key     state.Key
	dossier *processor.Dossier
	first   string // of the records that cannot be used, of those that may be anybody's
	anybody bool   // it is one of these
}

// fact keeps a fact that is about the contact; its memory is the reader's.
func (in *input) fact(f *processor.ReplayFact) error {
	key := f.Key
	if f.Everywhere {
		key.Controller = in.key.Controller
	}
	if in.dossier.Wants(key, &f.Fact) {
		r := schemas.Record{Key: key, Fact: f.Fact}
		r = r.Clone()
		in.dossier.Add(r.Key, r.Fact)
	}
	return nil
}

// contact folds the facts as the processor would, and only where that has
// merged what the query asks about, without merging.
func (in *input) contact(q *check.Query) state.Contact {
	c := in.dossier.Bounded(in.key)
	if q.ExactOver(&c) && !c.Saturated {
		return c
	}
	return in.dossier.Contact(in.key)
}

func (in *input) bad(b replay.BadRecord) {
	if in.first == "" || b.Anybody && !in.anybody {
		in.first, in.anybody = b.String(), b.Anybody
	}
}

// zoneOf returns the time zone of instants that are given with no offset.
func zoneOf(p *rules.Policy) *time.Location { return p.Versions[0].Settings.TimeZone }
