package generate

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"consentstream/schemas"
	"consentstream/state"
)

// Sink is where generated records go. It ends with either Close, which makes
// what was written complete, or Discard, which leaves as little of it as can be.
type Sink interface {
	Write(r *schemas.Record) error
	Close() error
	Discard()
}

// fileBuffer is how much is collected before it goes to a file, in bytes.
const fileBuffer = 1 << 20

// file is a file under a temporary name until it is complete, so that a run
// that is interrupted leaves nothing that looks like input.
type file struct {
	*bufio.Writer
	f    *os.File
	path string
}

// part is what the name of an incomplete file ends in.
const part = ".part"

// create refuses a file that is already there: a sample is made again under
// another name, or the old one is removed by who knows what it is.
func create(path string) (*file, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s exists: remove it or choose another folder", path)
	}
	f, err := os.Create(path + part)
	if err != nil {
		return nil, fmt.Errorf("create the output: %w", err)
	}
	return &file{bufio.NewWriterSize(f, fileBuffer), f, path}, nil
}

// complete gives the file its name.
func (f *file) complete() error {
	if err := errors.Join(f.Flush(), f.f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return os.Rename(f.path+part, f.path)
}

// discard removes the file; the error that led here is the one to tell.
func (f *file) discard() {
	_ = f.f.Close()
	_ = os.Remove(f.path + part)
}

// AvroFolder is a Sink of Avro object container files, one for each topic.
type AvroFolder struct {
	files   []*file
	writers []*schemas.OCFWriter
}

// NewAvroFolder creates the files purchases.avro, clicks.avro and so on in a
// folder, which is created too. The codec packs the blocks: null, deflate,
// snappy or zstandard.
func NewAvroFolder(dir, codec string) (*AvroFolder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the output folder: %w", err)
	}
	a := &AvroFolder{}
	for i, topic := range state.TopicSymbols() {
		if err := a.add(filepath.Join(dir, topic+".avro"), state.Topic(i), codec); err != nil {
			a.Discard()
			return nil, err
		}
	}
	return a, nil
}

func (a *AvroFolder) add(path string, topic state.Topic, codec string) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	a.files = append(a.files, f)
	w, err := schemas.NewOCFWriter(f, topic, schemas.WithCodec(codec))
	if err != nil {
		return err
	}
	a.writers = append(a.writers, w)
	return nil
}

// Write adds a record to the file of its topic.
func (a *AvroFolder) Write(r *schemas.Record) error { return a.writers[r.Fact.Topic].Append(r) }

// Close completes the files.
func (a *AvroFolder) Close() error {
	for i, f := range a.files {
		if err := errors.Join(a.writers[i].Flush(), f.complete()); err != nil {
			return err
		}
	}
	return nil
}

// Discard removes the files.
func (a *AvroFolder) Discard() {
	for _, f := range a.files {
		f.discard()
	}
}

// JSONFile is a Sink of one file of JSON lines, all topics in one.
type JSONFile struct {
	file *file
	line []byte
}

// NewJSONFile creates the file events.jsonl in a folder, which is created too.
func NewJSONFile(dir string) (*JSONFile, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the output folder: %w", err)
	}
	f, err := create(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		return nil, err
	}
	return &JSONFile{file: f}, nil
}

// Write adds a line.
func (j *JSONFile) Write(r *schemas.Record) (err error) {
	if j.line, err = schemas.AppendJSON(j.line[:0], r.Fact.Topic, r, state.Unset); err == nil {
		_, err = j.file.Write(append(j.line, '\n'))
	}
	return err
}

// Close completes the file.
func (j *JSONFile) Close() error { return j.file.complete() }

// Discard removes the file.
func (j *JSONFile) Discard() { j.file.discard() }
