package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"consilium/node"
	"consilium/node/command"
)

type settingsCmd struct {
	serveCmd
}

// Run prints what 'serve' would run with, as a config file of the same meaning, and behind each line from where its value is. Passwords are not in it.
func (c *settingsCmd) Run(parsed *kong.Context, s *settings) error {
	fmt.Printf("# Data folder: %s\n# Config file: %s\n", command.Absolute(c.Data), configFile(s))
	fmt.Print("[serve]\n")
	for _, flag := range parsed.Selected().Flags {
		value, from := inForce(c.Data, flag, s.where(flag.Name))
		fmt.Printf("%-44s # %s\n", flag.Name+" = "+value, from)
	}
	return nil
}

// configFile is which file the settings are from, also where there is none.
func configFile(s *settings) string {
	switch {
	case s.path == "":
		return "none; --config, CONSILIUM_CONFIG, or consilium.toml in the folder that --data or CONSILIUM_DATA names"
	case s.values == nil:
		return s.path + " (not there)"
	}
	return s.path
}

// inForce is a setting as TOML writes it, and where it is from. Where the database and the files are, the hospital's own file says unless somebody says otherwise.
func inForce(data string, flag *kong.Flag, from string) (value, where string) {
	switch v := flag.Target.Interface().(type) {
	case []string:
		return listed(v), from
	case bool, int:
		return fmt.Sprint(v), from
	case fmt.Stringer:
		return fmt.Sprintf("%q", v.String()), from
	default:
		text := fmt.Sprint(v)
		if text == "" && from == "default" {
			if own := ofHospital(data, flag.Name); own != "" {
				text, from = own, filepath.Join(data, "hospital.toml")
			}
		}
		return fmt.Sprintf("%q", withoutPassword(text)), from
	}
}

// ofHospital is what hospital.toml says of a setting; empty: nothing, or there is no such file.
func ofHospital(data, name string) string {
	h, err := node.ReadHospital(data)
	if err != nil {
		return ""
	}
	return map[string]string{"db": h.DB, "blobs": h.Blobs}[name]
}

// harmless are the parts of an address that are shown: a list of what is secret would lack one.
var harmless = []string{"endpoint", "region", "host", "port", "user", "dbname", "sslmode", "target_session_attrs", "connect_timeout", "application_name"}

// withoutPassword is an address with stars for what may open a door: whoever asks for help shows what this prints, also of an address that no node takes.
func withoutPassword(text string) string {
	if !strings.Contains(text, "://") {
		scheme, _, _ := strings.Cut(text, ":")
		if strings.ContainsAny(text, "=@") || slices.Contains([]string{"postgres", "postgresql", "s3"}, scheme) { // the other form that PostgreSQL takes, or one that lacks its slashes
			return "***"
		}
		return text
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Fragment != "" || u.Scheme == "s3" && u.User != nil || !oneValue(u.Path) {
		return "***"
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "***")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "***"
	}
	for name, values := range query {
		if !slices.Contains(harmless, name) || len(values) != 1 || !oneValue(values[0]) && !(name == "endpoint" && onlyHost(values[0])) {
			query[name] = []string{"***"}
		}
	}
	u.RawQuery = query.Encode()
	return strings.ReplaceAll(u.String(), "%2A%2A%2A", "***")
}

// oneValue tells whether a part of an address is a single value: one with a sign between values may hold a password behind a harmless name.
func oneValue(text string) bool { return !strings.ContainsAny(text, "=@:;?&# \t\r\n") }

// onlyHost tells whether an address names a host and nothing else.
func onlyHost(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Scheme+"://"+u.Host == text
}
