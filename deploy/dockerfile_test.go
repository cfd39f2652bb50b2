package deploy_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// instruction is one line of a Dockerfile, continuation lines joined.
type instruction struct{ name, rest string }

func stages(t *testing.T) [][]instruction {
	t.Helper()
	var list [][]instruction
	joined := strings.ReplaceAll(read(t, "Dockerfile"), "\\\n", " ")
	for line := range strings.Lines(joined) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		if name == "FROM" {
			list = append(list, nil)
		}
		if len(list) > 0 {
			last := len(list) - 1
			list[last] = append(list[last], instruction{name, strings.Join(strings.Fields(rest), " ")})
		}
	}
	return list
}

func final(t *testing.T) []instruction {
	t.Helper()
	all := stages(t)
	return all[len(all)-1]
}

func find(t *testing.T, stage []instruction, name string) string {
	t.Helper()
	i := slices.IndexFunc(stage, func(in instruction) bool { return in.name == name })
	if i < 0 {
		t.Fatalf("no %s", name)
	}
	return stage[i].rest
}

func TestImageHoldsTheProgramAlone(t *testing.T) {
	stage := final(t)
	if base := find(t, stage, "FROM"); base != "scratch" {
		t.Errorf("the image is built on %s", base)
	}
	for _, in := range stage {
		if in.name == "RUN" || in.name == "ADD" {
			t.Errorf("%s in an image without a shell", in.name)
		}
		if in.name == "COPY" && !strings.HasPrefix(in.rest, "--from=build ") {
			t.Errorf("COPY %s takes files that were not built", in.rest)
		}
	}
}

func TestImageRunsWithoutRights(t *testing.T) {
	user := find(t, final(t), "USER")
	if !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(user) {
		t.Errorf("USER %s: a number that is not 0, for the names are not in the image", user)
	}
	if got := service(t, "processor").User; got != user {
		t.Errorf("compose runs the image as %s, its files belong to %s", got, user)
	}
}

// Commands in shell form would need a shell, and would hide SIGTERM from the
// program.
func TestImageCommandsNeedNoShell(t *testing.T) {
	stage := final(t)
	_, health, _ := strings.Cut(find(t, stage, "HEALTHCHECK"), "CMD ")
	for name, text := range map[string]string{"ENTRYPOINT": find(t, stage, "ENTRYPOINT"), "CMD": find(t, stage, "CMD"), "HEALTHCHECK": health} {
		var words []string
		if err := json.Unmarshal([]byte(text), &words); err != nil || len(words) == 0 {
			t.Errorf("%s %s is not a list of words", name, text)
		}
	}
}

func TestImageIsBuiltWithTheModulesGo(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "../go.mod"), "\ngo ")
	version := strings.Fields(rest)[0]
	minor := strings.Join(strings.Split(version, ".")[:2], ".")
	if base := find(t, stages(t)[0], "FROM"); !strings.Contains(base, "golang:"+minor+" ") {
		t.Errorf("FROM %s, and go.mod wants Go %s", base, minor)
	}
	if !strings.Contains(read(t, "Dockerfile"), "CGO_ENABLED=0") {
		t.Error("a program that is linked to C does not start in an empty image")
	}
}

// Every folder that the program is built from must be in the build's context.
func TestImageContextHoldsTheSources(t *testing.T) {
	ignore := strings.Fields(read(t, "../.dockerignore"))
	for _, name := range []string{"cmd", "processor", "schemas", "state", "go.mod", "go.sum"} {
		if !slices.Contains(ignore, "!"+name) {
			t.Errorf("%s is left out by .dockerignore", name)
		}
	}
}
