package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

// settings gives flags that were not set on the command line: from the config file, then from the environment. Without --config the file is
// consilium.toml in the data folder, if there is one.
type settings struct {
	args   []string
	loaded bool
	path   string
	values map[string]any
	from   map[string]string // where a setting was found that was not on the command line
}

// Validate refuses a key that no command has: a mistyped setting must not be passed over in silence.
func (s *settings) Validate(app *kong.Application) error {
	if err := s.load(); err != nil {
		return err
	}
	return s.checkKeys(app)
}

// load reads the file, once: kong asks for values before it validates.
func (s *settings) load() error {
	if s.loaded {
		return nil
	}
	s.loaded, s.path = true, s.find()
	if s.path == "" {
		return nil
	}
	raw, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) && s.arg("config") == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the config file: %w", err)
	}
	if err := toml.Unmarshal(raw, &s.values); err != nil {
		return fmt.Errorf("config file %s: %w", s.path, err)
	}
	s.values = dashed(s.values)
	return nil
}

// dashed lets a key be written with underscores, as most config files have them: trusted_proxies is trusted-proxies.
func dashed(values map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range values {
		if section, ok := value.(map[string]any); ok {
			value = dashed(section)
		}
		out[strings.ReplaceAll(key, "_", "-")] = value
	}
	return out
}

func (s *settings) find() string {
	if path := s.arg("config"); path != "" {
		return path
	}
	if path := os.Getenv("CONSILIUM_CONFIG"); path != "" {
		return path
	}
	dir := s.arg("data")
	if dir == "" {
		dir = os.Getenv("CONSILIUM_DATA")
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "consilium.toml")
}

// arg is a flag's value on the command line, which is needed before it is parsed.
func (s *settings) arg(name string) string {
	for i, a := range s.args {
		if value, ok := strings.CutPrefix(a, "--"+name+"="); ok {
			return value
		}
		if a == "--"+name && i+1 < len(s.args) {
			return s.args[i+1]
		}
	}
	return ""
}

func (s *settings) checkKeys(app *kong.Application) error {
	var names []string
	for _, node := range app.Node.Leaves(false) {
		for _, group := range node.AllFlags(false) {
			for _, flag := range group {
				names = append(names, flag.Name)
			}
		}
	}
	for key, value := range s.values {
		section, isSection := value.(map[string]any)
		if !isSection {
			section = map[string]any{key: value}
		}
		for name := range section {
			if !slices.Contains(names, name) {
				return fmt.Errorf("config file %s: no command has a setting %q", s.path, name)
			}
		}
	}
	return nil
}

// Resolve gives a flag's value, or nil.
func (s *settings) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	value, from := s.look(parent, flag)
	if value != nil {
		if s.from == nil {
			s.from = map[string]string{}
		}
		s.from[flag.Name] = from
	}
	return value, nil
}

// look finds a flag's value, and says where it stands.
func (s *settings) look(parent *kong.Path, flag *kong.Flag) (value any, from string) {
	if parent != nil && parent.Command != nil {
		of := parent.Command.Name
		if of == "config" {
			of = "serve" // whose settings it prints
		}
		if section, ok := s.values[of].(map[string]any); ok && section[flag.Name] != nil {
			return section[flag.Name], fmt.Sprintf("%s [%s]", s.path, of)
		}
	}
	if value := s.values[flag.Name]; value != nil {
		return value, s.path
	}
	name := "CONSILIUM_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
	if value, ok := os.LookupEnv(name); ok {
		return value, name
	}
	return nil, ""
}

// where says from where the value of a flag is: the command line, the config file, an environment variable, or the program's default.
func (s *settings) where(flag string) string {
	if from := s.from[flag]; from != "" {
		return from
	}
	for _, a := range s.args {
		if a == "--"+flag || strings.HasPrefix(a, "--"+flag+"=") {
			return "--" + flag
		}
	}
	return "default"
}
