package local

import (
	"os"
	"testing"
)

func TestOnlyATemporaryFolderIsRemoved(t *testing.T) {
	for _, c := range []struct {
		says  string
		named string
		keep  bool
		stays bool
	}{
		{"a named one", t.TempDir(), false, true},
		{"a temporary one", "", false, false},
		{"a temporary one to be kept", "", true, true},
	} {
		dir, remove, err := Folder(c.named, "consentstream-folder-", c.keep)
		if err != nil {
			t.Fatal(err)
		}
		if err := remove(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(dir); (err == nil) != c.stays {
			t.Errorf("%s: %v", c.says, err)
		}
		_ = os.RemoveAll(dir)
	}
}
