// Package config is the configuration of a running instance: flags over
// CONSENTSTREAM_… environment over a YAML file over defaults.
//
// Secrets come from the environment or from files, never from flags: a command
// line is visible to every process of the machine.
package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"consentstream/processor"
	"consentstream/processor/kafka"
)

// Config is everything a running instance can be told.
type Config struct {
	Brokers    []string         `koanf:"brokers"`     // HOST:PORT, at least one
	Group      string           `koanf:"group"`       // consumer group, also the prefix of transactional ids
	State      string           `koanf:"state"`       // directory of the local store
	InstanceID string           `koanf:"instance_id"` // "" = a random one, kept in the state directory
	Policy     string           `koanf:"policy"`      // policy file, "" = the defaults
	Listen     string           `koanf:"listen"`      // HOST:PORT of health, metrics and the point check; "" = none
	Registry   Registry         `koanf:"registry"`
	TLS        TLS              `koanf:"tls"`
	SASL       SASL             `koanf:"sasl"`
	Traces     Traces           `koanf:"traces"`
	Topics     processor.Topics `koanf:"topics"`
	Session    time.Duration    `koanf:"session_timeout"`
	Standby    int              `koanf:"standby"`     // second copies of each task's state on other instances, 0 to 3
	CacheBytes int64            `koanf:"cache_bytes"` // of the store's block cache
	Limits     Limits           `koanf:"limits"`
	LogFormat  string           `koanf:"log_format"` // text or json
	LogLevel   string           `koanf:"log_level"`  // debug, info, warn or error
}

// Registry is a schema registry that speaks the Confluent API.
type Registry struct {
	URL          string `koanf:"url"` // "" = none: single-object encoding
	Username     string `koanf:"username"`
	PasswordFile string `koanf:"password_file"`
	Password     string `koanf:"password"` // from the environment only
}

// TLS is how to trust the brokers and to be trusted by them.
type TLS struct {
	Enabled  bool   `koanf:"enabled"`
	CAFile   string `koanf:"ca_file"` // "" = the system's
	CertFile string `koanf:"cert_file"`
	KeyFile  string `koanf:"key_file"`
}

// SASL is how to log in.
type SASL struct {
	Mechanism    string `koanf:"mechanism"` // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; "" = none
	Username     string `koanf:"username"`
	PasswordFile string `koanf:"password_file"`
	Password     string `koanf:"password"` // from the environment only
}

// Limits bound memory and the length of a transaction.
type Limits struct {
	BatchRecords     int           `koanf:"batch_records"`
	DeadlinesPerStep int           `koanf:"deadlines_per_step"`
	FetchBytes       int32         `koanf:"fetch_bytes"`
	FetchWait        time.Duration `koanf:"fetch_wait"`
	TombstonesKept   time.Duration `koanf:"tombstones_kept"`
	RestoreBytes     int64         `koanf:"restore_bytes"` // of memory, for all restores together
}

// Default returns the defaults; Brokers and State have none.
func Default() Config {
	limits := processor.DefaultLimits()
	return Config{
		Group: "consentstream", Topics: processor.DefaultTopics(), Session: 10 * time.Second,
		CacheBytes: 256 << 20, LogFormat: "text", LogLevel: "info",
		Limits: Limits{
			BatchRecords: limits.BatchRecords, DeadlinesPerStep: limits.DeadlinesPerStep,
			FetchBytes: limits.FetchBytes, FetchWait: limits.FetchWait, TombstonesKept: limits.TombstonesKept, RestoreBytes: limits.RestoreBytes,
		},
	}
}

// ProcessorLimits returns the limits of tasks.
func (c *Config) ProcessorLimits() processor.Limits {
	limits := processor.DefaultLimits()
	limits.BatchRecords, limits.DeadlinesPerStep = c.Limits.BatchRecords, c.Limits.DeadlinesPerStep
	limits.FetchBytes, limits.FetchWait = c.Limits.FetchBytes, c.Limits.FetchWait
	limits.TombstonesKept, limits.RestoreBytes = c.Limits.TombstonesKept, c.Limits.RestoreBytes
	return limits
}

// Kafka returns how to reach the brokers. It reads the files of certificates
// and passwords.
func (c *Config) Kafka() (kafka.Config, error) {
	out := kafka.Config{Brokers: c.Brokers}
	var err error
	if out.TLS, err = c.TLS.config(); err != nil {
		return out, err
	}
	password, err := secret(c.SASL.Password, c.SASL.PasswordFile)
	if err != nil {
		return out, fmt.Errorf("sasl.password_file: %w", err)
	}
	out.SASL = kafka.SASL{Mechanism: c.SASL.Mechanism, Username: c.SASL.Username, Password: password}
	return out, nil
}

func (t *TLS) config() (*tls.Config, error) {
	if !t.Enabled && t.CAFile == "" && t.CertFile == "" {
		return nil, nil
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("tls.ca_file: %w", err)
		}
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls.ca_file: %s holds no certificate in PEM form", filepath.Base(t.CAFile))
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("tls.cert_file and tls.key_file: %w", err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	return out, nil
}

// Credentials returns the registry's user and password.
func (r *Registry) Credentials() (username, password string, err error) {
	password, err = secret(r.Password, r.PasswordFile)
	if err != nil {
		return "", "", fmt.Errorf("registry.password_file: %w", err)
	}
	return r.Username, password, nil
}

// secret returns a value given directly or kept in a file.
func secret(value, file string) (string, error) {
	if value != "" || file == "" {
		return value, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
