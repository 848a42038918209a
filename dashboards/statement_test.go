package dashboards

import "testing"

func TestCheckStatement(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"select", "select 1", ""},
		{"closing semicolon", "select 1;  -- done", ""},
		{"with", "WITH x AS (select 1) SELECT * FROM x", ""},
		{"parenthesis", "(select 1) union (select 2)", ""},
		{"leading comment", "/* why */ -- how\nsummarize fct_fills", ""},
		{"describe", "describe dim_patients", ""},
		{"show", "show tables", ""},
		{"explain", "explain analyze select 1", ""},
		{"semicolon in a string", "select ';drop table x;'", ""},
		{"semicolon in a name", `select 1 as ";"`, ""},
		{"semicolon in dollar quotes", "select $a$;drop$a$", ""},
		{"quote in a string", "select 'it''s; fine'", ""},
		{"escaped quote", `select e'it\'s; fine'`, ""},
		{"hidden behind an escaped quote", `select e'\''; create temp table dim_patients as select 1; select 1 --'`, "sql.error.many"},
		{"nothing", "  -- only a comment", "sql.error.empty"},
		{"two statements", "select 1; select 2", "sql.error.many"},
		{"hidden second statement", "select 1;/* x */drop table y", "sql.error.many"},
		{"insert", "insert into x values (1)", "sql.error.kind"},
		{"attach", "attach 'x.db'", "sql.error.kind"},
		{"copy", "copy dim_patients to 'x.csv'", "sql.error.kind"},
		{"set", "set memory_limit = '1TB'", "sql.error.kind"},
		{"pragma", "pragma database_list", "sql.error.kind"},
		{"explain a copy", "explain analyze copy x to 'y'", "sql.error.kind"},
		{"unclosed string", "select 'abc; drop", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := checkStatement(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
