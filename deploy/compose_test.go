package deploy_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// project loads the compose file as docker compose does: unknown keys,
// undefined volumes and circular dependencies are errors.
func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  "..",
		ConfigFiles: []types.ConfigFile{{Filename: "../docker-compose.yml"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func service(t *testing.T, name string) types.ServiceConfig {
	t.Helper()
	s, err := project(t).GetService(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestComposeStartsInOrder(t *testing.T) {
	for _, c := range []struct{ service, after, condition string }{
		{"topics", "kafka", types.ServiceConditionHealthy},
		{"processor", "kafka", types.ServiceConditionHealthy},
		{"processor", "topics", types.ServiceConditionCompletedSuccessfully},
	} {
		if got := service(t, c.service).DependsOn[c.after].Condition; got != c.condition {
			t.Errorf("%s starts when %s is %q, want %q", c.service, c.after, got, c.condition)
		}
	}
}

// A service whose failure nobody sees is waited for in vain.
func TestComposeServicesTellTheirHealth(t *testing.T) {
	for _, name := range []string{"kafka", "processor"} {
		check := service(t, name).HealthCheck
		if check == nil || check.Disable || len(check.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
	}
	got := strings.Join(service(t, "processor").HealthCheck.Test, " ")
	if !strings.Contains(got, "/consentstream health") || strings.Contains(got, "--live") {
		t.Errorf("the processor's health is %q; alive is not enough, it must be ready", got)
	}
}

func TestComposeGivesLeastPrivilege(t *testing.T) {
	for name, s := range project(t).Services {
		if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || !slices.Contains(s.CapDrop, "ALL") || s.Privileged {
			t.Errorf("%s may gain rights", name)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is open to the network on %s:%s", name, port.HostIP, port.Published)
			}
		}
		if s.Image != "consentstream" {
			continue
		}
		if !s.ReadOnly {
			t.Errorf("%s may write to its root file system", name)
		}
		if s.User == "" || strings.HasPrefix(s.User, "0") || s.User == "root" {
			t.Errorf("%s runs as %q", name, s.User)
		}
	}
}

// What outlives a container must be on a volume: the broker's log, and the
// state, which also holds the identity of the instance.
func TestComposeKeepsWhatMustLast(t *testing.T) {
	processor := service(t, "processor")
	for _, c := range []struct {
		service types.ServiceConfig
		folder  *string
	}{
		{processor, processor.Environment["CONSENTSTREAM_STATE"]},
		{service(t, "kafka"), service(t, "kafka").Environment["KAFKA_LOG_DIRS"]},
	} {
		if c.folder == nil {
			t.Errorf("%s does not say where its data are", c.service.Name)
			continue
		}
		kept := slices.ContainsFunc(c.service.Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Type == types.VolumeTypeVolume && v.Target == *c.folder
		})
		if !kept {
			t.Errorf("%s loses %s with its container", c.service.Name, *c.folder)
		}
	}
}

// One broker cannot keep three copies: with the defaults of Kafka the internal
// topics would never be made, and every transaction would wait for ever.
func TestComposeBrokerWorksAlone(t *testing.T) {
	kafka := service(t, "kafka")
	for _, name := range []string{
		"KAFKA_DEFAULT_REPLICATION_FACTOR",
		"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR",
		"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR",
		"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR",
	} {
		if value := kafka.Environment[name]; value == nil || *value != "1" {
			t.Errorf("%s is not 1", name)
		}
	}
	if got := *kafka.Environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"]; got != "false" {
		t.Errorf("a mistyped topic would be created: %s", got)
	}
}

// The version that tests start without Docker is the one that compose runs.
func TestComposeRunsTheTestedKafka(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "kafka/pom.xml"), "<kafka.version>")
	version, _, _ := strings.Cut(rest, "<")
	if got := service(t, "kafka").Image; got != "apache/kafka:"+version {
		t.Errorf("compose runs %s, the tests Kafka %s", got, version)
	}
}
