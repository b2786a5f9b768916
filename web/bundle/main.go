// Command bundle builds what the pages are made of: every style sheet and script that lies directly
// in web/assets becomes one minified file with its content's hash in its name, beside the fonts and
// htmx, in web/ui/static, from where package ui embeds them. Run it from the root of the checkout:
//
//	npm ci && go run ./web/bundle
//
// npm only fetches; nothing of it runs. manifest.json in the result tells the name of each file.
package main

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	source = "web/assets"
	target = "web/ui/static"
	htmx   = "node_modules/htmx.org/dist/htmx.min.js"
)

func main() {
	names, err := build()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
	fmt.Printf("bundle: %d files in %s\n", len(names), target)
}

// build empties the target and fills it again, and returns the manifest it wrote last:
// a build that was interrupted has no manifest, and counts as none.
func build() (map[string]string, error) {
	if _, err := os.Stat(source); err != nil {
		return nil, fmt.Errorf("%s is not here: run this from the root of the checkout", source)
	}
	if _, err := os.Stat(htmx); errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("node_modules is missing: run `npm ci` first")
	}
	if err := empty(target); err != nil {
		return nil, err
	}
	names, err := bundle()
	if err != nil {
		return nil, err
	}
	if names["htmx.js"], err = copyHashed(htmx); err != nil {
		return nil, err
	}
	manifest, err := json.MarshalIndent(names, "", "  ")
	if err != nil {
		return nil, err
	}
	return names, os.WriteFile(filepath.Join(target, "manifest.json"), append(manifest, '\n'), 0o644)
}

// empty removes an earlier build and leaves .keep, which holds the folder's place in the checkout.
func empty(folder string) error {
	old, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, entry := range old {
		if entry.Name() == ".keep" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return os.MkdirAll(folder, 0o755)
}

// bundle gives the entry points to esbuild. The manifest's keys are the names in the source
// folder, scripts by what they become: app.css, app.js.
func bundle() (map[string]string, error) {
	entries, err := entryPoints()
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       entries,
		Outdir:            target,
		Bundle:            true,
		Write:             true,
		Metafile:          true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		EntryNames:        "[name]-[hash]",
		AssetNames:        "font/[name]-[hash]",
		Loader:            map[string]api.Loader{".woff2": api.LoaderFile},
		Plugins:           []api.Plugin{withoutStyleAttributes},
	})
	if len(result.Errors) > 0 {
		text := api.FormatMessages(result.Errors, api.FormatMessagesOptions{})
		return nil, errors.New(strings.TrimSpace(strings.Join(text, "\n")))
	}
	return namesOf(result.Metafile)
}

// withoutStyleAttributes has Cornerstone style the text beside a mark by the element's own properties: its pages forbid style attributes, which a script that
// somebody smuggled in could use, and the library writes one.
var withoutStyleAttributes = api.Plugin{Name: "no-style-attributes", Setup: func(b api.PluginBuild) {
	b.OnLoad(api.OnLoadOptions{Filter: `tools[\\/]dist[\\/]esm[\\/]drawingSvg[\\/]drawTextBox\.js$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		content, err := os.ReadFile(a.Path)
		const attribute, property = "textElement.setAttribute('style', combinedStyle)", "textElement.style.cssText = combinedStyle"
		if err == nil && !strings.Contains(string(content), attribute) {
			err = errors.New("cornerstone draws text in another way now: see how, for style attributes are forbidden on the pages")
		}
		text := strings.Replace(string(content), attribute, property, 1)
		return api.OnLoadResult{Contents: &text}, err
	})
}}

func entryPoints() ([]string, error) {
	var all []string
	for _, pattern := range []string{"*.css", "*.ts"} {
		found, err := filepath.Glob(filepath.Join(source, pattern))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no style sheet and no script", source)
	}
	return all, nil
}

// namesOf reads from esbuild's own record which output came from which entry point.
func namesOf(metafile string) (map[string]string, error) {
	var record struct {
		Outputs map[string]struct {
			EntryPoint string `json:"entryPoint"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(metafile), &record); err != nil {
		return nil, fmt.Errorf("reading esbuild's record: %w", err)
	}
	names := map[string]string{}
	for output, made := range record.Outputs {
		if made.EntryPoint == "" {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(made.EntryPoint), filepath.Ext(made.EntryPoint)) + filepath.Ext(output)
		names[name] = filepath.Base(output)
	}
	return names, nil
}

// copyHashed copies a file that is already minified, its content's hash in its name.
func copyHashed(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	hash := base32.StdEncoding.EncodeToString(sum[:5])
	base := strings.TrimSuffix(filepath.Base(path), ".min.js")
	name := fmt.Sprintf("%s-%s.js", base, hash)
	return name, os.WriteFile(filepath.Join(target, name), content, 0o644)
}
