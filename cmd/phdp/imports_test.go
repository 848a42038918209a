package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the dependency diagram: for each package, the packages of ours that it may import.
var mayImport = map[string][]string{
	"ingest":       {},
	"ingest/kafka": {"ingest"},
	// kafkatest starts real brokers for tests.
	"ingest/kafka/kafkatest": {"ingest", "ingest/kafka"},
	"transform":              {"ingest"},
	"transform/lake":         {"ingest", "transform"},
	"transform/vault":        {"ingest", "transform"},
	"pipelines":              {"ingest", "transform", "models", "sql/queries", "sql/schema", "pipelines/lines"},
	"pipelines/lines":        {},
	"pipelines/generate":     {"ingest", "pipelines/lines"},
	"models":                 {},
	"models/adherence":       {}, // the same measures for a file, in Go
	"dashboards":             {"sql/queries", "dashboards/access", "dashboards/columnar", "dashboards/delivery"},
	"dashboards/access":      {},
	"dashboards/delivery":    {}, // what goes out by itself
	"dashboards/columnar":    {}, // rows of a statement as Arrow
	"dashboards/flight":      {"dashboards", "dashboards/columnar"},
	"sql/queries":            {},
	"sql/schema":             {},
	"sql/duckdb":             {},
}

// only says which packages alone may import a library.
var only = map[string]string{
	"github.com/segmentio/kafka-go":    "ingest/kafka",
	"github.com/twmb/franz-go":         "ingest/kafka",
	"github.com/parquet-go/parquet-go": "transform/lake dashboards", // the lake's files, and lists of people for a download
	"github.com/apache/iceberg-go":     "transform/lake",
	"github.com/duckdb/duckdb-go":      "sql/duckdb",
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestImportsFollowTheDiagram(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "phdp/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		checkImports(t, strings.TrimPrefix(p.ImportPath, "phdp/"), p.Imports)
	}
}

func checkImports(t *testing.T, name string, imports []string) {
	if name == "cmd/phdp" {
		return // wires everything
	}
	allowed, known := mayImport[name]
	if !known {
		t.Errorf("package %s is not in the diagram", name)
	}
	for _, path := range imports {
		if ours, ok := strings.CutPrefix(path, "phdp/"); ok && !slices.Contains(allowed, ours) {
			t.Errorf("%s imports %s, which the diagram does not allow", name, ours)
		}
		for library, owner := range only {
			if strings.HasPrefix(path, library) && !slices.Contains(strings.Fields(owner), strings.TrimSuffix(name, "/kafkatest")) {
				t.Errorf("%s imports %s, which only %s may", name, path, owner)
			}
		}
	}
}
