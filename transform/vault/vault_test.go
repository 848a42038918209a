package vault

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func testKey(t testing.TB, word string) transform.Key {
	t.Helper()
	key, err := transform.NewKey([]byte(strings.Repeat(word, 32)[:32]))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testMaster(t testing.TB, words ...string) Master {
	t.Helper()
	var secrets transform.Secrets
	for _, w := range words {
		secrets = append(secrets, []byte(strings.Repeat(w, 32)[:32]))
	}
	m, err := NewMaster(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func openTest(t testing.TB, dir string, change func(*Config)) *Vault {
	t.Helper()
	cfg := Config{Dir: filepath.Join(dir, "vault"), KeyDir: filepath.Join(dir, "keys"), Master: testMaster(t, "m"), MadeBy: "k1", Now: func() time.Time { return noon }}
	if change != nil {
		change(&cfg)
	}
	v, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

// event is a batch with one activity of a person and a link to a phone.
func event(key transform.Key, who, phone string, at time.Time) *transform.Batch {
	person := ingest.Identifier{Kind: "wecom", Value: ingest.PatientID(who)}
	rows := &transform.Rows{}
	o := transform.Origin{Topic: "t", EventID: who, EventAt: at, PatientKey: key.Pseudonym(person)}
	rows.Activities = append(rows.Activities, transform.ActivityRow{Origin: o})
	rows.Identifiers = append(rows.Identifiers, transform.Identified{Key: o.PatientKey, Identifier: person})
	if phone != "" {
		id := ingest.Identifier{Kind: "phone", Value: ingest.PatientID(phone)}
		rows.Links = append(rows.Links, transform.LinkRow{Origin: o, LinkedKey: key.Pseudonym(id)})
		rows.Identifiers = append(rows.Identifiers, transform.Identified{Key: key.Pseudonym(id), Identifier: id})
	}
	return &transform.Batch{Parts: []*transform.Rows{rows}}
}

func appendTest(t testing.TB, v *Vault, b *transform.Batch) (rows int) {
	t.Helper()
	err := v.Append(context.Background(), b, func(_ context.Context, b *transform.Batch) error { rows = b.Len(); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

var asked = Request{Purpose: "service", Actor: "pharm_lin", Reason: "call"}

func read(t *testing.T, v *Vault, keys ...string) []string {
	t.Helper()
	found, err := v.Read(context.Background(), asked, keys)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, id := range found {
		out = append(out, id.Kind+":"+string(id.Value))
	}
	return out
}

func wecom(key transform.Key, who string) string {
	return key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: ingest.PatientID(who)})
}

func TestReadWhatWasAppended(t *testing.T) {
	dir, key := t.TempDir(), testKey(t, "a")
	v := openTest(t, dir, nil)
	if n := appendTest(t, v, event(key, "wmSYN01", " +86 138-0000-0001", noon)); n != 2 {
		t.Errorf("%d rows reached the lake, want 2", n)
	}
	phone := key.Pseudonym(ingest.Identifier{Kind: "phone", Value: "13800000001"})
	want := "[wecom:wmSYN01 phone:13800000001]"
	if got := fmt.Sprint(read(t, v, wecom(key, "wmSYN01"), phone, wecom(key, "nobody"))); got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	again := openTest(t, dir, func(c *Config) { c.MadeBy = "k2" }) // what is stored is not stored again
	appendTest(t, again, event(key, "wmSYN01", "13800000001", noon))
	if got := fmt.Sprint(read(t, again, wecom(key, "wmSYN01"), phone)); got != want {
		t.Errorf("after a second start: read %s, want %s", got, want)
	}
	if s, err := again.Status(context.Background()); err != nil || s.Identifiers != 2 || s.DataKeys != 2 || s.MadeBy["k1"] != 2 {
		t.Errorf("status %+v, %v", s, err)
	}
}

func TestNothingCanBeReadInTheFiles(t *testing.T) {
	dir, key := t.TempDir(), testKey(t, "a")
	v := openTest(t, dir, nil)
	appendTest(t, v, event(key, "wmSYN01", "13800000001", noon))
	_ = read(t, v, wecom(key, "wmSYN01"))
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("wmSYN01")) || bytes.Contains(text, []byte("13800000001")) {
			t.Errorf("%s holds an identifier", filepath.Base(path))
		}
		if info, _ := d.Info(); info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others", filepath.Base(path))
		}
		return err
	})
	if err != nil || seen < 3 {
		t.Errorf("%d files, %v", seen, err)
	}
}

func TestReadingLeavesALineFirst(t *testing.T) {
	dir, key := t.TempDir(), testKey(t, "a")
	v := openTest(t, dir, nil)
	appendTest(t, v, event(key, "wmSYN01", "", noon))
	for name, r := range map[string]Request{"no purpose": {Actor: "x"}, "unknown purpose": {Purpose: "curiosity", Actor: "x"}, "nobody": {Purpose: "service"}} {
		if got, err := v.Read(context.Background(), r, []string{wecom(key, "wmSYN01")}); err == nil || got != nil {
			t.Errorf("%s: was let in", name)
		}
	}
	read(t, v, wecom(key, "wmSYN01"))
	log, err := os.ReadFile(filepath.Join(dir, "vault", "audit.jsonl"))
	want := `{"at":"2026-06-01T12:00:00Z","purpose":"service","actor":"pharm_lin","reason":"call","patient_keys":["` + wecom(key, "wmSYN01") + `"]}` + "\n"
	if err != nil || string(log) != want {
		t.Errorf("audit %q, want %q (%v)", log, want, err)
	}
	if err := os.Remove(filepath.Join(dir, "vault", "audit.jsonl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "vault", "audit.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := v.Read(context.Background(), asked, []string{wecom(key, "wmSYN01")}); err == nil || got != nil {
		t.Error("identifiers were read although the line could not be written")
	}
}

// The sealed identifiers of a backup cannot be read once the data key is gone.
func TestDestroyReachesBackups(t *testing.T) {
	ctx := context.Background()
	dir, key := t.TempDir(), testKey(t, "a")
	v := openTest(t, dir, nil)
	appendTest(t, v, event(key, "wmSYN01", "", noon))
	appendTest(t, v, event(key, "wmSYN02", "", noon))
	gone, stays := wecom(key, "wmSYN01"), wecom(key, "wmSYN02")
	if _, err := v.db.Exec("pragma main.wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(filepath.Join(dir, "vault", "identifiers.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Forget(ctx, []string{gone}, noon); err != nil {
		t.Fatal(err)
	}
	if n, err := v.Destroy(ctx, []string{gone}); n != 1 || err != nil {
		t.Errorf("destroyed %d, %v", n, err)
	}
	if n, err := v.Left(ctx, []string{gone}); n != 0 || err != nil {
		t.Errorf("%d left, %v", n, err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "vault", "identifiers.db"), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	restored := openTest(t, dir, nil)
	if s, _ := restored.Status(ctx); s.Identifiers != 2 {
		t.Fatalf("the backup holds %d identifiers", s.Identifiers)
	}
	if got := fmt.Sprint(read(t, restored, gone, stays)); got != "[wecom:wmSYN02]" {
		t.Errorf("read %s after the backup was restored", got)
	}
}

func TestOldEventsOfAnErasedPersonStayOut(t *testing.T) {
	ctx := context.Background()
	dir, key := t.TempDir(), testKey(t, "a")
	v, other := openTest(t, dir, nil), openTest(t, dir, nil)
	appendTest(t, v, event(key, "wmSYN01", "", noon))
	gone := wecom(key, "wmSYN01")
	if err := other.Forget(ctx, []string{gone}, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Destroy(ctx, []string{gone}); err != nil {
		t.Fatal(err)
	}
	if n := appendTest(t, v, event(key, "wmSYN01", "13800000001", noon.Add(-time.Second))); n != 0 {
		t.Errorf("%d old rows reached the lake", n)
	}
	if got := read(t, v, gone); got != nil {
		t.Errorf("an old event brought %v back", got)
	}
	if n := appendTest(t, v, event(key, "wmSYN01", "", noon)); n != 1 {
		t.Errorf("%d new rows reached the lake, want 1", n)
	}
	if got := fmt.Sprint(read(t, v, gone)); got != "[wecom:wmSYN01]" {
		t.Errorf("who came back is kept as %s", got)
	}
}

// A link from somebody else to an erased person is the erased person's data too.
func TestOldLinksToAnErasedPersonStayOut(t *testing.T) {
	v, key := openTest(t, t.TempDir(), nil), testKey(t, "a")
	phone := key.Pseudonym(ingest.Identifier{Kind: "phone", Value: "13800000001"})
	if err := v.Forget(context.Background(), []string{phone}, noon); err != nil {
		t.Fatal(err)
	}
	if n := appendTest(t, v, event(key, "wmSYN02", "13800000001", noon.Add(-time.Hour))); n != 1 {
		t.Errorf("%d rows reached the lake, want the activity alone", n)
	}
	if got := read(t, v, phone); got != nil {
		t.Errorf("kept %v", got)
	}
}

func TestErasureWaitsForAppends(t *testing.T) {
	v, key := openTest(t, t.TempDir(), nil), testKey(t, "a")
	inside, finish := make(chan struct{}), make(chan struct{})
	var appended sync.WaitGroup
	appended.Go(func() {
		_ = v.Append(context.Background(), event(key, "wmSYN01", "", noon), func(context.Context, *transform.Batch) error {
			close(inside)
			<-finish
			return nil
		})
	})
	<-inside
	forgotten := make(chan error, 1)
	go func() { forgotten <- v.Forget(context.Background(), []string{wecom(key, "wmSYN01")}, noon) }()
	select {
	case <-forgotten:
		close(finish)
		t.Fatal("the erasure did not wait for the append")
	case <-time.After(100 * time.Millisecond):
	}
	close(finish)
	appended.Wait()
	if err := <-forgotten; err != nil {
		t.Error(err)
	}
}

func TestAnErasedPersonStaysErasedUnderANewKey(t *testing.T) {
	dir, before, after := t.TempDir(), testKey(t, "a"), testKey(t, "b")
	v := openTest(t, dir, func(c *Config) {
		c.Older = func(id ingest.Identifier) []string { return []string{before.Pseudonym(id)} }
	})
	if err := v.Forget(context.Background(), []string{wecom(before, "wmSYN01")}, noon); err != nil {
		t.Fatal(err)
	}
	if n := appendTest(t, v, event(after, "wmSYN01", "", noon.Add(-time.Hour))); n != 0 {
		t.Errorf("%d rows reached the lake", n)
	}
}

func TestTwoProcessesKeepTheSamePeople(t *testing.T) {
	dir, key := t.TempDir(), testKey(t, "a")
	vaults := []*Vault{openTest(t, dir, nil), openTest(t, dir, nil)}
	var all sync.WaitGroup
	for _, v := range vaults {
		all.Go(func() {
			for i := range 50 {
				_ = v.Append(context.Background(), event(key, fmt.Sprint("wmSYN", i), "", noon), func(context.Context, *transform.Batch) error { return nil })
			}
		})
	}
	all.Wait()
	for i := range 50 {
		if got := read(t, vaults[0], wecom(key, fmt.Sprint("wmSYN", i))); len(got) != 1 {
			t.Fatalf("person %d: %v", i, got)
		}
	}
}

func TestWrongMasterKeyIsRefused(t *testing.T) {
	dir, key := t.TempDir(), testKey(t, "a")
	v := openTest(t, dir, nil)
	appendTest(t, v, event(key, "wmSYN01", "", noon))
	_, err := Open(context.Background(), Config{Dir: v.cfg.Dir, KeyDir: v.cfg.KeyDir, Master: testMaster(t, "x")})
	if err == nil || !strings.Contains(err.Error(), "restore it") {
		t.Errorf("error %v", err)
	}
}

// BenchmarkAppend measures what keeping costs for each event: people who are new, and people who are known.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name  string
		fresh bool
	}{{"new", true}, {"known", false}} {
		b.Run(c.name, func(b *testing.B) {
			v, key := openTest(b, b.TempDir(), nil), testKey(b, "a")
			batch, n := &transform.Batch{}, 0
			add := func(who int) {
				batch.Parts = append(batch.Parts, event(key, fmt.Sprint("wmSYN", who), "", noon).Parts...)
			}
			if !c.fresh {
				for i := range 20000 {
					add(i)
				}
				appendTest(b, v, batch)
			}
			b.ResetTimer()
			for b.Loop() {
				b.StopTimer()
				batch = &transform.Batch{}
				for i := range 20000 {
					if c.fresh {
						add(n)
						n++
					} else {
						add(i)
					}
				}
				b.StartTimer()
				appendTest(b, v, batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20000, "ns/event")
		})
	}
}

// Rows whose people could not be kept stay out of the lake: nothing may be there that the vault does not know.
func TestNothingIsAppendedWithoutTheVault(t *testing.T) {
	v, key := openTest(t, t.TempDir(), nil), testKey(t, "a")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	err := v.Append(context.Background(), event(key, "wmSYN01", "", noon), func(context.Context, *transform.Batch) error {
		t.Error("the batch was appended")
		return nil
	})
	if err == nil {
		t.Error("no error")
	}
}
