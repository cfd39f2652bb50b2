package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// extensions are the names that scenario files of a folder end in.
var extensions = []string{".yaml", ".yml"}

// Load reads the scenarios of files and of folders with all that is below
// them, in order. The error joins the faults of every file that cannot be
// used; then no scenario is returned, so that none is left out unseen.
func Load(paths ...string) ([]*Scenario, error) {
	var all []*Scenario
	var faults []error
	for _, path := range paths {
		files, err := expand(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for _, file := range files {
			scenarios, err := loadFile(file)
			faults = append(faults, err)
			all = append(all, scenarios...)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return all, nil
}

func loadFile(file string) ([]*Scenario, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("scenario file: %w", err)
	}
	scenarios, err := Parse(file, data)
	if err == nil && len(scenarios) == 0 {
		return nil, fmt.Errorf("%s: expected at least one scenario, found none", file)
	}
	return scenarios, err
}

// expand returns the scenario files that a path stands for.
func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("scenario file: %w; name a file or a folder of scenarios", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains(extensions, filepath.Ext(file)) {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("scenario folder: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("scenario folder %s: expected files ending in .yaml or .yml, found none", path)
	}
	return files, nil
}
