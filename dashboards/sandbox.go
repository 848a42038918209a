package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// refusal is why a statement of a person is not run: the key of a message, and the word that is at fault.
type refusal struct{ key, word string }

// tableFunctions are the only functions that may stand where a table does: they read nothing.
var tableFunctions = []string{"range", "generate_series", "unnest", "json_each", "json_tree"}

// closedFunctions tell or change the state of the database or the machine, run text as a statement, or make
// values of any size out of nothing.
var closedFunctions = []string{"current_setting", "getenv", "getvariable", "write_log", "sleep_ms", "nextval", "currval", "txid_current",
	"repeat", "lpad", "rpad", "list_resize", "array_resize", "bar", "query", "query_table", "which_secret", "add_parquet_key", "json_execute_serialized_sql",
	"json_serialize_plan", "read_text", "read_blob", "current_database", "current_catalog", "is_histogram_other_bin", "format_type", "pg_get_viewdef", "pg_get_constraintdef",
	"pg_conf_load_time", "enable_logging", "in_search_path", "parse_duckdb_log_message"}

// closedPrefixes begin the names of views and functions over the database itself.
var closedPrefixes = []string{"duckdb_", "pg_", "pragma_", "sqlite_", "read_", "copy_", "st_read", "load_", "install_", "http_", "create_sort_key"}

var plainName = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// inspect asks DuckDB for the tree of a statement and returns why it may not run, or nil. Only a single SELECT
// over the tables of the scope passes, whatever it is nested in; what the tree does not show cannot run either,
// because the connection is read-only and closed to the outside.
func (w *warehouse) inspect(ctx context.Context, text string) (*refusal, error) {
	if word := invisible(text); word != "" {
		return &refusal{"sql.error.invisible", word}, nil
	}
	if key := checkStatement(text); key != "" {
		return &refusal{key: key}, nil
	}
	var tree string
	if err := w.db.QueryRowContext(ctx, "select cast(json_serialize_sql(cast($1 as varchar)) as varchar)", withoutExplain(text)).Scan(&tree); err != nil {
		return nil, fmt.Errorf("read a statement: %w", err)
	}
	var root map[string]any
	if err := json.Unmarshal([]byte(tree), &root); err != nil {
		return nil, fmt.Errorf("read a statement: %w", err)
	}
	if root["error"] == true {
		if root["error_type"] == "parser" { // what cannot be read here is never handed on
			return &refusal{"sql.error.parse", word(root, "error_message")}, nil
		}
		return &refusal{key: "sql.error.kind"}, nil
	}
	if statements, _ := root["statements"].([]any); len(statements) != 1 {
		return &refusal{key: "sql.error.many"}, nil
	}
	tables, err := w.allowed(ctx)
	if err != nil {
		return nil, err
	}
	g := guard{tables: tables}
	g.collect(root)
	g.visit(root)
	return g.refused, nil
}

// invisible returns the code of a character that no reader sees or that turns the direction of the text, so that
// what is run would not be what is read; "" when there is none.
func invisible(text string) string {
	for _, r := range text {
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) || r == unicode.ReplacementChar {
			return fmt.Sprintf("U+%04X", r)
		}
	}
	return ""
}

// withoutExplain is the statement that is explained, which has the same tables.
func withoutExplain(text string) string {
	for _, word := range []string{"explain", "analyze"} {
		words, _ := scanStatement(text)
		if len(words) == 0 || words[0] != word {
			break
		}
		at := 0
		for at < len(text) {
			size, isWord := nextToken(text[at:])
			at += size
			if isWord {
				break
			}
		}
		text = text[at:]
	}
	return text
}

// guard looks at every node of a statement's tree.
type guard struct {
	tables  map[string]bool
	local   map[string]bool // names that the statement gives to its own parts
	refused *refusal
}

func (g *guard) refuse(key, word string) {
	if g.refused == nil {
		g.refused = &refusal{key, word}
	}
}

// collect finds the names of the statement's common table expressions. They must be plain names that no system
// view has: a name that is used outside of its WITH would otherwise reach that view.
func (g *guard) collect(node any) {
	if g.local == nil {
		g.local = map[string]bool{}
	}
	each(node, func(n map[string]any) {
		ctes, ok := n["cte_map"].(map[string]any)
		if !ok {
			return
		}
		entries, _ := ctes["map"].([]any)
		for _, entry := range entries {
			one, _ := entry.(map[string]any)
			name := strings.ToLower(word(one, "key"))
			if !plainName.MatchString(name) || hasPrefix(name, closedPrefixes) || slices.Contains([]string{"base", "rules", "information_schema", "system", "temp"}, name) {
				g.refuse("sql.error.name", name)
			}
			g.local[name] = true
		}
	})
}

func (g *guard) visit(node any) {
	each(node, func(n map[string]any) {
		switch word(n, "type") {
		case "BASE_TABLE":
			g.table(n)
		case "TABLE_FUNCTION":
			function, _ := n["function"].(map[string]any)
			if name := strings.ToLower(word(function, "function_name")); !slices.Contains(tableFunctions, name) {
				g.refuse("sql.error.function", name)
			}
		case "SHOW_REF":
			g.show(n)
		case "VALUE_PARAMETER":
			g.refuse("sql.error.parameter", "")
		}
		if name, ok := n["function_name"].(string); ok {
			g.function(n, strings.ToLower(name))
		}
	})
}

func (g *guard) table(n map[string]any) {
	catalog, schema, name := word(n, "catalog_name"), word(n, "schema_name"), strings.ToLower(word(n, "table_name"))
	full := name
	if schema != "" {
		full = strings.ToLower(schema) + "." + name
	}
	switch {
	case catalog != "":
		g.refuse("sql.error.table", catalog+"."+full)
	case g.tables[full], schema == "" && g.local[name]:
	default:
		g.refuse("sql.error.table", full)
	}
}

// show allows DESCRIBE and SUMMARIZE of what may be read, and SHOW TABLES.
func (g *guard) show(n map[string]any) {
	name := strings.Trim(word(n, "table_name"), `"`)
	if n["query"] == nil && name != "tables" {
		g.refuse("sql.error.show", name)
	}
}

func (g *guard) function(n map[string]any, name string) {
	schema := strings.ToLower(word(n, "schema"))
	if slices.Contains(closedFunctions, name) || hasPrefix(name, closedPrefixes) || word(n, "catalog") != "" || schema != "" && schema != "main" {
		g.refuse("sql.error.function", name)
	}
}

// each calls fn with every object of a tree.
func each(node any, fn func(map[string]any)) {
	switch n := node.(type) {
	case map[string]any:
		fn(n)
		for _, child := range n {
			each(child, fn)
		}
	case []any:
		for _, child := range n {
			each(child, fn)
		}
	}
}

func word(n map[string]any, name string) string {
	text, _ := n[name].(string)
	return text
}

func hasPrefix(name string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// shape is a statement without its values and comments, for the audit log: texts, numbers and words with digits
// in them, which may be somebody's id, become a question mark.
func shape(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		size, isWord := nextToken(text)
		token := text[:size]
		text = text[size:]
		switch {
		case strings.HasPrefix(token, "--"), strings.HasPrefix(token, "/*"), strings.TrimSpace(token) == "":
			token = " "
		case isWord && (token[0] >= '0' && token[0] <= '9' || len(token) > 24 || strings.ContainsAny(token, "0123456789") && len(token) > 7):
			token = "?"
		case !isWord && len(token) > 1 && strings.ContainsAny(token[:1], `'"$eE`):
			token = "?"
		}
		if token != " " || b.Len() > 0 && !strings.HasSuffix(b.String(), " ") {
			b.WriteString(token)
		}
	}
	short := []rune(strings.TrimSpace(b.String()))
	return string(short[:min(len(short), 500)])
}
