package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// FormatVersion is the version of the key layout and of what a directory
// holds. A store with a higher number is refused.
const FormatVersion = 1

// identityFile lies beside Pebble's files and is read before Pebble touches
// the directory, so that a store that is refused stays as it was.
const identityFile = "CONSENTSTREAM"

// identity says whose a store is.
type identity struct {
	Format       int    `json:"format"`
	PebbleFormat uint64 `json:"pebble_format"`
	Group        string `json:"group"`
	ClusterID    string `json:"cluster_id"`
}

// readIdentity returns false when the directory has none.
func readIdentity(filesystem vfs.FS, dir string) (id identity, found bool, err error) {
	f, err := filesystem.Open(filesystem.PathJoin(dir, identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return id, false, nil
	}
	if err != nil {
		return id, false, fmt.Errorf("store %s: read %s: %w", dir, identityFile, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		return id, false, fmt.Errorf("store %s: read %s: %w", dir, identityFile, err)
	}
	if err := json.Unmarshal(raw, &id); err != nil || id.Format < 1 {
		return id, false, refused(dir, ErrCorrupted, identityFile+" is not readable", rebuildAdvice)
	}
	return id, true, nil
}

// writeIdentity replaces the record in one step: a crash leaves the old or the
// new one, never half of it.
func writeIdentity(filesystem vfs.FS, dir string, id identity) error {
	raw, err := json.Marshal(id)
	if err != nil {
		return err
	}
	path := filesystem.PathJoin(dir, identityFile)
	if err := writeSynced(filesystem, path+".new", append(raw, '\n')); err != nil {
		return fmt.Errorf("store %s: write %s: %w", dir, identityFile, err)
	}
	if err := filesystem.Rename(path+".new", path); err != nil {
		return fmt.Errorf("store %s: write %s: %w", dir, identityFile, err)
	}
	return syncDir(filesystem, dir)
}

func writeSynced(filesystem vfs.FS, path string, content []byte) error {
	f, err := filesystem.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(filesystem vfs.FS, dir string) error {
	d, err := filesystem.OpenDir(dir)
	if err != nil {
		return fmt.Errorf("store %s: %w", dir, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// check refuses a store that is not the caller's. A reader that names no group
// or cluster takes any.
func (id identity) check(dir string, o Options) error {
	switch {
	case id.Format > FormatVersion || id.PebbleFormat > uint64(pebble.FormatNewest):
		return refused(dir, ErrNewerFormat,
			fmt.Sprintf("format %d.%d, this program knows up to %d.%d", id.Format, id.PebbleFormat, FormatVersion, pebble.FormatNewest),
			"nothing was changed; use the newer program, or another directory")
	case id.Group != o.Group && !(o.ReadOnly && o.Group == ""):
		return refused(dir, ErrOtherGroup, fmt.Sprintf("it holds group %q, not %q", id.Group, o.Group),
			"nothing was changed; give each group a state directory of its own")
	case id.ClusterID != "" && o.ClusterID != "" && id.ClusterID != o.ClusterID:
		return refused(dir, ErrOtherCluster, fmt.Sprintf("it was filled from cluster %q, not %q", id.ClusterID, o.ClusterID),
			"nothing was changed; check --brokers, or use another directory")
	}
	return nil
}

// merged is the record after a successful check: the formats of this program,
// and the cluster once it is known.
func (id identity) merged(o Options) identity {
	id.Format, id.PebbleFormat, id.Group = FormatVersion, uint64(pebble.FormatNewest), o.Group
	if o.ClusterID != "" {
		id.ClusterID = o.ClusterID
	}
	return id
}

// lying returns the name of a file of some kind in a directory, "" when there is
// none.
func lying(filesystem vfs.FS, dir string, kind func(name string) bool) (string, error) {
	names, err := filesystem.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("store %s: %w", dir, err)
	}
	for _, name := range names {
		if kind(name) {
			return name, nil
		}
	}
	return "", nil
}

// removeFiles removes the files of some kind from a directory.
func removeFiles(filesystem vfs.FS, dir string, kind func(name string) bool) error {
	names, err := filesystem.List(dir)
	if err != nil {
		return fmt.Errorf("store %s: %w", dir, err)
	}
	for _, name := range names {
		if !kind(name) {
			continue
		}
		if err := filesystem.Remove(filesystem.PathJoin(dir, name)); err != nil {
			return fmt.Errorf("store %s: %w", dir, err)
		}
	}
	return nil
}

// isDatabaseFile tells files of a database: where it has no identity, Pebble would
// take them for its own, or delete them.
func isDatabaseFile(name string) bool {
	return name == "CURRENT" || strings.HasPrefix(name, "MANIFEST-") || strings.HasPrefix(name, "marker.") || holdsData(name)
}

// holdsData tells the files that the entries of a database lie in.
func holdsData(name string) bool {
	return strings.HasSuffix(name, ".sst") || strings.HasSuffix(name, ".log") || strings.HasSuffix(name, ".blob")
}
