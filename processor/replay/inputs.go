package replay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the name of an input that stands for standard input, as JSON lines.
const Stdin = "-"

// extensions are what files of a folder end in to be read. Files that are
// named one by one may have any name.
var extensions = []string{".avro", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz"}

// source is one file to read.
type source struct {
	path string
	size int64 // in bytes, 0 for standard input
}

// sources resolves inputs to files, those of a folder in the order of their
// names. A file that is named twice is read once.
func sources(inputs []string) ([]source, error) {
	var all []source
	seen := map[string]bool{}
	for _, input := range inputs {
		found, err := resolve(input)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if path := filepath.Clean(s.path); !seen[path] {
				seen[path] = true
				all = append(all, s)
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no input: name files or folders of events, or - for standard input")
	}
	return all, nil
}

func resolve(input string) ([]source, error) {
	if input == Stdin {
		return []source{{path: Stdin}}, nil
	}
	info, err := os.Stat(input)
	if err != nil {
		return nil, fmt.Errorf("input: %w; name files or folders of events, or - for standard input", err)
	}
	if !info.IsDir() {
		return []source{{input, info.Size()}}, nil
	}
	found, err := folder(input)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("input: folder %s holds no file that ends in %s", input, strings.Join(extensions, ", "))
	}
	return found, err
}

func folder(dir string) (found []source, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isArchive(entry.Name()) {
			return err
		}
		info, err := os.Stat(path) // of what a link points to
		if err == nil && info.Mode().IsRegular() {
			found = append(found, source{path, info.Size()})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	return found, nil
}

func isArchive(name string) bool {
	return !strings.HasPrefix(name, ".") && slices.ContainsFunc(extensions, func(e string) bool { return strings.HasSuffix(name, e) })
}
