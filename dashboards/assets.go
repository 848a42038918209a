package dashboards

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// The folder holds the built files under dist when `npm run build` ran before `go build`, else only a note.
//
//go:embed static
var staticFiles embed.FS

// asset is one built file in memory, plain and compressed.
type asset struct {
	plain, packed []byte
	kind, version string
}

// assets serves the built files by their path below static/dist.
type assets struct{ files map[string]asset }

func loadAssets() (*assets, error) {
	a := &assets{files: map[string]asset{}}
	err := fs.WalkDir(staticFiles, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasPrefix(name, "static/dist/") {
			return err
		}
		data, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		one, err := newAsset(name, data)
		a.files[strings.TrimPrefix(name, "static/dist/")] = one
		return err
	})
	return a, err
}

func newAsset(name string, data []byte) (asset, error) {
	sum := sha256.Sum256(data)
	one := asset{plain: data, kind: mime.TypeByExtension(path.Ext(name)), version: hex.EncodeToString(sum[:6])}
	if len(data) < 1024 {
		return one, nil
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(data); err != nil {
		return one, fmt.Errorf("compress %s: %w", name, err)
	}
	if err := z.Close(); err != nil {
		return one, fmt.Errorf("compress %s: %w", name, err)
	}
	one.packed = packed.Bytes()
	return one, nil
}

// ready tells whether the web build ran before the program was built.
func (a *assets) ready() bool {
	_, script := a.files["app.js"]
	_, style := a.files["app.css"]
	return script && style
}

// url returns the address of a file with its version, so that browsers may keep it for ever.
func (a *assets) url(name string) string {
	return "/static/" + name + "?v=" + a.files[name].version
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", one.kind)
	h.Set("ETag", `"`+one.version+`"`)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == one.version || strings.HasPrefix(r.URL.Path, "chunks/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == `"`+one.version+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := one.plain
	if one.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = one.packed
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // the reader has gone when this fails
}
