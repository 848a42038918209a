package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFile puts content into a new file of the test.
func writeFile(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(t *testing.T, content []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	packer := gzip.NewWriter(&buffer)
	if _, err := packer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := packer.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// readAll reads a file and returns its topic and the values, which must be at offsets 0, 1, 2, …
func readAll(t *testing.T, path string) (topic string, values []string) {
	t.Helper()
	file, err := OpenNDJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	for rec, err := range file.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Topic != file.Topic() || rec.Partition != 0 || rec.Offset != int64(len(values)) || rec.Time.IsZero() {
			t.Errorf("record %d is at %+v, %v", len(values), rec.Position, rec.Time)
		}
		values = append(values, string(rec.Value))
	}
	return file.Topic(), values
}

func TestNDJSON(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"two lines", "a\nb\n", "a|b"},
		{"no line end at the end", "a\nb", "a|b"},
		{"Windows line ends", "a\r\nb\r\n", "a|b"},
		{"blank lines have no offset", "\na\n \n\r\nb\n\n", "a|b"},
		{"byte order mark", "\xef\xbb\xbfa\nb\n", "a|b"},
		{"empty", "", ""},
		{"a line longer than the buffer", strings.Repeat("x", 1<<20) + "\nb\n", strings.Repeat("x", 1<<20) + "|b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plainTopic, values := readAll(t, writeFile(t, "a.ndjson", []byte(c.content)))
			if got := strings.Join(values, "|"); got != c.want {
				t.Errorf("got %.80q, want %.80q", got, c.want)
			}
			packedTopic, values := readAll(t, writeFile(t, "a.ndjson.gz", packed(t, []byte(c.content))))
			if got := strings.Join(values, "|"); got != c.want {
				t.Errorf("packed: got %.80q, want %.80q", got, c.want)
			}
			if plainTopic != packedTopic {
				t.Error("packing a file makes it another source")
			}
		})
	}
	one, _ := readAll(t, writeFile(t, "a", []byte("a\nb\n")))
	if two, _ := readAll(t, writeFile(t, "a", []byte("a\nc\n"))); one == two {
		t.Error("two files have one topic")
	}
	if !strings.HasPrefix(one, "file:") || len(one) != len("file:")+64 {
		t.Errorf("topic %s", one)
	}
}

// A line above the limit is refused as such, and the next one is read.
func TestNDJSONLongLine(t *testing.T) {
	for _, c := range []struct {
		name   string
		length int
		reason string
	}{
		{"at the limit", MaxValueBytes, ReasonBadJSON},
		{"above", MaxValueBytes + 1, ReasonTooLarge},
		{"far above", 3 * MaxValueBytes, ReasonTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := strings.Repeat("x", c.length) + "\n" + chatJSON + "\n"
			_, values := readAll(t, writeFile(t, "a.ndjson", []byte(content)))
			if len(values) != 2 || len(values[0]) > MaxValueBytes+1 {
				t.Fatalf("%d records, the first of %d bytes", len(values), len(values[0]))
			}
			wantReject(t, DecodeCanonical, &Record{Value: []byte(values[0])}, c.reason, "")
			one(t, DecodeCanonical, &Record{Value: []byte(values[1])})
		})
	}
}

func TestNDJSONFaults(t *testing.T) {
	if _, err := OpenNDJSON(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := OpenNDJSON(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	broken := packed(t, []byte(strings.Repeat("abc\n", 1000)))
	if _, err := OpenNDJSON(writeFile(t, "a.gz", broken[:len(broken)-9])); err == nil {
		t.Error("a broken gzip file was opened")
	}
	path := writeFile(t, "a", []byte("a\nb\n"))
	file, err := OpenNDJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("a\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range file.Records() {
		last = err
	}
	if last == nil {
		t.Error("the file changed between hash and reading, and nobody said so")
	}
	for range file.Records() {
		break // must not yield after this; range panics when it does
	}
}

func TestReader(t *testing.T) {
	file, err := OpenNDJSON(writeFile(t, "a", []byte("a\nb\nc\nd\n")))
	if err != nil {
		t.Fatal(err)
	}
	reader := NewReader(file.Records(), 1)
	defer reader.Close()
	var got []string
	for _, want := range []int{2, 1} {
		batch, err := reader.Fetch(context.Background(), 2)
		if err != nil || len(batch) != want {
			t.Fatalf("%d records, %v, want %d", len(batch), err, want)
		}
		for _, rec := range batch {
			got = append(got, string(rec.Value))
		}
	}
	if strings.Join(got, "") != "bcd" {
		t.Errorf("got %v", got)
	}
	if _, err := reader.Fetch(context.Background(), 2); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}
