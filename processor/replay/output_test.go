package replay

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Lines come in the order of their places, however many are spooled.
func TestLinesComeInTheOrderOfTheirPlaces(t *testing.T) {
	for _, memory := range []int64{defaultOutputMemory, 1} {
		out := newOutput(t.TempDir(), memory)
		var want []string
		for i := range 3000 {
			want = append(want, fmt.Sprintf(`{"n":%04d}`, i))
		}
		for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(want)) {
			if err := out.Write(fmt.Appendf(nil, "%04d", i), []byte(want[i]+"\n")); err != nil {
				t.Fatal(err)
			}
		}
		var written bytes.Buffer
		if err := out.Finish(&written); err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(strings.TrimSpace(written.String()), "\n"); !slices.Equal(got, want) {
			t.Errorf("in %d bytes: %d lines, want %d; or another order", memory, len(got), len(want))
		}
		if err := out.Close(); err != nil {
			t.Error(err)
		}
	}
}
