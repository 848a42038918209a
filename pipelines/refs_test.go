package pipelines

import (
	"testing"

	"phdp/transform"
)

// Every tag of the catalogue has a rule: on texts, as data or in SQL.
func TestEveryTagIsExecutable(t *testing.T) {
	catalogue, err := transform.DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	refs, err := tagRefs(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	const isExecutable = 9 // column of ref.tags
	executable := 0
	for _, row := range refs[0].Rows {
		if row[isExecutable] != true {
			t.Errorf("%v has no rule", row[0])
			continue
		}
		executable++
	}
	if executable != 249 {
		t.Errorf("%d tags have a rule, want 249", executable)
	}
}
