package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"phdp/ingest"
	"phdp/pipelines"
	"phdp/pipelines/lines"
	"phdp/sql/duckdb"
	"phdp/transform"
	"phdp/transform/lake"
)

// app knows where things are and makes the parts that several commands need.
type app struct {
	dir string
	log *slog.Logger

	keyCommand, vaultKeyCommand string // print the keys, when they are in no file

	delivers atomic.Bool // this process carries out the plan of deliveries
}

func (a *app) path(parts ...string) string {
	return filepath.Join(append([]string{a.dir}, parts...)...)
}

func (a *app) openLake(ctx context.Context) (*lake.Lake, error) {
	return lake.Open(ctx, lake.Config{Dir: a.path("lake"), Log: a.log})
}

// transformer makes the key at the first start.
func (a *app) transformer() (*transform.Transformer, error) {
	key, err := a.loadKey()
	if err != nil {
		return nil, err
	}
	catalogue, err := openCatalogue(a.catalogueDir())
	if err != nil {
		return nil, err
	}
	all, err := lines.Default()
	if err != nil {
		return nil, err
	}
	return transform.New(transform.Config{Key: key, Catalogue: catalogue, Products: pipelines.Products(all)})
}

func (a *app) warehouse(l *lake.Lake) (*pipelines.Warehouse, error) {
	catalogue, err := openCatalogue(a.catalogueDir())
	if err != nil {
		return nil, err
	}
	all, err := lines.Default()
	if err != nil {
		return nil, err
	}
	return &pipelines.Warehouse{
		Dir: a.path("warehouse"), Lines: all, Catalogue: catalogue, Log: a.log, Now: time.Now,
		Create: func(path string) (*sql.DB, error) { return duckdb.Open(path, duckdb.Options{}) },
		Lake:   func(ctx context.Context) ([]pipelines.LakeTable, error) { return lakeTables(ctx, l) },
	}, nil
}

// published finds the newest build without opening the lake.
func (a *app) published() (string, error) {
	path, err := (&pipelines.Warehouse{Dir: a.path("warehouse")}).Published()
	if err != nil {
		return "", fmt.Errorf("%w\n      there is no warehouse in %s yet: run 'phdp build', or 'phdp run --demo' to try it out", err, a.dir)
	}
	return path, nil
}

func lakeTables(ctx context.Context, l *lake.Lake) ([]pipelines.LakeTable, error) {
	snapshots, err := l.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	tables := make([]pipelines.LakeTable, 0, len(snapshots))
	for _, s := range snapshots {
		tables = append(tables, pipelines.LakeTable{Name: s.Table, SnapshotID: s.ID, Files: s.Files, Rows: s.Rows, Newest: s.Newest})
	}
	return tables, nil
}

// topics are PHDP's own names; each carries canonical events unless a flag says otherwise.
func topics() []string {
	var all []string
	for _, s := range []ingest.Stream{ingest.Chats, ingest.Prescriptions, ingest.Activities} {
		all = append(all, topicOf(s))
	}
	return all
}

func topicOf(s ingest.Stream) string { return "phdp." + string(s) }

const deadLetterTopic = "phdp.deadletters"
