package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every statement here tries to leave the tables of the reader: to files, the network, settings, other databases,
// the catalogue, or to write. Each must be refused before it runs, with a message that says what is wrong.
var escapes = []struct{ name, statement, says string }{
	{"copy to", "copy dim_patients to '/tmp/out.csv'", "SELECT"},
	{"copy from", "copy dim_patients from '/etc/passwd'", "SELECT"},
	{"copy in with", "with x as (select 1) copy x to '/tmp/out.csv'", "syntax error"},
	{"attach", "attach '/tmp/other.duckdb' as other", "SELECT"},
	{"attach over http", "attach 'https://example.org/x.duckdb' as other", "SELECT"},
	{"detach", "detach base", "SELECT"},
	{"use", "use base", "SELECT"},
	{"install", "install httpfs", "SELECT"},
	{"load", "load httpfs", "SELECT"},
	{"force install from", "force install httpfs from 'https://example.org'", "SELECT"},
	{"read_csv", "select * from read_csv('/etc/passwd')", "read_csv"},
	{"read_csv_auto", "select * from read_csv_auto('/etc/passwd')", "read_csv_auto"},
	{"read_text", "select content from read_text('/etc/passwd')", "read_text"},
	{"read_blob", "select * from read_blob('/etc/shadow')", "read_blob"},
	{"read_parquet", "select * from read_parquet('/tmp/*.parquet')", "read_parquet"},
	{"read_json", "select * from read_json('/tmp/x.json')", "read_json"},
	{"read_ndjson_objects", "select * from read_ndjson_objects('/tmp/x.json')", "read_ndjson_objects"},
	{"glob", "select * from glob('/etc/*')", "glob"},
	{"sniff_csv", "select * from sniff_csv('/etc/passwd')", "sniff_csv"},
	{"parquet_metadata", "select * from parquet_metadata('/tmp/x.parquet')", "parquet_metadata"},
	{"parquet_scan in a subquery", "select (select count(*) from parquet_scan('/tmp/x.parquet'))", "parquet_scan"},
	{"replacement scan", "select * from '/etc/passwd.csv'", "passwd.csv"},
	{"replacement scan, double quotes", `select * from "/etc/passwd.csv"`, "passwd.csv"},
	{"replacement scan over http", "select * from 'https://example.org/x.parquet'", "example.org"},
	{"replacement scan over s3", "from 's3://bucket/x.parquet'", "s3://"},
	{"replacement scan in a comment's shadow", "select * from /* dim_patients */ '/tmp/x.json'", "x.json"},
	{"replacement scan in a union", "select 1 union all select * from 'x.csv'", "x.csv"},
	{"replacement scan in a lateral join", "select * from dim_lines l, lateral (select * from 'x.csv')", "x.csv"},
	{"replacement scan in exists", "select * from dim_lines where exists (from 'x.csv')", "x.csv"},
	{"replacement scan in order by", "select 1 order by (select max(x) from 'x.csv')", "x.csv"},
	{"replacement scan in explain", "explain analyze select * from 'x.csv'", "x.csv"},
	{"replacement scan in describe", "describe select * from 'x.csv'", "x.csv"},
	{"replacement scan in summarize", "summarize 'x.csv'", "x.csv"},
	{"replacement scan through a name of with", `with "/etc/passwd.csv" as (select 1) select * from "/etc/passwd.csv"`, "passwd"},
	{"name of with outside of its part", "select (with duckdb_settings as (select 1) select 1), * from duckdb_settings", "duckdb_settings"},
	{"getenv", "select getenv('HOME')", "getenv"},
	{"getenv, other spelling", "select GetEnv('HOME')", "getenv"},
	{"current_setting", "select current_setting('temp_directory')", "current_setting"},
	{"settings", "select * from duckdb_settings()", "duckdb_settings"},
	{"secrets", "select * from duckdb_secrets()", "duckdb_secrets"},
	{"which_secret", "from which_secret('s3://x', 's3')", "which_secret"},
	{"databases", "select * from duckdb_databases()", "duckdb_databases"},
	{"views of others", "select sql from duckdb_views()", "duckdb_views"},
	{"view over the catalogue", "select * from duckdb_tables", "duckdb_tables"},
	{"sqlite_master", "select * from sqlite_master", "sqlite_master"},
	{"pg_catalog", "select * from pg_catalog.pg_class", "pg_class"},
	{"information_schema", "select * from information_schema.tables", "information_schema"},
	{"pragma", "pragma database_list", "SELECT"},
	{"pragma as a function", "select * from pragma_database_list()", "pragma_database_list"},
	{"pragma storage_info", "from pragma_storage_info('dim_patients')", "pragma_storage_info"},
	{"set", "set enable_external_access = true", "SELECT"},
	{"set variable", "set variable x = 1", "SELECT"},
	{"reset", "reset memory_limit", "SELECT"},
	{"call", "call duckdb_settings()", "SELECT"},
	{"export database", "export database '/tmp/all'", "SELECT"},
	{"import database", "import database '/tmp/all'", "SELECT"},
	{"create table", "create table x as select 1", "SELECT"},
	{"create view", "create or replace view dim_patients as select 1", "SELECT"},
	{"create macro", "create macro f(x) as x", "SELECT"},
	{"create secret", "create secret (type s3, key_id 'x', secret 'y')", "SELECT"},
	{"insert", "insert into dim_lines values (1)", "SELECT"},
	{"update", "update dim_lines set name_zh = ''", "SELECT"},
	{"delete", "delete from dim_patients", "SELECT"},
	{"delete in with", "with x as (delete from dim_patients returning *) select * from x", ""},
	{"truncate", "truncate dim_patients", "SELECT"},
	{"drop", "drop table dim_patients", "SELECT"},
	{"alter", "alter table dim_patients rename to x", "SELECT"},
	{"vacuum", "vacuum", "SELECT"},
	{"checkpoint", "force checkpoint", "SELECT"},
	{"transaction", "begin transaction", "SELECT"},
	{"prepare", "prepare p as select 1", "SELECT"},
	{"execute", "execute p", "SELECT"},
	{"explain copy", "explain copy dim_patients to '/tmp/x.csv'", "SELECT"},
	{"two statements", "select 1; drop table dim_patients", "一条"},
	{"second after a comment", "select 1 -- harmless\n; copy dim_lines to 'x.csv'", "一条"},
	{"second after a text", "select ';'; copy dim_lines to 'x.csv'", "一条"},
	{"second after a dollar text", "select $q$;$q$; load httpfs", "一条"},
	{"second after an escaped text", `select e'\';' ; load httpfs`, "一条"},
	{"second after a nested comment", "select 1 /* /* */ ; load httpfs", "一条"},
	{"query as a function", "select * from query('copy dim_lines to ''x.csv''')", "query"},
	{"query_table", "select * from query_table('duckdb_settings')", "query_table"},
	{"serialized statement", "select * from json_execute_serialized_sql('{}')", "json_execute_serialized_sql"},
	{"zero width space", "select\u200b * from dim_lines", "U+200B"},
	{"text that runs backwards", "select 'a\u202e' from dim_lines", "U+202E"},
	{"soft hyphen in a name", "select * from dim_\u00adlines", "U+00AD"},
	{"zero byte", "select 1\x00; drop table dim_lines", "U+0000"},
	{"full width semicolon", "select 1；drop table dim_lines", ""},
	{"other catalogue", "select * from base.main.dim_patients", "base"},
	{"other catalogue, quoted", `select * from "base"."main"."dim_patients"`, "base"},
	{"other catalogue, any case", "select * from BASE.main.dim_patients", "BASE"},
	{"schema of the rules", "select * from rules.people", "rules.people"},
	{"catalogue of temp", "select * from temp.main.x", "temp"},
	{"system catalogue", "select * from system.main.duckdb_tables", "system"},
	{"function of another catalogue", "select system.main.getenv('HOME')", "getenv"},
	{"show all tables", "show all tables", "SHOW"},
	{"show databases", "show databases", "SHOW"},
	{"show of a setting", "show memory_limit", ""},
	{"describe nothing", "describe", "SHOW"},
	{"huge text", "select repeat('x', 2000000000)", "repeat"},
	{"huge text, padded", "select lpad('x', 2000000000, 'y')", "lpad"},
	{"log", "select write_log('x')", "write_log"},
	{"parameter", "select * from dim_patients where patient_id = $1", "$1"},
	{"question mark", "select * from dim_patients where patient_id = ?", "$1"},
	{"sequence", "select nextval('x')", "nextval"},
	{"test_all_types", "select * from test_all_types()", "test_all_types"},
	{"positional join of files", "select * from dim_lines positional join 'x.csv'", "x.csv"},
	{"pivot", "pivot 'x.csv' on a", "SELECT"},
	{"seq scan of another schema", "select * from seq_scan('base', 'main', 'dim_patients')", "seq_scan"},
	{"arrow scan of memory", "select * from arrow_scan(0, 0, 0)", "arrow_scan"},
}

func TestEscapesAreRefused(t *testing.T) {
	f := newFixture(t, 60)
	if err := os.WriteFile(filepath.Join(t.TempDir(), "x.csv"), []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d escapes", len(escapes))
	limited := newPeople(t, 60).as("limited")
	for _, c := range escapes {
		t.Run(c.name, func(t *testing.T) {
			doc, id := f.run(c.statement)
			problem := text(doc, "#result .notice.bad")
			if problem == "" || !strings.Contains(problem, c.says) {
				html, _ := doc.Html()
				t.Errorf("got %q, want a refusal with %q in\n%.400s", problem, c.says, html)
			}
			if id != "" && c.says != "" {
				t.Error("the statement was run")
			}
			if got := limited.run(c.statement); got == "" || !strings.Contains(got, c.says) {
				t.Errorf("over the views of a role: got %q, want a refusal with %q", got, c.says)
			}
		})
	}
}

// What analysts do every day must still work.
func TestOrdinaryStatementsRun(t *testing.T) {
	f := newFixture(t, 60)
	for _, e := range examples {
		if doc, _ := f.run(e.Text); doc.Find("table.rows tbody tr").Length() == 0 {
			t.Errorf("example %s gives no rows: %s", e.Name, text(doc, ".notice.bad"))
		}
	}
	for _, statement := range []string{
		"with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select * from n",
		"with a as (from dim_patients), b as (from a) select count(*) from b join dim_lines using (line_code)",
		"select unnest([1, 2]) as x", "from range(3)", "show tables", "describe fct_fills", "explain select * from dim_patients",
		"select * from main.dim_lines, meta.builds", "select list_aggregate(tags, 'count') from dim_patients limit 1",
		"select x.tag from (select unnest(tags) as tag from dim_patients) x group by all having count(*) > 0",
		"select line_code, row_number() over (partition by line_code order by patient_id) from dim_patients qualify row_number() over (partition by line_code order by patient_id) = 1",
		"select '中文', '一；二' as \"列\"",
	} {
		if doc, _ := f.run(statement); doc.Find("table.rows tbody tr").Length() == 0 {
			t.Errorf("%s: %s", statement, text(doc, ".notice.bad"))
		}
	}
}

// A statement that would fill the memory or run for ever ends with a message, and the pages go on.
func TestGreedyStatementsEnd(t *testing.T) {
	p := newPeople(t, 60).as("limited")
	got := p.run("select list(a.range * b.range) from range(20000) a, range(20000) b")
	if !strings.Contains(got, "Out of Memory") && !strings.Contains(got, "memory") && !strings.Contains(got, "时间上限") {
		t.Errorf("got %q, want a word about memory", got)
	}
	p.get("/home", http.StatusOK)
}

func TestShapeHasNoValues(t *testing.T) {
	got := shape("select * from dim_patients -- of 4f2a9c\nwhere patient_id = '4f2a9c81' and age > 63 and x = $q$secret$q$ and y = ab12cd34ef and z = \"4f2a9c81\"")
	want := "select * from dim_patients where patient_id = ? and age > ? and x = ? and y = ? and z = ?"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// reader is somebody signed in with a local account.
type reader struct {
	t      testing.TB
	client *http.Client
	base   string
}

func (p reader) get(path string, status int) string {
	p.t.Helper()
	body, _ := p.fetch("GET", path, nil, status)
	return body
}

func (p reader) fetch(method, path string, form url.Values, status int) (string, http.Header) {
	p.t.Helper()
	rq, err := http.NewRequest(method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	rq.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if method == http.MethodPost && strings.HasPrefix(path, "/sql") {
		rq.Header.Set("HX-Request", "true")
	}
	response, err := p.client.Do(rq)
	if err != nil {
		p.t.Fatal(err)
	}
	body := readAll(p.t, response)
	if response.StatusCode != status {
		p.t.Fatalf("%s %s: status %d, want %d", method, path, response.StatusCode, status)
	}
	return body, response.Header
}

// run runs a statement and returns what the page says against it, or "".
func (p reader) run(statement string) string {
	p.t.Helper()
	body, header := p.fetch(http.MethodPost, "/sql/runs", url.Values{"sql": {statement}}, http.StatusOK)
	doc := parse(p.t, body)
	for doc.Find(".running").Length() > 0 {
		doc = parse(p.t, p.get("/sql/runs/"+header.Get("X-PHDP-Run"), http.StatusOK))
	}
	return text(doc, "#result .notice.bad") + text(doc, "#result .notice.warn")
}

// cell is the first cell of the result of a statement.
func (p reader) cell(format string, values ...any) string {
	p.t.Helper()
	body, header := p.fetch(http.MethodPost, "/sql/runs", url.Values{"sql": {fmt.Sprintf(format, values...)}}, http.StatusOK)
	doc := parse(p.t, body)
	for doc.Find(".running").Length() > 0 {
		doc = parse(p.t, p.get("/sql/runs/"+header.Get("X-PHDP-Run"), http.StatusOK))
	}
	return text(doc, "#result tbody td:nth-child(2)") + text(doc, "#result .notice.bad")
}
