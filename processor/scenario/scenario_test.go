package scenario_test

import (
	"strings"
	"testing"
	"time"

	"consentstream/processor/scenario"
)

// catalogue is the number of scenarios that come with the rules; those of our
// own begin with "own-".
const catalogue = 119

func load(t testing.TB) []*scenario.Scenario {
	t.Helper()
	all, err := scenario.Load("testdata/scenarios")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestScenarios(t *testing.T) {
	for _, s := range load(t) {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			r := s.Run()
			if len(r.Failures) == 0 {
				return
			}
			var text strings.Builder
			if err := scenario.Write(&text, []scenario.Result{r}); err != nil {
				t.Fatal(err)
			}
			t.Error(text.String())
		})
	}
}

func TestTheCatalogueIsWhole(t *testing.T) {
	seen := map[string]string{}
	given, own := 0, 0
	for _, s := range load(t) {
		if other, twice := seen[s.ID]; twice {
			t.Errorf("%s stands in %s and in %s", s.ID, other, s.File)
		}
		seen[s.ID] = s.File
		if len(s.Rules) == 0 {
			t.Errorf("%s:%d %s names no rule", s.File, s.Line, s.ID)
		}
		if strings.HasPrefix(s.ID, "own-") {
			own++
		} else {
			given++
		}
	}
	if given != catalogue {
		t.Errorf("%d scenarios of the catalogue, want %d", given, catalogue)
	}
	if own < 40 {
		t.Errorf("%d scenarios of our own, want at least 40", own)
	}
}

// The suite is run before every change of a rule: it must not be worth
// skipping. The best of a few runs counts, because the machine may be busy.
func TestTheSuiteIsFast(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("measures time")
	}
	best := time.Hour
	for range 5 {
		start := time.Now()
		scenario.RunAll(t.Context(), load(t), 1)
		best = min(best, time.Since(start))
	}
	if best > time.Second {
		t.Errorf("loading and running on one goroutine took %s, want less than a second", best)
	}
}

func BenchmarkSuite(b *testing.B) {
	for b.Loop() {
		scenario.RunAll(b.Context(), load(b), 1)
	}
}
