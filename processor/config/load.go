package config

import (
	"fmt"
	"os"
	"slices"
	"strings"

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
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	c.Traces.byStandard(os.Getenv)
	return c, nil
}

// loadFile loads a YAML file and refuses keys that nothing reads.
func loadFile(k *koanf.Koanf, path string, known []string) error {
	own := koanf.New(".")
	if err := own.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fmt.Errorf("config file %s: %w", path, err)
	}
	for _, key := range own.Keys() {
		switch {
		case key == "sasl.password", key == "registry.password", key == "traces.headers":
			return fmt.Errorf("config file %s: %s does not belong in a file that is shared: give %s_file, or the variable %s", path, key, key, variable(key))
		case !slices.Contains(known, key):
			return fmt.Errorf("config file %s: unknown key %s; known keys are %s", path, key, strings.Join(known, ", "))
		}
	}
	return k.Merge(own)
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
