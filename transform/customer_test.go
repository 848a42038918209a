package transform

import (
	"os"
	"slices"
	"testing"

	"phdp/ingest"
)

// TestAnotherCataloguesTags reads messages with the catalogue of an invented clinic: other tags, other words, the same
// program.
func TestAnotherCataloguesTags(t *testing.T) {
	c, err := LoadCatalogue(os.DirFS("testdata/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := NewKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := New(Config{Key: key, Catalogue: c})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		text string
		want []string
	}{
		{"信必可这两天忙都没吸", []string{"inhaler_unused"}},
		{"这个咋喷啊", []string{"inhaler_technique"}},
		{"昨晚又憋醒了", []string{"night_waking"}},
		{"夜里没有憋醒", nil},
		{"家里养了一只猫", []string{"pet_at_home"}},
		{"没有养猫", nil},
		{"打喷嚏", nil},
		{"我把药停了", nil}, // a tag of PHDP's own catalogue
	}
	for _, tc := range cases {
		var got []string
		for _, hit := range c.TagHits(ingest.SpeakerPatient, tr.Findings(ingest.SpeakerPatient, tc.text)) {
			got = append(got, hit.Tag)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.text, got, tc.want)
		}
	}
}
