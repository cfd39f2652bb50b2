package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"consentstream/processor"
	"consentstream/schemas"
	"consentstream/state"
)

// archiveExtensions are the files of a folder that hold events.
var archiveExtensions = []string{".jsonl", ".ndjson", ".json", ".avro"}

// containerMagic begins every Avro object container file.
var containerMagic = []byte("Obj\x01")

// maxLine bounds one line of JSON, in bytes; a record is far smaller.
const maxLine = 4 << 20

// archive reads what is about one contact out of files of events.
type archive struct {
	key     state.Key
	zone    *time.Location // of timestamps with no offset
	dossier *processor.Dossier
	skipped int   // records that could not be used and are not of the contact
	first   error // of those
}

// archiveFiles returns the files that paths stand for.
func archiveFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("input: %w; name a file or a folder of events", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && slices.Contains(archiveExtensions, filepath.Ext(file)) {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
		if len(files) == before {
			return nil, fmt.Errorf("input: folder %s holds no file ending in .jsonl, .ndjson, .json or .avro", path)
		}
	}
	return files, nil
}

func (a *archive) file(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("input: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 256<<10)
	head, err := r.Peek(len(containerMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("input %s: %w", path, err)
	}
	if bytes.Equal(head, containerMagic) {
		err = a.container(ctx, path, r)
	} else {
		err = a.lines(ctx, path, r)
	}
	if err != nil {
		return fmt.Errorf("input %s: %w", path, err)
	}
	return nil
}

func (a *archive) container(ctx context.Context, path string, r io.Reader) error {
	in, err := schemas.NewOCFReader(r)
	if err != nil {
		return err
	}
	var record schemas.Record
	for n := 1; ; n++ {
		err := in.Next(&record)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if n%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		where := fmt.Sprintf("%s, record %d", path, n)
		if err := a.record(in.Topic(), nil, state.Unset, &record, where, err); err != nil {
			return err
		}
	}
}

func (a *archive) lines(ctx context.Context, path string, r io.Reader) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	var parser schemas.JSON
	for n := 1; scanner.Scan(); n++ {
		if n%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		line, err := parser.ParseLine(scanner.Bytes(), a.zone)
		if err := a.line(&line, fmt.Sprintf("%s:%d", path, n), err); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// line takes one line. A line that is no event at all is an error: nobody
// knows whether it is a refusal of the contact.
func (a *archive) line(l *schemas.Line, where string, err error) error {
	topic, input := state.ParseTopic(l.Topic)
	var fault *schemas.RecordError
	switch {
	case err != nil && !errors.As(err, &fault):
		return err
	case err != nil:
		err = fault // where says the line
	case !input && err == nil:
		return nil // what was published says nothing new
	case l.Tombstone:
		err = errors.New("a null value")
	}
	return a.record(topic, l.Key, l.Timestamp, l.Record, where, err)
}

// record keeps a record that is about the contact. One that cannot be used is
// left out and counted, but on unsubscribes it denies: it may be a refusal.
func (a *archive) record(topic state.Topic, key []byte, at state.Instant, r *schemas.Record, where string, err error) error {
	if err == nil && key != nil {
		err = schemas.CheckKey(key, r.Key.Contact)
	}
	switch {
	case err == nil && r.UnknownKind() && !r.Fact.IsNegative():
		return nil
	case err == nil:
		if a.dossier.Wants(r.Key, &r.Fact) {
			kept := r.Clone()
			a.dossier.Add(kept.Key, kept.Fact)
		}
		return nil
	case topic == state.TopicUnsubscribes:
		return a.unreadable(key, at, r, where, err)
	}
	a.skip(where, err)
	return nil
}

func (a *archive) skip(where string, err error) {
	if a.skipped++; a.first == nil {
		a.first = fmt.Errorf("%s: %w", where, err)
	}
}

// unreadable denies all marketing to the contact where a record on
// unsubscribes cannot be read and may be its own.
func (a *archive) unreadable(key []byte, at state.Instant, r *schemas.Record, where string, err error) error {
	contact := ""
	if r != nil {
		contact = r.Key.Contact
	}
	if key == nil && contact == "" {
		return fmt.Errorf("%s: %w; it may be a refusal of any contact: correct or remove it", where, err)
	}
	a.skip(where, err)
	if string(key) != a.key.Contact && contact != a.key.Contact {
		return nil
	}
	if at == state.Unset {
		at = 0 // not told: as if it had always been known
	}
	a.dossier.Add(a.key, state.Fact{
		ID: where, Topic: state.TopicUnsubscribes, OccurredAt: at, Since: at, RecordedAt: at,
		Internal: &state.Internal{Kind: state.InternalUnreadable},
	})
	return nil
}
