package main

import (
	"os"
	"strings"
	"testing"
)

func TestDictionaryIsUpToDate(t *testing.T) {
	var now strings.Builder
	if err := writeDictionary(&now); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile("../../docs/dictionary.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != now.String() {
		t.Error("docs/dictionary.md is old; write it again with: go run ./cmd/phdp dictionary > docs/dictionary.md")
	}
}
