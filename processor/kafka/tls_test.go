package kafka

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"consentstream/processor/internal/testca"
)

// secured starts a broker behind TLS and returns its address.
func secured(t *testing.T, config *tls.Config, more ...kfake.Opt) string {
	t.Helper()
	cluster, err := kfake.NewCluster(append(more, kfake.NumBrokers(1), kfake.TLS(config))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0]
}

func server(certificates ...tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12}
}

// A transaction goes through, and what it wrote is read back.
func TestTransactionsOverTLS(t *testing.T) {
	ca := testca.New(t, time.Now())
	address := secured(t, server(ca.Certificate(time.Hour, "127.0.0.1")), kfake.SeedTopics(1, "topic"))
	client, err := Dial(Config{Brokers: []string{address}, TLS: &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS12}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.Check(testContext(t)); err != nil {
		t.Fatal(err)
	}
	p := takeOver(t, client, "id")
	if _, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out("topic", 0, "a")}}); err != nil {
		t.Fatal(err)
	}
	if got := values(readAll(t, client, TopicPartition{Topic: "topic"}, 0, true)); len(got) != 1 || got[0] != "a" {
		t.Errorf("%q", got)
	}
}

// What is wrong with TLS is told at once, with what to change.
func TestWrongTLSTellsWhatToDo(t *testing.T) {
	ca, stranger := testca.New(t, time.Now()), testca.New(t, time.Now())
	good := secured(t, server(ca.Certificate(time.Hour, "127.0.0.1")))
	trusting := &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS12}
	mutual := server(ca.Certificate(time.Hour, "127.0.0.1"))
	mutual.ClientAuth, mutual.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
	withCertificate := trusting.Clone()
	withCertificate.Certificates = []tls.Certificate{stranger.Certificate(time.Hour)}
	for name, test := range map[string]struct {
		broker    string
		tls       *tls.Config
		wants     []string
		retriable bool
	}{
		"authority that is not known": {good, &tls.Config{RootCAs: stranger.Pool(), MinVersion: tls.VersionTLS12}, []string{"unknown authority", "tls.ca_file"}, false},
		"system's authorities":        {good, &tls.Config{MinVersion: tls.VersionTLS12}, []string{"tls.ca_file"}, false},
		"another host":                {secured(t, server(ca.Certificate(time.Hour, "kafka.example"))), trusting, []string{"127.0.0.1", "kafka.example", "a name or address that is in the certificate"}, false},
		"expired":                     {secured(t, server(ca.Certificate(-time.Hour, "127.0.0.1"))), trusting, []string{"expired", "certificate of the broker anew"}, false},
		"plain text to a TLS port":    {good, nil, []string{"TLS", "--tls"}, true},
		"TLS to a plain text port":    {newCluster(t).brokers[0], trusting, []string{"not a TLS port", "leave --tls out"}, true},
		"no client certificate":       {secured(t, mutual), trusting, []string{"tls.cert_file"}, false},
		"client that is not known":    {secured(t, mutual), withCertificate, []string{"tls.cert_file"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := Dial(Config{Brokers: []string{test.broker}, TLS: test.tls, RequestTimeout: 2 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			start := time.Now()
			err = client.Check(testContext(t))
			t.Log(err)
			if err == nil || Retriable(err) != test.retriable || time.Since(start) > 5*time.Second {
				t.Fatalf("%v (retriable %v) after %v", err, Retriable(err), time.Since(start))
			}
			for _, want := range test.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
		})
	}
}
