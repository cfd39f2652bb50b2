package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"consentstream/processor/config"
	"consentstream/processor/kafka"
)

// connection are the flags of every command that talks to brokers. Passwords
// are not among them: a command line is visible to every process.
type connection struct {
	cmd  *cobra.Command
	file string
}

func addConnection(cmd *cobra.Command) *connection {
	c := addConfigFile(cmd)
	f := cmd.Flags()
	f.StringSlice("brokers", nil, "where to reach Kafka: `HOST:PORT,…` (CONSENTSTREAM_BROKERS)")
	f.Bool("tls", false, "connect by TLS; certificates are settings of the config file")
	f.String("sasl-mechanism", "", "log in with `MECHANISM`: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; the user comes from CONSENTSTREAM_SASL_USERNAME and _PASSWORD or _PASSWORD_FILE")
	return c
}

// addConfigFile adds --config, for a command that needs settings but no broker.
func addConfigFile(cmd *cobra.Command) *connection {
	c := &connection{cmd: cmd}
	cmd.Flags().StringVar(&c.file, "config", "", "YAML `FILE` with any of the settings; flags and CONSENTSTREAM_… variables go over it")
	return c
}

// keyOfFlag maps flags to keys of the configuration.
var keyOfFlag = map[string]string{
	"brokers": "brokers", "tls": "tls.enabled", "sasl-mechanism": "sasl.mechanism",
	"state": "state", "group": "group", "policy": "policy", "listen": "listen", "instance-id": "instance_id", "standby": "standby",
	"registry": "registry.url", "traces": "traces.endpoint", "log-format": "log_format", "log-level": "log_level",
}

// load returns the configuration with the flags that were given on top.
func (c *connection) load() (*config.Config, error) {
	given := map[string]any{}
	for name, key := range keyOfFlag {
		f := c.cmd.Flags().Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		if list, err := c.cmd.Flags().GetStringSlice(name); err == nil {
			given[key] = list
			continue
		}
		given[key] = f.Value.String()
	}
	loaded, err := config.Load(c.file, given)
	return &loaded, err
}

// dial connects for a command that somebody waits for, and tells at once what is
// wrong where no broker answers.
func (c *connection) dial(ctx context.Context) (*kafka.Client, *config.Config, error) {
	client, loaded, err := c.dialFor(0)
	if err != nil {
		return nil, nil, err
	}
	if err := client.Check(ctx); err != nil {
		client.Close()
		return nil, nil, err
	}
	return client, loaded, nil
}

// dialFor prepares a client that counts a broker as away when it does not answer
// within patience; 0 = the patience of a run. It asks nothing yet.
func (c *connection) dialFor(patience time.Duration) (*kafka.Client, *config.Config, error) {
	loaded, err := c.load()
	if err != nil {
		return nil, nil, err
	}
	if err := loaded.ValidateConnection(); err != nil {
		return nil, nil, usagef(c.cmd, "%w", err)
	}
	settings, err := loaded.Kafka()
	if err != nil {
		return nil, nil, err
	}
	settings.RequestTimeout, settings.RetryFor = patience, 2*patience
	client, err := kafka.Dial(settings)
	if err != nil {
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	return client, loaded, nil
}
