package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"phdp/transform/lake"
)

// proof says what an erasure did and what a look at every live file found afterwards. It has no identifier and
// no key in it, only a fingerprint that the holder of the data key can make again from them.
type proof struct {
	ID                string             `json:"id"`
	Fingerprint       string             `json:"fingerprint"`
	Keys              int                `json:"keys"`
	Reason            string             `json:"reason"`
	Actor             string             `json:"actor"`
	Version           string             `json:"version"`
	ErasedAt          time.Time          `json:"erased_at"`
	ProvedAt          time.Time          `json:"proved_at"`
	Before            []tableCount       `json:"rows_before"`
	After             []tableCount       `json:"rows_after"`
	FilesBefore       int                `json:"live_files_before"`
	FilesAfter        int                `json:"live_files_after"`
	Lake              []lake.ErasedTable `json:"lake"`
	VaultBefore       int64              `json:"vault_rows_before"`
	VaultAfter        int64              `json:"vault_rows_after"`
	DataKeysDestroyed int64              `json:"data_keys_destroyed"`
	LettersLooked     int                `json:"dead_letters_looked_into"`
	LettersRemoved    int64              `json:"dead_letters_removed"`
	ExportsLooked     int                `json:"exports_looked_into"`
	ExportsRemoved    int                `json:"exports_removed"`
	WarehousesRemoved int                `json:"warehouses_removed"`
	WarehousesLooked  int                `json:"warehouses_looked_into"`
	WarehouseTables   int                `json:"warehouse_tables_looked_into"`
	WarehouseRows     int64              `json:"warehouse_rows_after"`
	OthersLooked      int                `json:"other_files_looked_into"`
	AuditRows         int                `json:"audit_rows_kept"`
	Seconds           []stepSeconds      `json:"seconds"`
}

type stepSeconds struct {
	Step    string  `json:"step"`
	Seconds float64 `json:"seconds"`
}

// write puts the proof into path.json and path.txt, the text also on standard output.
func (p *proof) write(path string) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write proof: %w", err)
	}
	for name, content := range map[string]string{path + ".txt": p.text(), path + ".json": string(text) + "\n"} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			return fmt.Errorf("write proof: %w", err)
		}
	}
	fmt.Printf("%s\nproof: %s.json\n", p.text(), path)
	return nil
}

func (p *proof) text() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("erasure %s by %s: %s", p.ID, p.Actor, p.Reason)
	say("fingerprint of the person's %d keys: %s", p.Keys, p.Fingerprint)
	say("events before %s; proved at %s by version %s", p.ErasedAt.Format(time.RFC3339), p.ProvedAt.Format(time.RFC3339), p.Version)
	say("")
	say("%-14s %12s %12s %12s %12s", "table", "rows before", "theirs", "rows after", "theirs")
	after := map[string]tableCount{}
	for _, c := range p.After {
		after[c.Table] = c
	}
	for _, c := range p.Before {
		say("%-14s %12d %12d %12d %12d", c.Table, c.Rows, c.Person, after[c.Table].Rows, after[c.Table].Person)
	}
	say("")
	for _, t := range p.Lake {
		say("%-14s %d of %d files rewritten, %d rows removed, %d snapshots forgotten", t.Table, t.Rewritten, t.Looked, t.Removed, t.Forgotten)
	}
	say("live files: %d before, %d after, all of which were queried", p.FilesBefore, p.FilesAfter)
	say("vault: %d rows before, %d data keys destroyed, %d rows left", p.VaultBefore, p.DataKeysDestroyed, p.VaultAfter)
	say("dead letters: %d looked into, %d removed", p.LettersLooked, p.LettersRemoved)
	say("exports: %d looked into, %d removed", p.ExportsLooked, p.ExportsRemoved)
	say("warehouses: %d removed; %d left, %d tables looked into, %d rows of the person", p.WarehousesRemoved, p.WarehousesLooked, p.WarehouseTables, p.WarehouseRows)
	say("other files, saved segments among them: %d looked into, none names the person; audit logs keep %d rows with their pseudonyms", p.OthersLooked, p.AuditRows)
	say("not reached: Kafka's topics and the sources, backups, lists that were downloaded")
	for _, s := range p.Seconds {
		say("%-14s %8.2f s", s.Step, s.Seconds)
	}
	return b.String()
}
