package lake

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"phdp/transform"
)

// BenchmarkAppend commits batches of 100,000 chat rows over 30 days; the metric is rows per second.
func BenchmarkAppend(b *testing.B) {
	l, err := Open(b.Context(), Config{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	const rows = 100_000
	chats := make([]transform.ChatRow, rows)
	batch := &transform.Batch{Ranges: make([]transform.Range, 1), Parts: []*transform.Rows{{Chats: chats}}}
	from := int64(0)
	for b.Loop() {
		batch.Ranges[0] = transform.Range{Topic: "phdp.chats", Start: from, End: from + rows}
		for i := range chats {
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i%30) * 24 * time.Hour)
			chats[i] = transform.ChatRow{Speaker: "patient", StaffID: "pharm_lin", MsgType: "text",
				Text: fmt.Sprintf("林药师，血压%d/90，今天要补吗", 120+i%60),
				Origin: transform.Origin{Topic: "phdp.chats", Offset: from + int64(i), EventID: fmt.Sprint("c-", i), EventAt: at,
					PatientKey: fmt.Sprintf("%032x", i%5000), LineCode: "htn", Source: "canonical"}}
		}
		if err := l.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		from += rows
	}
	b.ReportMetric(float64(from)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkAppendHistory commits batches of 50,000 fills over 5,000 days: a file for every ten rows.
func BenchmarkAppendHistory(b *testing.B) {
	l, err := Open(b.Context(), Config{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	const rows, days = 50_000, 5000
	items := make([]transform.PrescriptionRow, rows)
	batch := &transform.Batch{Ranges: make([]transform.Range, 1), Parts: []*transform.Rows{{Prescriptions: items}}}
	from := int64(0)
	for b.Loop() {
		batch.Ranges[0] = transform.Range{Topic: "phdp.prescriptions", Start: from, End: from + rows}
		for i := range items {
			at := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i%days)
			items[i] = transform.PrescriptionRow{EventType: "dispensed", DrugCode: "valsartan", ClaimID: fmt.Sprint("c-", i),
				Origin: transform.Origin{Topic: "phdp.prescriptions", Offset: from + int64(i), EventID: fmt.Sprint("p-", i), EventAt: at}}
		}
		if err := l.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		from += rows
	}
	b.ReportMetric(days*float64(from)/rows/b.Elapsed().Seconds(), "files/s")
}
