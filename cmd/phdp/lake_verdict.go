package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"phdp/transform/lake"
)

const faultsShown = 10

// verdict prints what became of the records and fails with the first faults.
func (v *verification) verdict() error {
	next := map[string]offsetSpan{}
	for _, s := range v.spans {
		next[name(s.Partition)] = s
	}
	spread := lake.Spread(v.tables)
	slices.SortFunc(v.accounts, func(a, b account) int { return comparePartitions(a.Partition, b.Partition) })
	fmt.Fprintf(v.out, "\n%-72s %10s %10s %10s %8s %8s\n", "topic/partition or file", "first", "next", "records", "missing", "twice")
	var without []string
	records, uncounted := int64(0), 0
	for _, a := range v.accounts {
		s, ok := next[name(a.Partition)]
		if !ok {
			s.first, s.next = spread[a.Partition].Some, spread[a.Partition].Some
		}
		fmt.Fprintf(v.out, "%-72s %10d %10d %10d %8d %8d\n", name(a.Partition), s.first, s.next, a.held, a.missing, a.twice)
		if isReplay := strings.HasPrefix(a.Topic, "replay:"); a.nothing+a.erased > 0 && !isReplay { // its rows have the offsets of their letters
			without = append(without, fmt.Sprintf("%s: %d became nothing, %d were erased", name(a.Partition), a.nothing, a.erased))
		}
		if behind := spread[a.Partition].Some - spread[a.Partition].All; behind > 0 {
			without = append(without, fmt.Sprintf("%s: %d are in some tables and not yet in all: ingest goes on, or will", name(a.Partition), behind))
		}
		if records += s.next - s.first; !spread[a.Partition].IsCounted {
			uncounted++
		}
	}
	if len(without) > 0 {
		fmt.Fprintf(v.out, "\nrecords without a row\n  %s\n", strings.Join(without, "\n  "))
	}
	if uncounted > 0 {
		fmt.Fprintf(v.out, "\n%d partitions were first read by a version that did not count rows: of those, rows that a table lost show only\nwhen the record has no other row, records that became nothing show as missing, and what lies before the\nlowest offset is not looked at\n", uncounted)
	}
	if len(v.faults) == 0 {
		fmt.Fprintf(v.out, "\nnothing is wrong: %d records are accounted for, no row is there twice\n", records)
		return nil
	}
	shown := v.faults[:min(len(v.faults), faultsShown)]
	more := ""
	if len(v.faults) > faultsShown {
		more = fmt.Sprintf("\n      and %d more", len(v.faults)-faultsShown)
	}
	return errors.New("the lake is not whole:\n      " + strings.Join(shown, "\n      ") + more)
}
