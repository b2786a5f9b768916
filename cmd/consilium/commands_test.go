package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// commands are what scripts can do beside testscript's own commands.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	// field NAME PATH: sets the variable NAME to a field of the JSON that the last command printed; PATH has dots.
	"field": func(ts *testscript.TestScript, _ bool, args []string) {
		if len(args) != 2 {
			ts.Fatalf("usage: field NAME PATH")
		}
		var v any
		if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &v); err != nil {
			ts.Fatalf("the last output is not JSON: %v", err)
		}
		for _, name := range strings.Split(args[1], ".") {
			if list, ok := v.([]any); ok && len(list) > 0 {
				v = list[0]
			}
			object, ok := v.(map[string]any)
			if !ok || object[name] == nil {
				ts.Fatalf("there is no %s in the last output", args[1])
			}
			v = object[name]
		}
		text, ok := v.(string)
		if !ok {
			raw, _ := json.Marshal(v)
			text = string(raw)
		}
		ts.Setenv(args[0], text)
	},
	// flip FILE OFFSET: changes one byte of a file.
	"flip": func(ts *testscript.TestScript, _ bool, args []string) {
		path := ts.MkAbs(args[0])
		raw, err := os.ReadFile(path)
		ts.Check(err)
		raw[len(raw)/2] ^= 1
		ts.Check(os.WriteFile(path, raw, 0o600))
	},
	// serve DIR starts a node in the background and waits until it answers.
	"serve": serve,
}
