package replay

import (
	"bufio"
	"bytes"
	"io"

	"consentstream/processor"
	"consentstream/schemas"
)

// Output writes what a replay publishes as JSON lines, in the order of
// publication. A replay takes one contact after the other, so lines are sorted
// first, in bounded memory. It is a processor.ReplaySink; nothing is written
// before Finish.
type Output struct {
	sorter *sorter
}

// outputMemory is what sorting may hold in memory before it spools.
const outputMemory = 64 << 20

// NewOutput returns an output that spools to a folder; "" = the system's folder
// for temporary files.
func NewOutput(spoolDir string) *Output {
	return &Output{newSorter(&spool{dir: spoolDir}, outputMemory, bytes.Compare)}
}

// Encode implements processor.ReplaySink.
func (o *Output) Encode(dst []byte, p processor.Publication) ([]byte, error) {
	if p.Retention != nil {
		return schemas.AppendRetentionJSON(dst, p.Retention)
	}
	return schemas.AppendEligibilityJSON(dst, p.Eligibility)
}

// Write implements processor.ReplaySink.
func (o *Output) Write(place, line []byte) error { return o.sorter.add(place, line) }

// Finish writes all lines.
func (o *Output) Finish(w io.Writer) error {
	left, err := o.sorter.end()
	if err != nil {
		return err
	}
	lines, err := newMerge(heads([]run{left}, o.sorter.spool, outputMemory), o.sorter.compare)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	for e := lines.least(); e != nil; e = lines.least() {
		line := bytes.TrimRight(e.payload(), "\n")
		_, _ = out.Write(line) // a bufio.Writer keeps its error until Flush
		_ = out.WriteByte('\n')
		if err := lines.drop(); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Close gives memory and disk space back.
func (o *Output) Close() error {
	return o.sorter.spool.close()
}
