package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/sql/duckdb"
	"phdp/transform/vault"
)

const (
	erasedID    = "wmSYN0000000000000000000000000gone"
	erasedPhone = "13800000001"
	stayingID   = "wmSYN0000000000000000000000000stay"
)

// smallLake is a lake with a person who will go, a person who stays, and a broken record of each.
func smallLake(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var lines []string
	for i, id := range []string{erasedID, stayingID} {
		for n := range 5 {
			lines = append(lines, fmt.Sprintf(`{"v":1,"event_id":"c-%d-%d","type":"chat.message","at":"2026-03-0%dT09:00:00+08:00","patient":{"kind":"wecom","id":%q},"speaker":"patient","staff_id":"pharm_lin","msg_type":"text","text":"头晕两天了"}`, i, n, n+1, id))
		}
		lines = append(lines,
			fmt.Sprintf(`{"v":1,"event_id":"a-%d","type":"activity.submit_form","at":"2026-03-02T09:00:00+08:00","patient":{"kind":"wecom","id":%q},"links":[{"kind":"phone","id":"1380000000%d"}]}`, i, id, i+1),
			fmt.Sprintf(`{"v":1,"event_id":"b-%d","type":"activity.lead","at":"yesterday","patient":{"kind":"phone","id":"138-0000-000%d"}}`, i, i+1))
	}
	events := filepath.Join(dir, "events.ndjson")
	if err := os.WriteFile(events, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, events)
	return dir
}

func importAll(t *testing.T, dir string, files ...string) {
	t.Helper()
	if _, errs, code := phdp(t, append([]string{"import", "--data-dir", dir, "--no-build", "--format", "canonical"}, files...)...); code != 0 {
		t.Fatal(errs)
	}
}

func testApp(dir string) *app { return &app{dir: dir, log: slog.New(slog.DiscardHandler)} }

// proofOf reads the one proof there is.
func proofOf(t *testing.T, dir string) (p proof) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "erasures", "*.json"))
	if err != nil || len(files) != 1 || strings.Contains(files[0], ".open.") {
		t.Fatalf("proofs %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// checkGone looks for a person in every file under the data folder: nothing but the list of who was erased may
// know their keys, and nothing their identifiers.
func checkGone(t *testing.T, dir string) {
	t.Helper()
	a := testApp(dir)
	key, err := a.loadKey()
	if err != nil {
		t.Fatal(err)
	}
	traces := []string{erasedID, erasedPhone, "138-0000-0001", key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: erasedID})}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == filepath.Join(dir, "events.ndjson") || filepath.Base(path) == "audit.jsonl" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, trace := range traces {
			if strings.Contains(string(text), trace) {
				t.Errorf("%s still knows the person", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.newEraser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	left := 0
	err = a.lettersOf(t.Context(), e.lake, "deadletters.All", lettersFilter{}, -1, -1, func(rec *ingest.Record, _ *ingest.Reject) error {
		if left++; strings.Contains(string(rec.Value), "138-0000-0001") {
			t.Error("a dead letter of the person is left")
		}
		return nil
	})
	if err != nil || left != 1 {
		t.Errorf("%d dead letters are left, want that of the other person (%v)", left, err)
	}
	kept, err := e.vault.Read(t.Context(), vault.Request{Purpose: "service", Actor: "test"}, []string{
		key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: stayingID}), key.Pseudonym(ingest.Identifier{Kind: "phone", Value: erasedPhone})})
	if err != nil || len(kept) != 1 || string(kept[0].Value) != stayingID {
		t.Errorf("the vault has %d of the two, %v", len(kept), err)
	}
}

func TestEraseLeavesNothing(t *testing.T) {
	dir := smallLake(t)
	exports := filepath.Join(dir, "exports")
	if err := os.MkdirAll(exports, 0o755); err != nil {
		t.Fatal(err)
	}
	key, err := testApp(dir).loadKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{"with.csv": erasedID, "without.csv": stayingID} {
		text := "patient_code\n" + key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: ingest.PatientID(id)}) + "\n"
		if err := os.WriteFile(filepath.Join(exports, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, errs, code := phdp(t, "erase", "--data-dir", dir, "--patient", "phone:+86 138 0000 0001", "--reason", "TICKET-1")
	if code != 0 {
		t.Fatal(errs)
	}
	checkGone(t, dir)
	p := proofOf(t, dir)
	rows := map[string]int64{}
	for i, c := range p.Before {
		rows[c.Table] = c.Person
		if gone := c.Rows - p.After[i].Rows; p.After[i].Table != c.Table || c.Table != "deadletters" && gone != c.Person || p.After[i].Person != 0 {
			t.Errorf("before %+v, after %+v", c, p.After[i])
		}
	}
	if rows["chats"] != 5 || rows["activities"] != 1 || rows["links"] != 1 || rows["findings"] == 0 {
		t.Errorf("rows before: %v", rows)
	}
	if p.Keys != 2 || p.DataKeysDestroyed != 2 || p.VaultAfter != 0 || p.LettersRemoved != 1 || p.ExportsRemoved != 1 {
		t.Errorf("proof %+v", p)
	}
	if _, err := os.Stat(filepath.Join(exports, "without.csv")); err != nil {
		t.Error("the list without the person is gone too")
	}
	if strings.Contains(out, erasedPhone) || strings.Contains(out, erasedID) {
		t.Errorf("an identifier was printed:\n%s", out)
	}
	if out, _, code := phdp(t, "lake", "verify", "--data-dir", dir); code != 0 {
		t.Errorf("the lake is not sound:\n%s", out)
	}
}

// The same records under another name are new to the lake: the person of then stays out, a new event comes in.
func TestOldEventsDoNotBringThemBack(t *testing.T) {
	dir := smallLake(t)
	if _, errs, code := phdp(t, "erase", "--data-dir", dir, "--patient", "wecom:"+erasedID); code != 0 {
		t.Fatal(errs)
	}
	old, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again.ndjson")
	if err := os.WriteFile(again, []byte(string(old)[:strings.LastIndex(string(old), `{"v":1,"event_id":"c-1`)]), 0o644); err != nil {
		t.Fatal(err)
	}
	// The broken record of the person is a dead letter again, as nobody can tell whose it is before it is opened.
	text, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	sound := regexp.MustCompile(`(?m)^.*"yesterday".*\n`).ReplaceAll(text, nil)
	if err := os.WriteFile(again, sound, 0o644); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, again)
	checkGone(t, dir)
}

// An erasure that is killed before any of its steps is finished by the next one.
func TestEraseGoesOnAfterAKill(t *testing.T) {
	for step := range 9 {
		t.Run(fmt.Sprint("before step ", step), func(t *testing.T) {
			dir := smallLake(t)
			eraseUntil(t, dir, step)
			out, errs, code := phdp(t, "erase", "--data-dir", dir)
			if code != 0 || !strings.Contains(out, "going on with erasure") {
				t.Fatalf("exit code %d: %s%s", code, out, errs)
			}
			checkGone(t, dir)
			if p := proofOf(t, dir); p.VaultAfter != 0 || p.LettersRemoved != 1 || p.VaultBefore != 4 {
				t.Errorf("proof %+v", p)
			}
		})
	}
}

type killed struct{}

// eraseUntil does an erasure up to a step, where its process dies.
func eraseUntil(t *testing.T, dir string, step int) {
	t.Helper()
	defer func() {
		if r := recover(); r != (killed{}) {
			t.Fatalf("it was not killed: %v", r)
		}
	}()
	a := testApp(dir)
	e, err := a.newEraser(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	unlock, err := lock(a.path("erasures"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	e.build = true
	e.named = []ingest.Identifier{{Kind: "wecom", Value: erasedID}}
	e.killed = func(s int) {
		if s == step {
			panic(killed{})
		}
	}
	keys, err := e.personOf(t.Context(), []string{e.key.Pseudonym(e.named[0])})
	if err != nil {
		t.Fatal(err)
	}
	t.Fatal(e.run(t.Context(), newErasure(e, keys, "test")))
}

func TestEraseWhoAskedForIt(t *testing.T) {
	dir := smallLake(t)
	ask := filepath.Join(t.TempDir(), "ask.ndjson")
	line := fmt.Sprintf(`{"v":1,"event_id":"ask","type":"activity.erasure_request","at":"2026-03-09T09:00:00+08:00","patient":{"kind":"wecom","id":%q}}`+"\n", erasedID)
	if err := os.WriteFile(ask, []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, ask)
	for i, want := range []string{"1 people asked", "0 people asked"} {
		out, errs, code := phdp(t, "erase", "--data-dir", dir, "--requests")
		if code != 0 || !strings.Contains(out, want) {
			t.Fatalf("time %d: exit code %d: %s%s", i+1, code, out, errs)
		}
	}
	checkGone(t, dir)
}

// A running ingest counts who waits, and erases them when it was told to; phdp lake says that they wait.
func TestIngestErasesWhoAskedForIt(t *testing.T) {
	dir := smallLake(t)
	ask := filepath.Join(t.TempDir(), "ask.ndjson")
	line := fmt.Sprintf(`{"v":1,"event_id":"ask","type":"activity.erasure_request","at":"2026-03-09T09:00:00+08:00","patient":{"kind":"wecom","id":%q}}`+"\n", erasedID)
	if err := os.WriteFile(ask, []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, ask)
	if out, errs, code := phdp(t, "lake", "--data-dir", dir); code != 0 || !strings.Contains(out, "1 patient keys wait to be erased, the oldest since 2026-03-09T01:00:00Z") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	a := testApp(dir)
	l, err := a.openLake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	asked := &erasureRequests{}
	if err := asked.count(t.Context(), l); err != nil || asked.waiting.Load() != 1 || asked.oldest.Load() == 0 {
		t.Fatalf("%d wait, %v", asked.waiting.Load(), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watched := make(chan error, 1)
	go func() { watched <- asked.watch(ctx, a, l, time.Millisecond) }()
	for asked.waiting.Load() > 0 && sleep(ctx, 20*time.Millisecond) {
	}
	if asked.waiting.Load() != 0 || asked.oldest.Load() != 0 {
		t.Error("who asked for it waits after a minute")
	}
	cancel()
	if err := <-watched; err != nil {
		t.Error(err)
	}
	checkGone(t, dir)
}

// No warehouse is left in which the person stands, and no list in any format.
func TestEraseReachesBuildsAndLists(t *testing.T) {
	dir := smallLake(t)
	for range 2 { // the published build, and one before
		if _, errs, code := phdp(t, "build", "--full", "--data-dir", dir); code != 0 {
			t.Fatal(errs)
		}
	}
	key, err := testApp(dir).loadKey()
	if err != nil {
		t.Fatal(err)
	}
	gone, stays := key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: erasedID}), key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: stayingID})
	lists := filepath.Join(dir, "access", "exports")
	for who, id := range map[string]string{"gone": gone, "stays": stays} {
		writeLists(t, lists, who, id)
	}
	if _, errs, code := phdp(t, "erase", "--data-dir", dir, "--patient", "wecom:"+erasedID, "--reason", "TICKET-2"); code != 0 {
		t.Fatal(errs)
	}
	p := proofOf(t, dir)
	if p.WarehousesRemoved != 2 || p.WarehousesLooked != 2 || p.WarehouseTables < 10 || p.WarehouseRows != 0 || p.ExportsLooked != 3 || p.ExportsRemoved != 3 {
		t.Errorf("proof %+v", p)
	}
	builds, err := filepath.Glob(filepath.Join(dir, "warehouse", "phdp-*.duckdb"))
	if err != nil || len(builds) != 1 {
		t.Fatalf("%d builds are left, %v", len(builds), err)
	}
	db, err := duckdb.OpenReadOnly(builds[0], duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if state, err := os.Stat(filepath.Join(dir, "warehouse", "state.duckdb")); err != nil || state.Size() == 0 {
		t.Errorf("the state of the next build: %v", err)
	}
	var of, others int
	if err := db.QueryRow("select count(*) filter (where patient_key = ?), count(*) filter (where patient_key = ?) from dim_patient_keys", gone, stays).Scan(&of, &others); err != nil || of != 0 || others != 1 {
		t.Errorf("the new build has %d keys of the person and %d of the other, %v", of, others, err)
	}
	left, err := os.ReadDir(lists)
	if err != nil || len(left) != 3 || !strings.HasPrefix(left[0].Name(), "stays") {
		t.Errorf("lists left: %v, %v", left, err)
	}
}

// writeLists writes a list of one person in the formats that pages export.
func writeLists(t *testing.T, dir, name, id string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".csv", []byte("patient_code\n"+id+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := os.Create(path + ".xlsx")
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(book)
	sheet, err := w.Create("xl/worksheets/sheet1.xml")
	if err == nil {
		_, err = fmt.Fprintf(sheet, "<sheetData><row><c><is><t>%s</t></is></c></row></sheetData>", id)
	}
	if err := errors.Join(err, w.Close(), book.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("copy (select '" + id + "' as patient_code, ['a'] as tags) to '" + path + ".parquet' (format parquet)"); err != nil {
		t.Fatal(err)
	}
}

// Records of theirs that were refused before they were erased stay out also when they can be read later.
func TestReplayDoesNotBringThemBack(t *testing.T) {
	dir := smallLake(t)
	if _, errs, code := phdp(t, "erase", "--data-dir", dir, "--no-build", "--patient", "wecom:"+erasedID); code != 0 {
		t.Fatal(errs)
	}
	archive := filepath.Join(t.TempDir(), "archive.ndjson")
	var lines []string
	for i, id := range []string{erasedID, stayingID} {
		lines = append(lines, fmt.Sprintf(`{"msgid":"m%d_external","action":"send","from":%q,"tolist":["pharm_lin"],"roomid":"","msgtime":1772413200123,"msgtype":"text","text":{"content":"昨天忘了吃药"}}`, i, id))
	}
	if err := os.WriteFile(archive, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, archive) // in the wrong format: all are refused
	if out, errs, code := phdp(t, "deadletters", "replay", "--data-dir", dir, "--format", "wecom"); code != 0 || !strings.Contains(out, "2 dead letters are sound now") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	a := testApp(dir)
	e, err := a.newEraser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	for i, id := range []string{erasedID, stayingID} {
		counts, _, err := e.countRows(t.Context(), e.key.Pseudonyms(ingest.Identifier{Kind: "wecom", Value: ingest.PatientID(id)}), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		rows := int64(0)
		for _, c := range counts {
			rows += c.Person
		}
		if (rows > 0) != (i == 1) {
			t.Errorf("person %d has %d rows after the replay", i, rows)
		}
	}
	if out, _, code := phdp(t, "lake", "verify", "--data-dir", dir); code != 0 {
		t.Errorf("the lake is not sound:\n%s", out)
	}
}

func TestMentions(t *testing.T) {
	ids := []ingest.Identifier{{Kind: "wecom", Value: "wmSYN01"}, {Kind: "phone", Value: "13800000001"}}
	cases := []struct {
		name, text string
		want       bool
	}{
		{"by itself", `{"id":"wmSYN01"}`, true},
		{"in a longer one", `{"id":"wmSYN012"}`, false},
		{"behind a longer one", `xwmSYN01 wmSYN01`, true},
		{"phone with spaces", `"138 0000 0001"`, true},
		{"phone with lines", `"+86-138-0000-0001"`, true},
		{"another phone", `"138 0000 0002"`, false},
	}
	for _, c := range cases {
		if got := mentions(&ingest.Record{Value: []byte(c.text)}, ids); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
