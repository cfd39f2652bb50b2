package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// smallDisk is the instance whose state lies on a disk of its own.
const smallDisk = 0

// diskBytes is the size of that disk; the filler takes what the store leaves.
const diskBytes = 256 << 20

// disk is a file system in memory that can be filled up.
type disk struct{ dir string }

// mountDisk mounts one, which needs root on Linux. The error says why there is
// none; the run goes on without.
func mountDisk(dir string) (*disk, error) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		return nil, errors.New("only root on Linux may mount a small disk")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", diskBytes), "tmpfs", dir).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("mount: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return &disk{dir}, nil
}

// unmount gives the disk back, with what is on it.
func (d *disk) unmount() error { return exec.Command("umount", d.dir).Run() }

func (d *disk) filler() string { return filepath.Join(d.dir, "filler") }

// fill writes until nothing goes on the disk any more.
func (d *disk) fill() error {
	f, err := os.Create(d.filler())
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(f, zeros{})
	if !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("fill the disk: %w", err)
	}
	return nil
}

// free makes room again.
func (d *disk) free() error { return os.Remove(d.filler()) }

// zeros is an endless file of zeros.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
