package local

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build compiles consentstream into dir, so that what runs is what is in the
// sources, and returns the program.
func Build(ctx context.Context, dir string) (program string, err error) {
	program = filepath.Join(dir, "consentstream")
	compile := exec.CommandContext(ctx, "go", "build", "-o", program, "consentstream/cmd/consentstream")
	compile.Stderr = os.Stderr
	if err := compile.Run(); err != nil {
		return "", fmt.Errorf("go build: %w; start this inside the project", err)
	}
	return program, nil
}

// root is the folder of the project.
func root(ctx context.Context) (string, error) {
	var out bytes.Buffer
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "consentstream")
	list.Stdout, list.Stderr = &out, os.Stderr
	if err := list.Run(); err != nil {
		return "", fmt.Errorf("go list: %w; start this inside the project", err)
	}
	return strings.TrimSpace(out.String()), nil
}
