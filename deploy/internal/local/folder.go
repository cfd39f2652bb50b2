package local

import "os"

// Folder returns the folder for data and state: the one that was named, or a
// temporary one. What remove takes away is the temporary one only, unless it is
// to be kept: a named folder is somebody's own.
func Folder(named, pattern string, keep bool) (dir string, remove func() error, err error) {
	nothing := func() error { return nil }
	if named != "" {
		return named, nothing, nil
	}
	if dir, err = os.MkdirTemp("", pattern); err != nil || keep {
		return dir, nothing, err
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}
