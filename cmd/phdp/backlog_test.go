package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"phdp/ingest/kafka"
	"phdp/pipelines"
)

// A backlog of three years in random order: history goes to months, so that a commit adds a file to a
// hundred partitions and not to a thousand, and compaction leaves a few in each.
func TestBacklogOfYearsOutOfOrder(t *testing.T) {
	const records = 4_000
	broker, producer := embeddedBroker(t)
	random := rand.New(rand.NewPCG(7, 8))
	for i := range records {
		at := time.Now().Add(-time.Duration(random.IntN(3*365*24)) * time.Hour).UTC().Format(time.RFC3339)
		value := fmt.Appendf(nil, `{"v":1,"event_id":"b%d","type":"chat.message","at":%q,"patient":{"kind":"wecom","id":"wm%d"},"speaker":"patient","text":"今天头晕"}`, i, at, i%977)
		if err := producer.Produce(t.Context(), faultTopic, fmt.Appendf(nil, "wm%d", i%977), value, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := producer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ends, err := producer.Ends(t.Context(), faultTopic)
	if err != nil {
		t.Fatal(err)
	}
	c := &campaign{t: t, dir: dir, brokerList: broker.Brokers(), flags: []string{"--flush-bytes", "200KB", "--budget", "2MB"}}
	c.drain(ends)
	before := 0
	for _, n := range filesPerPartition(t, dir) {
		before += n
	}
	if out, errs, code := phdp(t, "lake", "compact", "--all", "--data-dir", dir); code != 0 {
		t.Fatalf("compact: %s%s", out, errs)
	}
	t.Logf("%d files before the compaction, %d partitions", before, len(filesPerPartition(t, dir)))
	files := filesPerPartition(t, dir)
	if len(files) < 60 || len(files) > 110 {
		t.Errorf("%d partitions, want a day for two months and a month for the years before", len(files))
	}
	for partition, n := range files {
		if n > 8 {
			t.Errorf("%s has %d files", partition, n)
		}
	}
	if out, errs, code := phdp(t, "lake", "verify", "--data-dir", dir); code != 0 || rowsIn(t, out, "chats") != records {
		t.Errorf("verify: %s%s", out, errs)
	}
}

// Every so many commits the lake is worth tidying, so that a backlog cannot add files for ten minutes.
func TestCommitsMakeTheLakeWorthTidying(t *testing.T) {
	stream := &pipelines.Stream{}
	in := newIngestion(&app{dir: t.TempDir()}, stream, kafka.NewConsumer(kafka.Config{}), 0)
	for i := range 3 * tidyAfter {
		stream.Counters.Batches.Add(1)
		stream.Committed(pipelines.Commit{})
		if isDue := len(in.due) > 0; isDue != (i+1 >= tidyAfter) {
			t.Fatalf("after %d commits due is %v", i+1, isDue)
		}
	}
}

// filesPerPartition counts the data files of the chats.
func filesPerPartition(t *testing.T, dir string) map[string]int {
	t.Helper()
	out, errs, code := phdp(t, "lake", "files", "chats", "--json", "--data-dir", dir)
	if code != 0 {
		t.Fatalf("files: %s", errs)
	}
	files := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var file struct{ Partition string }
		if err := json.Unmarshal([]byte(line), &file); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		files[file.Partition]++
	}
	return files
}
