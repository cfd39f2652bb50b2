package rules

import "testing"

// A zone is loaded once: its table of offsets goes by the zone in memory. A name
// that does not exist is not kept, because anybody can send the next one.
func TestZonesByName(t *testing.T) {
	first := zoneByName("America/Cayenne")
	if first == nil || zoneByName("America/Cayenne") != first {
		t.Error("a zone is loaded again")
	}
	for _, name := range []string{"no/where", "Local"} {
		for range 2 {
			if zoneByName(name) != nil {
				t.Errorf("%s is a zone", name)
			}
		}
		if _, kept := zonesByName.Load(name); kept {
			t.Errorf("%s is kept", name)
		}
	}
}
