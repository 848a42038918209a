package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"gopkg.in/yaml.v3"

	"phdp/ingest/kafka"
	"phdp/pipelines"
)

// served lists the names of everything that ingest shows at /metrics.
func served(t *testing.T) map[string]bool {
	t.Helper()
	stream := &pipelines.Stream{}
	in := newIngestion(&app{dir: t.TempDir(), log: slog.New(slog.DiscardHandler)}, stream, kafka.NewConsumer(kafka.Config{}), time.Hour)
	registry := prometheus.NewRegistry()
	if err := in.register(registry); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	described := make(chan *prometheus.Desc, 100)
	in.Describe(described)
	in.metrics.newest.Describe(described)
	close(described)
	for d := range described {
		names[regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1]] = true
	}
	stream.Committed(pipelines.Commit{})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		names[f.GetName()] = true
	}
	return names
}

var metricName = regexp.MustCompile(`phdp_[a-z_]+[a-z]`)

// Every alert has a page of its name, every page an alert, and every metric that either names is served.
func TestAlertsHaveRunbooksAndMetrics(t *testing.T) {
	dir := filepath.Join("..", "..", "docs", "runbooks")
	text, err := os.ReadFile(filepath.Join(dir, "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	names := served(t)
	names["phdp_warehouse_as_of_timestamp_seconds"] = true // of the dashboards, whose tests look for it
	check := func(where, text string) {
		for _, name := range metricName.FindAllString(text, -1) {
			if !names[strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")] {
				t.Errorf("%s names %s, which is not served", where, name)
			}
		}
	}
	alerts := map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			alerts[r.Alert] = true
			check(r.Alert, r.Expr)
		}
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil || len(alerts) == 0 {
		t.Fatal(len(alerts), err)
	}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		check(filepath.Base(page), string(text))
		if name == "README" {
			continue
		}
		for _, part := range []string{"# " + name, "**What fired.**", "**What to do.**"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %q", page, part)
			}
		}
		if !alerts[name] {
			t.Errorf("%s is about no alert", page)
		}
		delete(alerts, name)
	}
	for name := range alerts {
		t.Errorf("alert %s has no page", name)
	}
}
