package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the release build; otherwise the build information tells it.
var version string

type versionInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source, "" when it was not built from a repository
	Modified bool   `json:"modified"` // the source differed from that revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Show the version of this program",
		Example: "  consentstream version --output json",
		Args:    noArgs,
	}
	output := addOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		info := readVersion()
		if output.isJSON() {
			return writeJSON(a.stdout, info)
		}
		_, err := fmt.Fprintf(a.stdout, "consentstream %s%s (%s, %s)\n", info.Version, info.source(), info.Go, info.Platform)
		return err
	}
	return cmd
}

func readVersion() versionInfo {
	info := versionInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return info.orUnknown()
	}
	if info.Version == "" && build.Main.Version != "" {
		info.Version = build.Main.Version
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Revision = s.Value
		case "vcs.modified":
			info.Modified = s.Value == "true"
		}
	}
	return info.orUnknown()
}

func (v versionInfo) orUnknown() versionInfo {
	if v.Version == "" {
		v.Version = "(devel)"
	}
	return v
}

// source returns the revision in the short form that people quote.
func (v versionInfo) source() string {
	if len(v.Revision) < 12 {
		return ""
	}
	if v.Modified {
		return " " + v.Revision[:12] + "+changes"
	}
	return " " + v.Revision[:12]
}
