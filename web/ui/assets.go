package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

// built holds what web/bundle made; before the first build only .keep.
//
//go:embed all:static
var built embed.FS

// AssetPath is where a server mounts Assets.
const AssetPath = "/assets/"

// Assets are the style sheets, scripts and fonts of the pages. Their names carry a hash of their
// content, so browsers keep them for ever.
type Assets struct {
	names map[string]string
	files map[string]asset
}

type asset struct {
	content   []byte
	packed    func() []byte // gzip, made when first asked for; nil, or gives nil, where it does not pay
	kind, tag string
}

// packedFor is the gzip form for a browser that reads it.
func (a asset) packedFor(r *http.Request) []byte {
	if a.packed == nil || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return nil
	}
	return a.packed()
}

// Embedded returns the assets that were built into this binary. When none were built, every URL is
// empty and pages say so in a banner.
func Embedded() (*Assets, error) {
	folder, err := fs.Sub(built, "static")
	if err != nil {
		return nil, err
	}
	return NewAssets(folder)
}

// NewAssets reads manifest.json, a map of plain to hashed names, and every file of the folder.
// A folder without a manifest has no assets; that is not an error.
func NewAssets(folder fs.FS) (*Assets, error) {
	a := &Assets{names: map[string]string{}, files: map[string]asset{}}
	manifest, err := fs.ReadFile(folder, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the manifest of page assets: %w", err)
	}
	if err := json.Unmarshal(manifest, &a.names); err != nil {
		return nil, fmt.Errorf("reading the manifest of page assets: %w", err)
	}
	if err := a.load(folder); err != nil {
		return nil, fmt.Errorf("reading page assets: %w", err)
	}
	for name, hashed := range a.names {
		if _, ok := a.files[hashed]; !ok {
			return nil, fmt.Errorf("the manifest of page assets names %s as %s, which is not there", name, hashed)
		}
	}
	return a, nil
}

func (a *Assets) load(folder fs.FS) error {
	return fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == "manifest.json" || path.Base(name) == ".keep" {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		file := asset{content: content, kind: kindOf(name), tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
		if strings.HasPrefix(file.kind, "text/") {
			file.packed = sync.OnceValue(func() []byte { return pack(content) })
		}
		a.files[name] = file
		return nil
	})
}

// kindOf does not ask the operating system's table for the kinds that pages depend on: on a
// badly set up server it answers text/plain for scripts, which browsers then refuse.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	case ".wasm":
		return "application/wasm"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func pack(content []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // errs only for an unknown level
	_, _ = w.Write(content)                                 // a bytes.Buffer takes everything
	_ = w.Close()
	if out.Len() > len(content)*9/10 {
		return nil
	}
	return out.Bytes()
}

// Built says whether there is anything to serve.
func (a *Assets) Built() bool { return a != nil && len(a.names) > 0 }

// URL returns the address of an asset by its plain name, such as "app.css", or "" if there is none.
func (a *Assets) URL(name string) string {
	if a == nil || a.names[name] == "" {
		return ""
	}
	return AssetPath + a.names[name]
}

// ServeHTTP serves assets by their hashed name below AssetPath.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[strings.TrimPrefix(r.URL.Path, AssetPath)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	header := w.Header()
	header.Set("Content-Type", file.kind)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("ETag", file.tag)
	header.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), file.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := file.content
	if packed := file.packedFor(r); packed != nil {
		header.Set("Content-Encoding", "gzip")
		body = packed
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader has left; there is nobody to tell
	}
}
