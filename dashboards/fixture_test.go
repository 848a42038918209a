package dashboards

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

//go:embed testdata/warehouse.sql
var warehouseSQL string

// writeWarehouse builds an invented warehouse of so many patients and returns its path.
func writeWarehouse(t testing.TB, patients int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprintf("warehouse-%d.duckdb", patients))
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatalf("open the fixture: %v", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // variables and temporary tables belong to one connection
	if _, err := db.Exec(fmt.Sprintf("set variable patients = %d", patients)); err != nil {
		t.Fatalf("set the number of patients: %v", err)
	}
	for _, statement := range strings.Split(strings.TrimSuffix(warehouseSQL, ";\n"), ";\n") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("build the fixture: %v in\n%s", err, statement)
		}
	}
	return path
}

// openReadOnly opens a warehouse the way the program does: read-only and without access to files.
func openReadOnly(_ context.Context, path string) (*sql.DB, error) {
	return sql.Open("duckdb", path+"?access_mode=read_only&enable_external_access=false&lock_configuration=true")
}

// published returns a Config.Current that always names one path, or none when it is empty.
func published(path string) func() (string, error) {
	return func() (string, error) {
		if path == "" {
			return "", fs.ErrNotExist
		}
		return path, nil
	}
}

func testFixture(t *testing.T) {
	db, err := openReadOnly(t.Context(), writeWarehouse(t, 600))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"from (select line_code, count(*), count(last_covered_date) from dim_patients group by 1)",
		"select period_code, count(*), count(*) filter (is_eligible), avg(pdc_ratio) filter (is_eligible), avg(is_adherent::int) from fct_adherence group by 1 order by 1",
		"select kind, count(*) from fct_timeline group by 1", "select step_no, count(*) from fct_journey group by 1 order by 1"} {
		rows, err := db.Query(q)
		if err != nil {
			t.Fatal(err)
		}
		cols, _ := rows.Columns()
		for rows.Next() {
			v := make([]any, len(cols))
			p := make([]any, len(cols))
			for i := range v {
				p[i] = &v[i]
			}
			rows.Scan(p...)
			t.Log(v...)
		}
		rows.Close()
	}
}
