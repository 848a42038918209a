package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestMessageWeightsAreThoseOfTheLexicon trains again what is built in: after a change of the lexicon or the products, run make train.
func TestMessageWeightsAreThoseOfTheLexicon(t *testing.T) {
	out, data := filepath.Join(t.TempDir(), "weights.tsv"), "../../transform/testdata/"
	_, errs, code := phdp(t, "tags", "train-messages", "--in", data+"messages.tsv", "--out", out, "--background", testData(t, "chats/cmdd_train.ndjson"),
		"--mended", data+"gold.tsv", "--mended", data+"gold_held_out.tsv", "--mended", data+"gold_reserve.tsv")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../transform/catalogue/message_weights.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if len(want) > 1_000_000 {
		t.Errorf("%d bytes of weights, at most a million", len(want))
	}
	if !bytes.Equal(got, want) {
		t.Error("other weights come out of the training than are built in; run make train")
	}
}
