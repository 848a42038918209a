package models

import (
	"context"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/duckdb/duckdb-go/v2"
)

// TestHeadersOfAllFiles holds every file to the house style: a description that is a sentence, documented
// columns in marts, declared tags that stand in the SQL and none that do not.
func TestHeadersOfAllFiles(t *testing.T) {
	models, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		if !strings.HasSuffix(m.Description, ".") {
			t.Errorf("%s: the description is no sentence", m.File)
		}
		if m.Layer == Marts && len(m.Columns) == 0 {
			t.Errorf("%s: no column is documented", m.File)
		}
		if n := strings.Count(m.SQL, "\n"); n > 150 {
			t.Errorf("%s: %d lines are two models", m.File, n)
		}
		checkDeclaredTags(t, m)
	}
	tags, err := Tags()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d models, %d tags", len(models), len(tags))
}

// checkDeclaredTags compares the key gives with the words of the statement. Tags that are put together from
// a prefix and a value are found by their prefix.
func checkDeclaredTags(t *testing.T, m Model) {
	t.Helper()
	for _, tag := range m.Tags {
		prefixed := slices.ContainsFunc([]string{"sex_", "stage_", "city_tier_"}, func(p string) bool {
			return strings.HasPrefix(tag, p) && strings.Contains(m.SQL, "'"+p+"' ||")
		})
		if !prefixed && !strings.Contains(m.SQL, "'"+tag+"'") {
			t.Errorf("%s: declares the tag %s and never gives it", m.File, tag)
		}
	}
	given := regexp.MustCompile(`'([a-z0-9_]+)' as tag_id`)
	for _, match := range given.FindAllStringSubmatch(m.SQL, -1) {
		if len(m.Tags) > 0 && !slices.Contains(m.Tags, match[1]) {
			t.Errorf("%s: gives the tag %s and does not declare it", m.File, match[1])
		}
	}
}

// TestInputsAgainstDuckDB compares the tables that the runner finds in each statement with those that
// DuckDB's own parser finds.
func TestInputsAgainstDuckDB(t *testing.T) {
	x := newBench(t, nil)
	models, err := List()
	if err != nil {
		t.Fatal(err)
	}
	checks, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	statements := map[string]string{}
	for _, m := range models {
		statements[m.File] = m.SQL
	}
	for _, k := range checks {
		statements[k.File] = k.SQL
	}
	for _, file := range sortedKeys(statements) {
		names, err := duckdb.GetTableNames(x.b.conn, statements[file], true)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names { // "ref".tags AS t
			names[i], _, _ = strings.Cut(strings.ReplaceAll(name, `"`, ""), " AS ")
		}
		if got, want := tablesUsed(statements[file]), sortedUnique(names); !slices.Equal(got, want) {
			t.Errorf("%s: found %v, DuckDB says %v", file, got, want)
		}
	}
}

// TestFaultsInFiles breaks a copy of the files and expects an error that names the file.
func TestFaultsInFiles(t *testing.T) {
	cases := []struct{ name, file, old, new, want string }{
		{"undeclared input", "marts/dim_lines.sql", "from ref.lines", "from ref.lines join int_patients__exits on true", "marts/dim_lines.sql: reads int_patients__exits"},
		{"unused input", "marts/dim_lines.sql", "-- inputs: ref.lines", "-- inputs: ref.lines, ref.drugs", "marts/dim_lines.sql: input ref.drugs is declared and not used"},
		{"unknown input", "marts/dim_lines.sql", "ref.lines", "ref.linez", "marts/dim_lines.sql: unknown input ref.linez"},
		{"lake above staging", "intermediate/int_patients__exits.sql", "int_activities__events", "lake.activities", "only staging reads the lake"},
		{"layer above", "intermediate/int_patients__exits.sql", "int_activities__events", "fct_fills", "intermediate reads fct_fills of the layer above"},
		{"circle", "intermediate/int_activities__events.sql", "stg_activities__events", "int_patients__exits", "inputs go in a circle"},
		{"no grain", "marts/dim_lines.sql", "-- grain: line_code\n", "", "marts/dim_lines.sql: no grain"},
		{"two statements", "marts/dim_lines.sql", "from ref.lines", "from ref.lines; drop table x", "more than one statement"},
		{"by another column", "marts/fct_fills.sql", "-- by: patient_id", "-- by: claim_id", "marts/fct_fills.sql: by is claim_id, want patient_id"},
		{"by and compared", "marts/fct_fills.sql", "-- by: patient_id", "-- by: patient_id\n-- compared: patient_id", "made person by person or compared, not both"},
		{"staging by person without first", "staging/stg_chats__messages.sql", "-- first: topic, partition, \"offset\"\n", "", "stg_chats__messages.sql: first belongs to staging by patient_key"},
		{"due of another table", "marts/fct_sop_tasks.sql", "-- due: select h.patient_id from fct_stage_history", "-- due: select h.patient_id from fct_fills", "marts/fct_sop_tasks.sql: due reads fct_fills"},
		{"due without the day", "intermediate/int_patients__exits.sql", "-- by: patient_id", "-- by: patient_id\n-- due: select patient_id from int_activities__events", "due belongs to a model that looks at the day"},
		{"severity", "checks/dim_patients__few_keys.sql", "severity: warn", "severity: loud", `severity is "loud"`},
		{"check without denominator", "checks/dim_patients__few_keys.sql", "-- denominator: dim_patients\n", "", "checks/dim_patients__few_keys.sql: no denominator"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			_, err := load(broken(t, tc.file, tc.old, tc.new))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestFaultsInBuild breaks a copy of the files in ways that only running shows.
func TestFaultsInBuild(t *testing.T) {
	cases := []struct{ name, file, old, new, want string }{
		{"grain", "marts/dim_adherence_settings.sql", "from ref.adherence_settings", "from ref.adherence_settings cross join range(3)", "build dim_adherence_settings: grain shift repeated in 2 rows"},
		{"undocumented column", "marts/dim_lines.sql", "    name_en,", "    name_en, 1 as extra,", "undocumented columns extra"},
		{"documented column", "marts/dim_lines.sql", "    name_en,\n", "", "documents the column name_en"},
		{"compared column", "staging/stg_identity__links.sql", "-- compared: patient_key, linked_key", "-- compared: patient_key, other_key", "by, first and compared name columns of the table"},
		{"check", "checks/dim_patients__few_keys.sql", "-- severity: warn", "-- severity: error", "checks are violated: dim_patients__few_keys (1 of 0 rows)"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			fsys := broken(t, tc.file, tc.old, tc.new)
			if tc.name == "check" {
				fsys = replaced(t, fsys, tc.file, "from dim_patients\nwhere key_count > 20", "from (select 'x' as patient_id)\nwhere not exists (select 1 from dim_patients)")
			}
			err := buildFrom(t, fsys)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// broken copies the files with one change.
func broken(t *testing.T, file, old, new string) fstest.MapFS {
	t.Helper()
	copied := fstest.MapFS{}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		copied[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return replaced(t, copied, file, old, new)
}

func replaced(t *testing.T, fsys fstest.MapFS, file, old, new string) fstest.MapFS {
	t.Helper()
	text := string(fsys[file].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not contain %q", file, old)
	}
	fsys[file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, old, new))}
	return fsys
}

// buildFrom builds an empty lake with other files than the embedded ones.
func buildFrom(t *testing.T, fsys fs.FS) error {
	t.Helper()
	c, err := load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := openDuckDB(t).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	opts := withDefaults(Options{AsOf: day("2026-03-31")})
	b := &builder{conn: conn, catalogue: c, opts: opts}
	defer b.close()
	return b.build(context.Background(), emptyLake(t), nil, &Report{AsOf: opts.AsOf}, opts.Now())
}
