package queries

import (
	"strings"
	"testing"
)

func TestEveryQueryIsOneDocumentedStatement(t *testing.T) {
	names := Names()
	if len(names) == 0 {
		t.Fatal("no queries are embedded")
	}
	for _, name := range names {
		text, err := Get(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(text, "-- ") {
			t.Errorf("%s: the first line must say what the rows are", name)
		}
		if page, query, found := strings.Cut(name, "."); !found || page != strings.ToLower(page) || query[:1] != strings.ToUpper(query[:1]) {
			t.Errorf("%s: a query is named <page>.<Query>", name)
		}
	}
}

func TestUnknownQuery(t *testing.T) {
	if _, err := Get("adherence.Nothing"); err == nil {
		t.Error("a query without a file must be an error")
	}
}
