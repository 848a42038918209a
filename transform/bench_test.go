package transform

import (
	"path/filepath"
	"testing"
	"time"

	"phdp/ingest"
)

// BenchmarkAppendChat measures the whole way of a chat message, with real texts when they are there.
func BenchmarkAppendChat(b *testing.B) {
	tr := testTransformer(b)
	events := chatEvents(b)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var rows Rows
		for i := 0; pb.Next(); i++ {
			if i%4096 == 0 {
				rows = Rows{Chats: rows.Chats[:0], Findings: rows.Findings[:0], Measurements: rows.Measurements[:0]}
			}
			tr.Append(&rows, ingest.Position{}, events[i%len(events)])
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func chatEvents(b *testing.B) []*ingest.Event {
	var events []*ingest.Event
	for _, d := range readDialogues(b, filepath.Join("chats", "meddg.ndjson")) {
		for _, u := range d.Utterances {
			events = append(events, &ingest.Event{
				ID: "e", Type: "message", At: time.Unix(1767000000, 0), Source: "canonical",
				Patient: ingest.Identifier{Kind: ingest.KindWeCom, Value: "wmSYN0001"},
				Chat:    &ingest.Chat{Speaker: cmddSpeaker(u.Speaker), MsgType: "text", Text: u.Text},
			})
		}
	}
	return events
}

func BenchmarkFindings(b *testing.B) {
	tr := testTransformer(b)
	events := chatEvents(b)
	sc := new(scratch)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		c := events[i%len(events)].Chat
		tr.find(c.Speaker, c.Text, sc)
	}
}

func BenchmarkNew(b *testing.B) {
	for range b.N {
		testTransformer(b)
	}
}
