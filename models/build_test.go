package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// openDuckDB returns an empty database in memory.
func openDuckDB(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "?threads=2")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// emptyLake returns the lake's tables without files.
func emptyLake(t testing.TB) []Source {
	t.Helper()
	names, err := filepath.Glob("../sql/schema/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no lake tables: %v", err)
	}
	var sources []Source
	for _, name := range names {
		ddl, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, Source{Name: strings.TrimSuffix(filepath.Base(name), ".sql"), DDL: string(ddl)})
	}
	return sources
}

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestBuildOfAnEmptyLake(t *testing.T) {
	db := openDuckDB(t)
	var seen []string
	report, err := Build(context.Background(), db, emptyLake(t), nil, Options{
		AsOf: day("2026-03-31"), BuildID: "b1",
		Progress: func(model string, done, total int, rows int64, _ time.Duration) {
			if seen = append(seen, model); done != len(seen) || done > total {
				t.Errorf("%s is %d of %d, want %d", model, done, total, len(seen))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	models, err := List()
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Models) != len(models) || len(seen) != len(models) {
		t.Errorf("%d models reported, %d in progress, want %d", len(report.Models), len(seen), len(models))
	}
	for query, want := range map[string]int{
		"select count(*) from meta.builds where build_id = 'b1' and as_of = date '2026-03-31'": 1,
		"select count(*) from meta.models":                                               len(models),
		"select count(*) from meta.checks":                                               len(report.Checks),
		"select count(*) from meta.sources":                                              7,
		"select count(*) from dim_patients":                                              0,
		"select count(*) from meta.columns where table_name = 'dim_patients'":            18,
		"select count(*) from duckdb_tables() where schema_name not in ('main', 'meta')": 0,
	} {
		if got := count(t, db, query); got != want {
			t.Errorf("%s: got %d, want %d", query, got, want)
		}
	}
}

// lakeScript writes Parquet files of an invented patient with two keys: a lead that becomes a friend, a repeated
// order, a message. The first file of chats lacks the last two
// columns, as one from an earlier version would. DuckDB counts field ids from 0; none takes the 0 that Iceberg has not.
const lakeScript = `
copy (select 0 as none, 't' as topic, 0 as "partition", 0::bigint as "offset", 'c1' as event_id, timestamptz '2026-03-01 01:00:00+00' as event_at,
    'wx' as patient_key, 'htn' as line_code, 'canonical' as source, 'patient' as speaker, 'lin' as staff_id, '' as room_key, 'text' as msg_type,
    '药太贵了' as "text") to '%[1]s/chats1.parquet' (field_ids 'auto');
copy (select 0 as none, 't' as topic, 0 as "partition", 1::bigint as "offset", 'c2' as event_id, timestamptz '2026-03-01 01:05:00+00' as event_at,
    'wx' as patient_key, 'htn' as line_code, 'canonical' as source, 'staff' as speaker, 'lin' as staff_id, '' as room_key, 'text' as msg_type,
    '您好' as "text", '' as recalls, 0 as redacted_count) to '%[1]s/chats2.parquet' (field_ids 'auto');
copy (select 0 as none, 't' as topic, 0 as "partition", o as "offset", 'p1' as event_id, timestamptz '2026-03-01 02:00:00+00' as event_at,
    'shop' as patient_key, 'htn' as line_code, 'canonical' as source, 0 as ordinal, 'paid' as event_type, 'k1' as claim_id, '' as order_id,
    '' as rx_id, 'youzan' as channel, '' as staff_id, 'S1' as sku, '' as drug_code, '' as drug_name, 2.0::double as quantity, null::double as days_supply,
    null::double as daily_dose, 7200::bigint as amount_fen, 'I10' as icd10_codes from range(2) as r (o)) to '%[1]s/prescriptions.parquet' (field_ids 'auto');
copy (select 0 as none, 't' as topic, 0 as "partition", 0::bigint as "offset", 'p1' as event_id, timestamptz '2026-03-01 02:00:00+00' as event_at,
    'shop' as patient_key, 'htn' as line_code, 'canonical' as source, 0 as ordinal, 'youzan' as kind, 'wx' as linked_key, 'wecom' as linked_kind
    ) to '%[1]s/links.parquet' (field_ids 'auto');`

func smallLake(t *testing.T) []Source {
	t.Helper()
	dir := t.TempDir()
	if _, err := openDuckDB(t).Exec(fmt.Sprintf(lakeScript, dir)); err != nil {
		t.Fatal(err)
	}
	sources := emptyLake(t)
	for i, s := range sources {
		sources[i].Files, _ = filepath.Glob(filepath.Join(dir, s.Name+"*.parquet"))
	}
	return sources
}

var smallRefs = []Ref{
	{Name: "drugs", Rows: [][]any{{"valsartan", "htn_arb", "htn", "缬沙坦", "valsartan"}}},
	{Name: "drug_classes", Rows: [][]any{{"htn_arb", "htn", "沙坦", "blockers", 0.8}}},
	{Name: "products", Rows: [][]any{{"S1", "valsartan", "缬沙坦胶囊", 28.0, 28.0, 366.0, 3600}}},
	{Name: "tags", Rows: [][]any{{"val_first_buy", "首购", "value", "all", "prescription", "one order day", "buy_state", 0, "yes", true, 1, "0123456789ab"}}},
}

// TestBuildOfAFile builds into a file and reads it without the lake.
func TestBuildOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	db := openFile(t, path)
	if _, err := Build(context.Background(), db, smallLake(t), smallRefs, Options{AsOf: day("2026-03-31"), BuildID: "b1"}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	db = openFile(t, path+"?access_mode=READ_ONLY")
	for query, want := range map[string]int{
		"select count(*) from dim_patients where patient_id = 'shop' and key_count = 2 and line_code = 'htn'":           1,
		"select count(*) from fct_fills where days_supply = 56 and supply_end_date = date '2026-04-25'":                 1,
		"select count(*) from fct_timeline where kind = 'chat'":                                                         2,
		"select count(*) from fct_patient_tags where tag_id = 'val_first_buy'":                                          1,
		"select count(*) from dim_tags where patient_count = 1 and coverage_ratio = 1":                                  1,
		"select count(*) from duckdb_views() where not internal":                                                        0,
		"select count(*) from duckdb_tables() where schema_name not in ('main', 'meta')":                                0,
		"select count(*) from duckdb_tables() where table_name like 'stg_%' or table_name like 'int_%'":                 0,
		"select count(*) from fct_fills where local_date(timestamptz '2026-03-01 17:00:00+00') <> date '2026-03-02'":    0,
		"select count(*) from meta.columns where description = '' or data_type = ''":                                    0,
		"select count(*) from meta.columns where column_name = 'pdc_ratio' and unit <> '0 to 1'":                        0,
		"select count(*) from meta.lineage where name = 'fct_adherence' and input = 'int_adherence__windows'":           1,
		"select count(*) from duckdb_columns() where table_name = 'fct_fills' and not internal and comment is not null": 15,
	} {
		if got := count(t, db, query); got != want {
			t.Errorf("%s: got %d, want %d", query, got, want)
		}
	}
}

// TestBuildIsRepeatable builds the same lake twice and compares every mart.
func TestBuildIsRepeatable(t *testing.T) {
	sources := smallLake(t)
	var prints []string
	for range 2 {
		db := openDuckDB(t)
		report, err := Build(context.Background(), db, sources, smallRefs, Options{AsOf: day("2026-03-31"), KeepIntermediate: true})
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, m := range report.Models {
			if m.Extent == IsView {
				continue
			}
			fmt.Fprintln(&text, m.Name, count(t, db, "select coalesce(bit_xor(hash(t)) % 1000000000, 0)::bigint from "+schemaOf(m.Layer)+"."+m.Name+" as t"))
		}
		prints = append(prints, text.String())
	}
	if prints[0] != prints[1] {
		t.Errorf("two builds differ:\n%s\n%s", prints[0], prints[1])
	}
}

func TestBuildStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	built := 0
	_, err := Build(ctx, openDuckDB(t), emptyLake(t), nil, Options{AsOf: day("2026-03-31"),
		Progress: func(string, int, int, int64, time.Duration) {
			if built++; built == 3 {
				cancel()
			}
		}})
	if !errors.Is(err, context.Canceled) || built != 3 {
		t.Errorf("%d models built, then %v; want 3 and context canceled", built, err)
	}
}

func TestBuildErrorsNameTheirTable(t *testing.T) {
	lake := emptyLake(t)
	broken := Source{Name: "chats", DDL: lake[1].DDL, Files: []string{"/nowhere/x.parquet"}}
	for name, tc := range map[string]struct {
		sources []Source
		refs    []Ref
		want    string
	}{
		"missing source":    {lake[:1], nil, "build stg_chats__findings"},
		"missing file":      {[]Source{broken}, nil, "open lake table chats"},
		"unknown reference": {lake, []Ref{{Name: "weather"}}, "fill reference table weather: no create statement"},
		"ragged reference":  {lake, []Ref{{Name: "settings", Rows: [][]any{{day("2026-03-31"), "x"}, {1}}}}, "fill reference table settings: a row has 1 values"},
		"repeated line":     {lake, []Ref{{Name: "lines", Rows: [][]any{{"htn", "", "", ""}, {"htn", "", "", ""}}}}, "build dim_lines: grain line_code repeated in 1 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Build(context.Background(), openDuckDB(t), tc.sources, tc.refs, Options{AsOf: day("2026-03-31")})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func openFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func count(t *testing.T, db *sql.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
