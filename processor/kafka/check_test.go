package kafka

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

func TestCheck(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	if err := client.Check(testContext(t)); err != nil {
		t.Fatal(err)
	}
	first, err := client.ClusterID(testContext(t))
	if err != nil || first == "" {
		t.Fatal(first, err)
	}
	if second, err := c.client().ClusterID(testContext(t)); err != nil || second != first {
		t.Errorf("%s, then %s, %v", first, second, err)
	}
}

func TestCheckTellsWhatToDo(t *testing.T) {
	nobody := closedPort(t)
	silent := silentPort(t)
	old, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(kversion.V2_6_0()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(old.Close)
	login, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "right"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(login.Close)
	plain := newFake(t, 1)
	refusing, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(refusing.Close)
	refusing.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
		refusing.KeepControl()
		res := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		res.ErrorCode = kerr.SaslAuthenticationFailed.Code // as real brokers do; this one hangs up
		return res, nil, true
	})
	for name, test := range map[string]struct {
		cfg       Config
		want      string
		retriable bool
	}{
		"nobody there":   {Config{Brokers: []string{nobody}}, "start the broker or correct the address", true},
		"no answer":      {Config{Brokers: []string{silent}}, "kafka at 127.0.0.1", true},
		"too old":        {Config{Brokers: old.ListenAddrs()}, "use Kafka 2.8 or later", false},
		"no login":       {Config{Brokers: login.ListenAddrs()}, "it may want TLS (--tls) or a SASL login", true},
		"wrong password": {Config{Brokers: refusing.ListenAddrs(), SASL: SASL{"PLAIN", "admin", "wrong"}}, "check the SASL mechanism, user and password", false},
		"hung up":        {Config{Brokers: login.ListenAddrs(), SASL: SASL{"PLAIN", "admin", "wrong"}}, "check the SASL mechanism, user and password", true},
		"not TLS":        {Config{Brokers: plain.brokers, TLS: &tls.Config{}}, "not a TLS port", true},
	} {
		t.Run(name, func(t *testing.T) {
			test.cfg.RequestTimeout = 500 * time.Millisecond
			client, err := Dial(test.cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			err = client.Check(testContext(t))
			t.Log(err)
			if err == nil || !strings.Contains(err.Error(), test.want) || Retriable(err) != test.retriable {
				t.Errorf("%v (retriable %v); want %q, retriable %v", err, Retriable(err), test.want, test.retriable)
			}
		})
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// silentPort accepts connections and never answers.
func silentPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestVersionRanges(t *testing.T) {
	n := versionRange{protocol.InitProducerId, 3, 4, "2.5"}
	for _, test := range []struct {
		least, most int16
		want        string
	}{{0, 4, ""}, {0, 3, ""}, {0, 9, ""}, {4, 9, ""}, {0, 2, "too old"}, {5, 9, "too new"}} {
		err := n.within(map[protocol.ApiKey]apiversions.ApiKeyResponse{protocol.InitProducerId: {MinVersion: test.least, MaxVersion: test.most}})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d to %d: %v", test.least, test.most, err)
		}
	}
	if n.within(nil) == nil {
		t.Error("a broker without the request passes")
	}
}

func TestLoginWorks(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(mechanism, "user", "secret"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Close)
			client, err := Dial(Config{Brokers: cluster.ListenAddrs(), SASL: SASL{mechanism, "user", "secret"}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			if err := client.Check(testContext(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	for want, cfg := range map[string]Config{
		"no broker is configured":     {},
		"is not HOST:PORT":            {Brokers: []string{"localhost"}},
		"but no mechanism":            {Brokers: []string{"h:1"}, SASL: SASL{Username: "u"}},
		`"KERBEROS" is not supported`: {Brokers: []string{"h:1"}, SASL: SASL{Mechanism: "KERBEROS"}},
		"choose none, gzip":           {Brokers: []string{"h:1"}, Compression: 9},
	} {
		if _, err := Dial(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestCallsEndWithTheirContext(t *testing.T) {
	client, err := Dial(Config{Brokers: []string{silentPort(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := client.TakeOver(ctx, "id", time.Second); err == nil || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// One broker that is away keeps nobody from starting; when none can be reached
// where the cluster says they are, the start tells.
func TestCheckPassesOverABrokerThatIsAway(t *testing.T) {
	for name, away := range map[string]string{"refuses": closedPort(t), "is silent": silentPort(t)} {
		for others, want := range map[bool]bool{true: true, false: false} {
			t.Run(fmt.Sprintf("%s, another lives %v", name, others), func(t *testing.T) {
				t.Parallel()
				cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(cluster.Close)
				addresses := []string{away}
				if others {
					addresses = append(addresses, cluster.ListenAddrs()...)
				}
				cluster.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
					cluster.KeepControl()
					return brokersAt(req, addresses), nil, true
				})
				client, err := Dial(Config{Brokers: cluster.ListenAddrs(), RequestTimeout: 3 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(client.Close)
				if err := client.Check(testContext(t)); (err == nil) != want {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// brokersAt is metadata of a cluster with brokers at addresses.
func brokersAt(req kmsg.Request, addresses []string) kmsg.Response {
	res := req.ResponseKind().(*kmsg.MetadataResponse)
	for i, address := range addresses {
		b := kmsg.NewMetadataResponseBroker()
		host, port, _ := net.SplitHostPort(address)
		number, _ := strconv.Atoi(port)
		b.NodeID, b.Host, b.Port = int32(i), host, int32(number)
		res.Brokers = append(res.Brokers, b)
	}
	return res
}
