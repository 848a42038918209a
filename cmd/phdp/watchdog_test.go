package main

import (
	"strings"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/ingest/kafka"
)

func TestWatchdogSeesAStalledPartition(t *testing.T) {
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	steps := []struct {
		name          string
		after         time.Duration
		position, end int64
		paused        bool
		stalled, news bool
	}{
		{"first seen", 0, 10, 100, false, false, false},
		{"stands, not for long", 4 * time.Minute, 10, 100, false, false, false},
		{"stands", 5 * time.Minute, 10, 100, false, true, true},
		{"stands on", 6 * time.Minute, 10, 200, false, true, false},
		{"moves", 7 * time.Minute, 11, 200, false, false, false},
		{"at the end, for long", 30 * time.Minute, 200, 200, false, false, false},
		{"behind, paused", 60 * time.Minute, 200, 300, true, false, false},
		{"still paused", 90 * time.Minute, 200, 300, true, false, false},
		{"released", 91 * time.Minute, 200, 300, false, false, false},
		{"stands after the pause", 96 * time.Minute, 200, 300, false, true, true},
	}
	d := newWatchdog(0)
	for _, s := range steps {
		p := kafka.PartitionStatus{Partition: ingest.Partition{Topic: "phdp.chats", ID: 3}, Position: s.position, HighWatermark: s.end}
		news := d.look([]kafka.PartitionStatus{p}, s.paused, start.Add(s.after))
		if err := d.stalled(); (err != nil) != s.stalled || (len(news) > 0) != s.news {
			t.Errorf("%s: %v, news %q; want stalled %v, news %v", s.name, err, news, s.stalled, s.news)
		}
	}
	d.look(nil, false, start.Add(200*time.Minute))
	if err := d.stalled(); err != nil {
		t.Errorf("a partition of another member is stalled: %v", err)
	}
}

func TestWatchdogSeesASilentTopic(t *testing.T) {
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	chats := []kafka.PartitionStatus{{Partition: ingest.Partition{Topic: "phdp.chats"}, Position: 5, HighWatermark: 5}}
	d := newWatchdog(time.Hour)
	look := func(after time.Duration, wantNews, wantSilent bool) {
		t.Helper()
		news := d.look(chats, false, start.Add(after))
		if silent := d.silent(); (len(news) > 0) != wantNews || (len(silent) > 0) != wantSilent || wantSilent && !strings.Contains(silent[0], "phdp.chats is silent") {
			t.Errorf("after %v: news %q, silent %q", after, news, silent)
		}
	}
	look(0, false, false)
	look(59*time.Minute, false, false)
	look(60*time.Minute, true, true)
	look(61*time.Minute, false, true)
	d.committed(map[string]time.Time{"phdp.chats": start.Add(62 * time.Minute)})
	look(63*time.Minute, false, false)
	look(122*time.Minute, true, true)
	d.look(nil, false, start.Add(123*time.Minute)) // the partition goes to another member
	if s := d.silent(); len(s) > 0 {
		t.Errorf("silent %q, want nothing of topics that others read", s)
	}
}
