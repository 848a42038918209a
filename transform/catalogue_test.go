package transform

import "testing"

func TestDefaultCatalogue(t *testing.T) {
	c, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	written, expanded := c.Forms()
	t.Logf("%d tags, %d concepts, %d surface forms written, %d expanded, %d lines of tag concepts",
		len(c.Tags()), len(c.Concepts()), written, expanded, len(c.TagConcepts()))
	if len(c.Tags()) != 249 || written < 1200 {
		t.Errorf("%d tags and %d forms", len(c.Tags()), written)
	}
}
