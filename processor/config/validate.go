package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faults gathers what is wrong, so that all of it is told at once.
type faults []error

// unless notes a fault where ok is false.
func (f *faults) unless(ok bool, format string, args ...any) {
	if !ok {
		*f = append(*f, fmt.Errorf(format, args...))
	}
}

// Validate tells everything that cannot work for an instance, one fault a line.
func (c *Config) Validate() error {
	var f faults
	c.reachable(&f)
	f.unless(c.State != "", "state: expected a directory; give --state, CONSENTSTREAM_STATE or state in the config file")
	f.unless(c.Group != "", "group: expected a name")
	f.unless(c.Listen == "" || isHostPort(c.Listen), "listen: expected HOST:PORT such as 127.0.0.1:8080, not %q", c.Listen)
	f.unless(c.Session >= 6*time.Second && c.Session <= 5*time.Minute, "session_timeout: expected 6s to 5m, not %v", c.Session)
	f.unless(c.Standby >= 0 && c.Standby <= 3, "standby: expected 0 to 3 copies, not %d", c.Standby)
	f.unless(c.CacheBytes >= 8<<20, "cache_bytes: expected at least 8388608 (8 MiB), not %d", c.CacheBytes)
	f.unless(c.LogFormat == "text" || c.LogFormat == "json", "log_format: expected text or json, not %q", c.LogFormat)
	c.Limits.check(&f)
	if err := c.Traces.check(); err != nil {
		f = append(f, err)
	}
	uses := c.topicUses()
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		f.unless(len(uses[name]) == 1, "topics: %s have one name, %q: give each a topic of its own", strings.Join(uses[name], " and "), name)
	}
	return errors.Join(f...)
}

// ValidateConnection tells what of the settings for brokers and registry cannot
// work, for a command that needs no others.
func (c *Config) ValidateConnection() error {
	var f faults
	c.reachable(&f)
	return errors.Join(f...)
}

func (c *Config) reachable(f *faults) {
	f.unless(len(c.Brokers) > 0, "brokers: expected at least one HOST:PORT; give --brokers, CONSENTSTREAM_BROKERS or brokers in the config file")
	for _, broker := range c.Brokers {
		f.unless(isHostPort(broker), "brokers: expected HOST:PORT such as 127.0.0.1:9092, not %q", broker)
	}
	f.unless((c.TLS.CertFile == "") == (c.TLS.KeyFile == ""), "tls: cert_file and key_file go together")
	c.SASL.check(f)
	if err := c.Registry.Validate(); err != nil {
		*f = append(*f, err)
	}
}

func (s *SASL) check(f *faults) {
	switch s.Mechanism {
	case "":
		f.unless(s.Username == "", "sasl.mechanism: expected one, as there is a sasl.username; give --sasl-mechanism PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
		f.unless(s.Username != "", "sasl.username: expected a name for mechanism %s; give CONSENTSTREAM_SASL_USERNAME or sasl.username in the config file", s.Mechanism)
	default:
		f.unless(false, "sasl.mechanism: expected PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, not %q", s.Mechanism)
	}
}

// Validate tells an address that no registry can have.
func (r *Registry) Validate() error {
	if r.URL == "" {
		return nil
	}
	parsed, err := url.Parse(r.URL)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("registry.url: expected an address such as http://127.0.0.1:8081")
	}
	return nil
}

func (l *Limits) check(f *faults) {
	f.unless(l.BatchRecords >= 1 && l.BatchRecords <= 100_000, "limits.batch_records: expected 1 to 100000, not %d", l.BatchRecords)
	f.unless(l.DeadlinesPerStep >= 1 && l.DeadlinesPerStep <= 100_000, "limits.deadlines_per_step: expected 1 to 100000, not %d", l.DeadlinesPerStep)
	f.unless(l.FetchBytes >= 4<<10, "limits.fetch_bytes: expected at least 4096, not %d", l.FetchBytes)
	f.unless(l.FetchWait > 0 && l.FetchWait <= 30*time.Second, "limits.fetch_wait: expected up to 30s, not %v", l.FetchWait)
	f.unless(l.RestoreBytes >= 64<<20, "limits.restore_bytes: expected at least 67108864 (64 MiB), not %d", l.RestoreBytes)
}

func isHostPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// topicUses lists which settings name a topic, by its name.
func (c *Config) topicUses() map[string][]string {
	t := &c.Topics
	uses := map[string][]string{}
	for _, use := range []struct{ key, name string }{
		{"purchases", t.Purchases}, {"clicks", t.Clicks}, {"signups", t.Signups}, {"unsubscribes", t.Unsubscribes},
		{"eligibility_changed", t.Eligibility}, {"retention_expiry", t.Retention}, {"dead_letter", t.DeadLetter},
		{"changelog", t.Changelog}, {"repartition", t.Repartition}, {"addresses", t.Addresses},
	} {
		uses[use.name] = append(uses[use.name], use.key)
	}
	return uses
}
