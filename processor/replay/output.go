package replay

import (
	"bufio"
	"bytes"
	"io"

	"consentstream/processor"
	"consentstream/processor/spool"
	"consentstream/schemas"
)

// Output writes what a replay publishes as JSON lines, in the order of
// publication. A replay takes one contact after the other, so lines are sorted
// first, in bounded memory. It is a processor.ReplaySink; nothing is written
// before Finish.
type Output struct {
	file   *spool.File
	sorter *spool.Sorter
}

// defaultOutputMemory is what sorting may hold in memory before it spools.
const defaultOutputMemory = 64 << 20

// NewOutput returns an output that spools to a folder; "" = the system's folder
// for temporary files.
func NewOutput(spoolDir string) *Output {
	return newOutput(spoolDir, defaultOutputMemory)
}

func newOutput(spoolDir string, memory int64) *Output {
	file := spool.NewFile(spoolDir)
	return &Output{file, spool.NewSorter(file, memory, bytes.Compare)}
}

// Encode implements processor.ReplaySink.
func (o *Output) Encode(dst []byte, p processor.Publication) ([]byte, error) {
	if p.Retention != nil {
		return schemas.AppendRetentionJSON(dst, p.Retention)
	}
	return schemas.AppendEligibilityJSON(dst, p.Eligibility)
}

// Write implements processor.ReplaySink.
func (o *Output) Write(place, line []byte) error { return o.sorter.Add(place, line) }

// Finish writes all lines.
func (o *Output) Finish(w io.Writer) error {
	left, err := o.sorter.End()
	if err != nil {
		return err
	}
	lines, err := spool.NewMerge([]spool.Run{left}, o.file, defaultOutputMemory, o.sorter.Compare)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	for e := lines.Least(); e != nil; e = lines.Least() {
		line := bytes.TrimRight(e.Payload(), "\n")
		_, _ = out.Write(line) // a bufio.Writer keeps its error until Flush
		_ = out.WriteByte('\n')
		if err := lines.Drop(); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Close gives memory and disk space back.
func (o *Output) Close() error {
	return o.file.Close()
}
