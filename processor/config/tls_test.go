package config

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"consentstream/processor/internal/testca"
	"consentstream/processor/kafka"
)

// The files of a configuration are what a broker that wants certificates from
// both sides takes; without them the error names the setting.
func TestCertificatesOfFiles(t *testing.T) {
	authority := testca.New(t, time.Now())
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{authority.Certificate(time.Hour, "127.0.0.1")}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority.Pool(),
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	ca, cert, key := authority.Files()
	for want, settings := range map[string]TLS{
		"":              {CAFile: ca, CertFile: cert, KeyFile: key},
		"tls.ca_file":   {Enabled: true, CertFile: cert, KeyFile: key},
		"tls.cert_file": {CAFile: ca},
		"--tls":         {},
	} {
		c := Default()
		c.Brokers, c.TLS = cluster.ListenAddrs(), settings
		err := check(t, &c)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error that names %q", settings, err, want)
		}
	}
}

func check(t *testing.T, c *Config) error {
	t.Helper()
	settings, err := c.Kafka()
	if err != nil {
		t.Fatal(err)
	}
	client, err := kafka.Dial(settings)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return client.Check(ctx)
}
