package trace

import (
	"strings"
	"testing"
)

const sample = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestParseReadsWhatItWrites(t *testing.T) {
	for _, text := range []string{sample, strings.TrimSuffix(sample, "1") + "0"} {
		c, ok := Parse([]byte(text))
		if !ok || c.Sampled != strings.HasSuffix(text, "1") {
			t.Fatalf("%s: %+v, %v", text, c, ok)
		}
		if got := string(c.Append(nil)); got != text {
			t.Errorf("%s came back as %s", text, got)
		}
	}
}

func TestALaterVersionMayHaveMoreFields(t *testing.T) {
	later := "01" + sample[2:] + "-more"
	if c, ok := Parse([]byte(later)); !ok || string(c.Append(nil)) != sample {
		t.Errorf("%s: %+v, %v", later, c, ok)
	}
}

func TestWhatIsNoTraceparentIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":               "",
		"short":               sample[:54],
		"fields of version 0": sample + "-x",
		"no dash behind":      "01" + sample[2:] + "x",
		"version ff":          "ff" + sample[2:],
		"capitals":            strings.ToUpper(sample),
		"no hex":              strings.Replace(sample, "0af7", "0ag7", 1),
		"no dash":             strings.ReplaceAll(sample, "-", "_"),
		"no trace":            "00-" + strings.Repeat("0", 32) + sample[35:],
		"no span":             sample[:36] + strings.Repeat("0", 16) + "-01",
	} {
		if c, ok := Parse([]byte(text)); ok {
			t.Errorf("%s: %q was read as %+v", name, text, c)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, ok := Parse(b)
		if !ok {
			return
		}
		if again, ok := Parse(c.Append(nil)); !ok || again != c {
			t.Errorf("%q: %+v came back as %+v, %v", b, c, again, ok)
		}
	})
}
