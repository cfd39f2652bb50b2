package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"consentstream/processor"
	"consentstream/processor/check"
	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// lookupState reads a contact from a state directory that no instance holds.
func lookupState(dir string) check.Lookup {
	return func(_ context.Context, key state.Key) (c state.Contact, err error) {
		s, err := store.Open(dir, store.Options{ReadOnly: true, CacheBytes: smallCache, Logger: slog.New(slog.DiscardHandler)})
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
// topics have is not known here, and a contact is in one only.
func findContact(s *store.Store, key state.Key) (state.Contact, error) {
	partitions, err := s.Partitions()
	if err != nil {
		return state.Contact{}, err
	}
	for _, partition := range partitions {
		c, err := processor.LookupContact(s, partition, key)
		if err != nil || len(c.Facts) > 0 {
			return c, err
		}
	}
	return state.NewContact(), nil
}

// lookupInputs reads a contact from files of events. What another contact has
// refused on a shared address counts too.
func (a *app) lookupInputs(paths []string, p *rules.Policy) check.Lookup {
	return func(ctx context.Context, key state.Key) (state.Contact, error) {
		files, err := archiveFiles(paths)
		if err != nil {
			return state.Contact{}, err
		}
		in := &archive{key: key, zone: zoneOf(p), dossier: processor.NewDossierOf(key)}
		for _, file := range files {
			if err := in.file(ctx, file); err != nil {
				return state.Contact{}, err
			}
		}
		if in.skipped > 0 {
			fmt.Fprintf(a.stderr, "consentstream: %s could not be used and were left out; the first: %v\n", count(in.skipped, "record"), in.first)
		}
		return in.dossier.Contact(key), nil
	}
}

// zoneOf returns the time zone of instants that are given with no offset.
func zoneOf(p *rules.Policy) *time.Location { return p.Versions[0].Settings.TimeZone }
