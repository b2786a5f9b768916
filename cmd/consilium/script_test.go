package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"consilium": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		os.Exit(run(ctx, os.Args[1:]))
	}, "consilium-pair": pairProgram})
}

// TestCommands plays the scripts in testdata/script: what an administrator types, and what comes back.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, Cmds: commands, Setup: disk})
}

// disk lays real images out for the script of DICOM as a disk that a patient brings: two whole ones, one that is cut, and a text.
func disk(env *testscript.Env) error {
	if filepath.Base(env.WorkDir) != "script-dicom" {
		return nil
	}
	dir := filepath.Join(env.WorkDir, "disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	files := map[string][]byte{"README.TXT": []byte("Please open with the viewer on this disk.")}
	for name, sample := range map[string]string{"CT.dcm": "CT_small.dcm", "MR.dcm": "MR_small.dcm", "CUT.dcm": "CT_small.dcm"} {
		raw, err := os.ReadFile(filepath.Join("../../imaging/dicom/testdata/zoo", sample))
		if err != nil {
			return err
		}
		files[name] = raw
	}
	files["CUT.dcm"] = files["CUT.dcm"][:3000]
	for name, raw := range files {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			return err
		}
	}
	return nil
}
