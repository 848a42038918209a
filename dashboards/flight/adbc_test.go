package flight

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"phdp/dashboards/access"
)

// adbcPython is the Python that has the ADBC driver; dashboards/flight/fetch makes it.
func adbcPython(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PHDP_ADBC_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", ".cache", "adbc")
	}
	python, err := filepath.Abs(filepath.Join(dir, "venv", "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(python); err != nil {
		t.Skip("there is no ADBC driver: dashboards/flight/fetch gets it from the Python registry")
	}
	return python
}

// The driver that pandas, Polars and R use reads the same numbers under the same rules.
func TestADBCClient(t *testing.T) {
	python := adbcPython(t)
	f := newFixture(t)
	escapes := []string{"copy dim_patients to '/tmp/out.csv'", "select * from read_csv('/etc/passwd')", "select * from '/etc/passwd.csv'", "attach '/tmp/x.duckdb' as x", "install httpfs",
		"select getenv('HOME')", "select * from duckdb_settings()", "set enable_external_access = true", "drop table dim_patients", "select 1; select 2", "select * from base.main.dim_patients", "insert into dim_lines values (1)"}
	sent, err := json.Marshal(escapes)
	if err != nil {
		t.Fatal(err)
	}
	client := exec.CommandContext(t.Context(), python, "testdata/client.py", "grpc://"+f.addr, string(sent))
	client.Env = append(os.Environ(), "PHDP_TOKEN="+f.token("limited", access.ReadSQL, access.ReadPeople))
	client.Stderr = os.Stderr
	out, err := client.Output()
	if err != nil {
		t.Fatalf("the client: %v: %s", err, out)
	}
	var got struct {
		WithPassword, Long int
		Vendor, WrongToken string
		Lines, Tables      map[string]int
		Schemas, Refused   []string
		SchemaOfLines      []string
		Types              []string
		AfterPrepare       []any
	}
	plain := map[string]json.RawMessage{}
	if err := json.Unmarshal(out, &plain); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]any{"with_password": &got.WithPassword, "long": &got.Long, "vendor": &got.Vendor, "wrong_token": &got.WrongToken, "lines": &got.Lines, "tables": &got.Tables,
		"schemas": &got.Schemas, "refused": &got.Refused, "schema_of_lines": &got.SchemaOfLines, "types": &got.Types, "after_prepare": &got.AfterPrepare} {
		if err := json.Unmarshal(plain[name], to); err != nil {
			t.Fatalf("%s: %v in %s", name, err, out)
		}
	}
	if want := f.number("select count(*) from dim_patients where line_code = 'htn'"); fmt.Sprint(got.WithPassword) != want || fmt.Sprint(got.Lines["htn"]) != want || len(got.Lines) != 1 {
		t.Errorf("people %d, lines %v; want %s of htn alone", got.WithPassword, got.Lines, want)
	}
	if got.Long != 100000 || got.Vendor != "PHDP" || fmt.Sprint(got.Schemas) != "[main meta]" || fmt.Sprint(got.AfterPrepare) != "[1 x]" {
		t.Errorf("got %s", out)
	}
	if want := f.number("select count(*) from information_schema.columns where table_name = 'dim_patients'"); fmt.Sprint(got.Tables["dim_patients"]) != want {
		t.Errorf("dim_patients has %d columns, want %s", got.Tables["dim_patients"], want)
	}
	if want := "[string int64 decimal128(38, 0) double date32[day]]"; fmt.Sprint(got.Types) != want {
		t.Errorf("types %v, want %s", got.Types, want)
	}
	if len(got.SchemaOfLines) == 0 || got.SchemaOfLines[0] != "line_code" {
		t.Errorf("columns of dim_lines: %v", got.SchemaOfLines)
	}
	if len(got.Refused) != len(escapes) || got.WrongToken == "let in" {
		t.Errorf("refused %v of %d, a wrong token: %s", got.Refused, len(escapes), got.WrongToken)
	}
}
