package models

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shared are the functions that DuckDB and Trino both have with the same meaning.
var shared = strings.Fields(`abs any_value avg bool_and bool_or cast ceil coalesce concat concat_ws count count_if date_diff date_trunc dense_rank
	exp extract first_value floor grouping lag last_value lead length ln lower max max_by min min_by mod ntile nullif percent_rank pow power rank
	regexp_replace replace round row_number rtrim sign split_part sqrt starts_with substr sum trim trunc try_cast upper var_samp year month day md5 filter over values
	exists in any sets`)

// ours are the macros of macros.sql, which Trino gets as SQL functions.
var ours = strings.Fields("local_date local_time local_hour minute_of_day day_end normal_tail holds at_least at_most ineligible_reason reaches_share exact")

// duckdbOnly are the functions and forms that are not shared, with what Trino says instead.
var duckdbOnly = []struct{ name, form, trino string }{
	{"string_split", `\bstring_split\(`, "split(text, separator)"},
	{"unnest in the select list", `\bunnest\(`, "cross join unnest(…)"},
	{"json_extract_string", `\bjson_extract_string\(`, "json_extract_scalar(json, path)"},
	{"json_keys", `\bjson_keys\(`, "map_keys(cast(json as map(varchar, json)))"},
	{"list", `\blist\(`, "array_agg(…)"},
	{"list_contains", `\blist_contains\(`, "contains(array, value)"},
	{"list_has_any", `\blist_has_any\(`, "arrays_overlap(a, b)"},
	{"list_has_all", `\blist_has_all\(`, "cardinality(array_except(b, a)) = 0"},
	{"len", `\blen\(`, "cardinality(array)"},
	{"string_agg", `\bstring_agg\(`, "listagg(…)"},
	{"median", `\bmedian\(`, "approx_percentile(x, 0.5)"},
	{"quantile_cont", `\bquantile_cont\(`, "approx_percentile(x, p)"},
	{"make_date", `\bmake_date\(`, "date(format('%d-%02d-%02d', …))"},
	{"last_day", `\blast_day\(`, "last_day_of_month(date)"},
	{"strftime", `\bstrftime\(`, "date_format(…)"},
	{"printf", `\bprintf\(`, "format(…)"},
	{"to_days, to_months", `\bto_(days|months)\(`, "interval '1' day * n"},
	{"range as a table", `\brange\(`, "unnest(sequence(…))"},
	{"left", `\bleft\(`, "substr(text, 1, n)"},
	{"regexp_full_match", `\bregexp_full_match\(`, "regexp_like(text, '^…$')"},
	{"regexp_extract", `\bregexp_(extract|matches)\(`, "regexp_extract, regexp_like"},
	{"hash", `\bhash\(`, "xxhash64(to_utf8(…))"},
	{"chr", `\bchr\(`, "chr(n)"},
	{"qualify", `\bqualify\b`, "a block around it and where"},
	{"semi join, anti join", `\b(semi|anti) join\b`, "where exists, where not exists"},
	{"* exclude", `\* exclude \(`, "the columns by name"},
	{"date plus a number, date minus a date", `_(date|day|at|from|to|start|end) [-+] (\(|[0-9]|[a-z_.]*(_date|_days|as_of))`, "date_add, date_diff"},
	{"least and greatest pass over nulls", `\b(least|greatest)\(`, "the same names, but null when one is null; guarded by coalesce or case where a value can be missing"},
	{"/ of whole numbers is a fraction", ` / `, "cast(a as double) / b"},
}

var called = regexp.MustCompile(`\b([a-z_][a-z0-9_]*)\(`)

// TestPortableSQL lists every construct of the models that DuckDB and Trino do not share. A function that is in
// neither list must be put into one of them.
func TestPortableSQL(t *testing.T) {
	models, err := List()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string][]string{}
	for _, m := range models {
		sql := strings.ToLower(stripNoise(m.SQL))
		for _, d := range duckdbOnly {
			if regexp.MustCompile(`(?m)` + d.form).MatchString(sql) {
				used[d.name] = append(used[d.name], m.Name)
			}
		}
		for _, call := range called.FindAllStringSubmatch(sql, -1) {
			if !slices.Contains(shared, call[1]) && !slices.Contains(ours, call[1]) && !isListed(call[0]) {
				t.Errorf("%s: %s is neither shared with Trino nor listed as DuckDB's own", m.File, call[1])
			}
		}
	}
	for _, d := range duckdbOnly {
		if n := len(used[d.name]); n > 0 {
			t.Logf("%-40s %3d models, first %s; Trino: %s", d.name, n, used[d.name][0], d.trino)
		}
	}
}

func isListed(call string) bool {
	for _, d := range duckdbOnly {
		if regexp.MustCompile(d.form).MatchString(call) {
			return true
		}
	}
	return false
}
