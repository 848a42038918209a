// Package lines holds the disease lines as data: drug classes, drugs with the names that people write for
// them, shop articles, service stages and the acquisition funnel, one YAML file per line. Load reads such
// files strictly (an unknown field is an error) and checks them; an error names the file and the line, so
// that a pharmacist can put it right. Nothing here knows of patients.
package lines

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"gopkg.in/yaml.v3"
)

//go:embed *.yaml
var files embed.FS

// Default returns the four lines that PHDP ships: bc, dm, htn, onfh.
func Default() ([]Line, error) { return Load(files) }

// Load reads every *.yaml file at the root of fsys, in order of their names, and returns the checked
// lines. All faults are reported together, each as "file:line: what is wrong".
func Load(fsys fs.FS) ([]Line, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list disease lines: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("list disease lines: no *.yaml file")
	}
	slices.Sort(names)
	c := newChecker()
	lines := make([]Line, 0, len(names))
	for _, name := range names {
		line, root, err := read(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read disease line: %w", err)
		}
		c.check(path.Base(name), root, line)
		lines = append(lines, line)
	}
	if err := errors.Join(c.faults...); err != nil {
		return nil, fmt.Errorf("check disease lines: %w", err)
	}
	return lines, nil
}

// read decodes one file twice: strictly into a Line, and as a tree that knows the line numbers.
func read(fsys fs.FS, name string) (Line, *yaml.Node, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Line{}, nil, err
	}
	var line Line
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&line); err != nil {
		return Line{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Line{}, nil, fmt.Errorf("%s: more than one document", name)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return Line{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	return line, &root, nil
}
