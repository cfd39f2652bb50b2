package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// envPrefix begins every variable: CONSENTSTREAM_SASL_USERNAME is sasl.username.
const envPrefix = "CONSENTSTREAM_"

// Load returns the configuration: flags over environment over the file at path
// ("" = none) over defaults. flags holds only what was given, by key. Where
// nobody says where traces go, the variables of OpenTelemetry do. It does not
// validate.
func Load(path string, flags map[string]any) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(Default(), "koanf"), nil); err != nil {
		return Config{}, fmt.Errorf("defaults: %w", err)
	}
	known := k.Keys()
	if path != "" {
		if err := loadFile(k, path, known); err != nil {
			return Config{}, err
		}
	}
	if err := loadEnv(k, known); err != nil {
		return Config{}, err
	}
	if err := k.Load(confmap.Provider(flags, "."), nil); err != nil {
		return Config{}, fmt.Errorf("flags: %w", err)
	}
	var c Config
	err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{Tag: "koanf", DecoderConfig: &mapstructure.DecoderConfig{
		Result: &c, TagName: "koanf", WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), mapstructure.StringToSliceHookFunc(",")),
	}})
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", unreadable(k, err))
	}
	c.Traces.byStandard(os.Getenv)
	return c, nil
}

// loadFile loads a YAML file and refuses keys that nothing reads.
func loadFile(k *koanf.Koanf, path string, known []string) error {
	own := koanf.New(".")
	if err := own.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fmt.Errorf("config file %s: %w; name a readable YAML file", path, err)
	}
	for _, key := range own.Keys() {
		switch {
		case key == "sasl.password", key == "registry.password", key == "traces.headers":
			return fmt.Errorf("config file %s: %s does not belong in a file that is shared: give %s_file, or the variable %s", path, key, key, variable(key))
		case !slices.Contains(known, key):
			return fmt.Errorf("config file %s: unknown key %s; known there are %s", path, key, strings.Join(besides(key, known), ", "))
		}
	}
	return k.Merge(own)
}

// besides lists the keys that a section knows, of a key that it does not.
func besides(key string, known []string) []string {
	section := key[:strings.LastIndex(key, ".")+1]
	if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, section) }) {
		section = ""
	}
	var names []string
	for _, k := range known {
		if rest, ok := strings.CutPrefix(k, section); ok {
			name, _, _ := strings.Cut(rest, ".")
			names = append(names, section+name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// unreadable names the keys whose values are not of their type, and what is
// expected there, instead of how the attempt to convert them went.
func unreadable(k *koanf.Koanf, err error) error {
	defaults := koanf.New(".")
	if defaults.Load(structs.Provider(Default(), "koanf"), nil) != nil {
		return err
	}
	var errs []error
	for _, fault := range decodeErrors(err) {
		key := fault.Name()
		if !k.Exists(key) {
			return err
		}
		errs = append(errs, fmt.Errorf("%s: expected %s, not %q", key, expected(defaults.Get(key)), fmt.Sprint(k.Get(key))))
	}
	if errs == nil {
		return err
	}
	return errors.Join(errs...)
}

// decodeErrors returns what an error is made of, one for each key.
func decodeErrors(err error) []*mapstructure.DecodeError {
	switch e := err.(type) { //nolint:errorlint // the tree of causes itself is walked
	case *mapstructure.DecodeError:
		return []*mapstructure.DecodeError{e}
	case interface{ Unwrap() error }:
		return decodeErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*mapstructure.DecodeError
		for _, part := range e.Unwrap() {
			all = append(all, decodeErrors(part)...)
		}
		return all
	}
	return nil
}

// expected says of what form a value is, by its default.
func expected(value any) string {
	switch value.(type) {
	case time.Duration:
		return "a time such as 10s"
	case bool:
		return "true or false"
	case int, int32, int64:
		return "a whole number"
	case []string:
		return "a list"
	}
	return "a text"
}

// loadEnv loads the variables of known keys and refuses others with our prefix,
// so that a misspelt one is not silently ignored.
func loadEnv(k *koanf.Koanf, known []string) error {
	byVariable := map[string]string{}
	for _, key := range known {
		byVariable[variable(key)] = key
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if _, ok := byVariable[name]; !ok && strings.HasPrefix(name, envPrefix) {
			return fmt.Errorf("environment: %s is unknown; variables are named after the keys of the config file, as %s", name, variable("sasl.username"))
		}
	}
	return k.Load(env.Provider(envPrefix, ".", func(name string) string { return byVariable[name] }), nil)
}

// variable is the name of a key in the environment.
func variable(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}
