package ingest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// testData is the folder of the real dialogues and the Synthea export, which are not in the repository.
func testData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PHDP_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no test data: set PHDP_TESTDATA to a folder with chats/ and prescriptions/")
	}
	return dir
}

// Every record is accounted for: it gives events or a reject.
func TestRealDialogues(t *testing.T) {
	dir := filepath.Join(testData(t), "chats")
	for _, c := range []struct {
		file                string
		dialogues, messages int // counted with wc and grep on the file
	}{
		{"dialmed.ndjson", 2391, 26099},
		{"meddg.ndjson", 4347, 45351},
		{"cmdd_dev.ndjson", 413, 16935},
		{"cmdd_train.ndjson", 1241, 52952},
	} {
		t.Run(c.file, func(t *testing.T) {
			file, err := OpenNDJSON(filepath.Join(dir, c.file))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("no " + c.file)
			}
			if err != nil {
				t.Fatal(err)
			}
			records, decoded, messages := 0, 0, 0
			ids := map[string]bool{}
			for rec, err := range file.Records() {
				if err != nil {
					t.Fatal(err)
				}
				records++
				events, err := all(DecodeDialogue, rec)
				if err != nil {
					t.Errorf("record %d: %v", rec.Offset, err)
					continue
				}
				decoded++
				messages += len(events)
				for _, e := range events {
					ids[e.ID] = true
				}
			}
			if records != c.dialogues || decoded != records || messages != c.messages || len(ids) != messages {
				t.Errorf("%d records, %d decoded, %d messages, %d ids", records, decoded, messages, len(ids))
			}
		})
	}
}

func TestRealSynthea(t *testing.T) {
	export, err := OpenSynthea(filepath.Join(testData(t), "prescriptions", "synthea27"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no synthea27")
	}
	if err != nil {
		t.Fatal(err)
	}
	records, empty := 0, 0
	events := map[string]int{}
	claims := map[string]bool{}
	for rec, err := range export.Records() {
		if err != nil {
			t.Fatal(err)
		}
		records++
		made, err := all(DecodeSynthea, rec)
		if err != nil {
			t.Errorf("record %d: %v", rec.Offset, err)
		} else if len(made) == 0 {
			empty++
		}
		for _, e := range made {
			events[e.Type]++
			claims[e.ID] = true
			if e.At.After(rec.Time) {
				t.Errorf("an event after the newest date of the export: %v", e.At)
			}
		}
	}
	if records != 27+663 || empty != 0 || events["profile"] != 27 || events["died"] != 2 {
		t.Errorf("%d records, %d empty, events %v", records, empty, events)
	}
	// The file promises 88,806 dispenses, of which some would be after its end or after a death.
	if fills := events["dispensed"]; fills < 80_000 || fills > 88_806 || len(claims) != fills+29 {
		t.Errorf("%d fills, %d ids", fills, len(claims))
	}
}
