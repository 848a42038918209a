package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"phdp/ingest"
	"phdp/transform"
)

func countPeople(t *testing.T, dir string) string {
	t.Helper()
	if _, errs, code := phdp(t, "build", "--data-dir", dir); code != 0 {
		t.Fatal(errs)
	}
	out, errs, code := phdp(t, "sql", "--data-dir", dir, "--csv", "select count(*) as people, sum(key_count) as keys from dim_patients")
	if code != 0 {
		t.Fatal(errs)
	}
	return strings.TrimSpace(out)
}

func keyFile(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "keys", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// After a change of the data key the same people come again: they stay one person each, dead letters of before can be
// opened, and an erasure finds both pseudonyms.
func TestRotateDataKey(t *testing.T) {
	dir := smallLake(t)
	before := keyFile(t, dir, "phdp.key")
	out, errs, code := phdp(t, "key", "rotate", "--data-dir", dir)
	if code != 0 || !strings.Contains(out, "4 pseudonyms were linked") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if after := keyFile(t, dir, "phdp.key"); !strings.HasPrefix(after, before) || strings.Count(after, "\n") != 2 {
		t.Error("the older key is not kept in front of the new one")
	}
	var lines []string
	for i, id := range []string{erasedID, stayingID} {
		lines = append(lines, fmt.Sprintf(`{"v":1,"event_id":"later-%d","type":"activity.lead","at":"2026-03-20T09:00:00+08:00","patient":{"kind":"wecom","id":%q}}`, i, id))
	}
	later := filepath.Join(t.TempDir(), "later.ndjson")
	if err := os.WriteFile(later, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, later)
	if got := countPeople(t, dir); got != "people,keys\n2,8" {
		t.Errorf("after the change: %q, want 2 people with an old and a new key for account and phone", got)
	}
	if _, errs, code := phdp(t, "erase", "--data-dir", dir, "--patient", "wecom:"+erasedID); code != 0 {
		t.Fatal(errs)
	}
	checkGone(t, dir)
	if p := proofOf(t, dir); p.Keys != 4 {
		t.Errorf("the erasure found %d keys, want 4", p.Keys)
	}
}

// A change that was cut short before the new key took its place is finished, not begun again.
func TestRotateDataKeyGoesOn(t *testing.T) {
	dir := smallLake(t)
	a := testApp(dir)
	next, err := a.nextSecrets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key, err := transform.NewKeys(next)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := a.linkPseudonyms(t.Context(), key); n != 4 || err != nil {
		t.Fatalf("%d linked, %v", n, err)
	}
	if _, errs, code := phdp(t, "erase", "--data-dir", dir, "--patient", "wecom:"+erasedID); code == 0 || !strings.Contains(errs, "key rotate") {
		t.Errorf("an erasure went on beside it: %s", errs)
	}
	out, errs, code := phdp(t, "key", "rotate", "--data-dir", dir)
	if code != 0 || !strings.Contains(out, "key "+key.ID()+" is in use") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if got := countPeople(t, dir); got != "people,keys\n2,8" {
		t.Errorf("%q", got)
	}
}

func TestKeyInUseIsNotChanged(t *testing.T) {
	dir := smallLake(t)
	a := testApp(dir)
	l, err := a.openLake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	sink, err := a.keeping(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.close()
	if _, errs, code := phdp(t, "key", "rotate", "--data-dir", dir); code == 0 || !strings.Contains(errs, "stop ingest") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestRotateVaultKey(t *testing.T) {
	dir := smallLake(t)
	before := keyFile(t, dir, "vault.key")
	if out, errs, code := phdp(t, "key", "rotate", "--vault", "--data-dir", dir); code != 0 || !strings.Contains(out, "4 data keys") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if after := keyFile(t, dir, "vault.key"); after == before || strings.Count(after, "\n") != 1 {
		t.Error("the older key is still there")
	}
	key, err := testApp(dir).loadKey()
	if err != nil {
		t.Fatal(err)
	}
	who := key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: stayingID})
	if out, errs, code := phdp(t, "vault", "read", "--data-dir", dir, "--purpose", "request", "--reason", "TICKET-1", who); code != 0 || !strings.Contains(out, stayingID) {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestKeysFromElsewhere(t *testing.T) {
	dir := smallLake(t)
	data, vaultKey := keyFile(t, dir, "phdp.key"), keyFile(t, dir, "vault.key")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.Rename(filepath.Join(dir, "keys", "phdp.key"), secret); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "keys", "vault.key")); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := phdp(t, "key", "--data-dir", dir); code == 0 || !strings.Contains(errs, "missing: restore") {
		t.Errorf("without keys: exit code %d: %s", code, errs)
	}
	t.Setenv("PHDP_VAULT_KEY", vaultKey)
	out, errs, code := phdp(t, "key", "--data-dir", dir, "--key-command", "cat '"+secret+"'")
	if code != 0 || !strings.Contains(out, "4 identifiers") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	for _, key := range []string{data, vaultKey} {
		if strings.Contains(out, strings.TrimSpace(key)[:16]) {
			t.Error("a key was printed")
		}
	}
	t.Setenv("PHDP_KEY", strings.Repeat("ab", 32))
	if _, errs, code := phdp(t, "key", "--data-dir", dir); code == 0 || !strings.Contains(errs, "not the key of this lake") {
		t.Errorf("another key: exit code %d: %s", code, errs)
	}
}
