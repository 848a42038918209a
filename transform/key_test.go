package transform

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"phdp/ingest"
)

func TestLoadOrCreateKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret", "data.key")
	var keys [8]Key
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() {
			var err error
			if keys[i], err = LoadOrCreateKey(path); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	id := ingest.Identifier{Kind: "wecom", Value: "wmSYN0001"}
	for _, k := range keys {
		if k.Pseudonym(id) != keys[0].Pseudonym(id) {
			t.Fatal("two processes that start together got two keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	hidden, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if len(left) != 1 || len(hidden) != 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	good := strings.Repeat("0f", KeyBytes) + "\n"
	cases := []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"readable by the group", good, 0o640, "chmod 600"},
		{"readable by all", good, 0o604, "chmod 600"},
		{"too short", good[:20], 0o600, "must hold 64 hex digits"},
		{"not hex", strings.Repeat("zz", KeyBytes), 0o600, "must hold 64 hex digits"},
		{"empty", "", 0o600, "must hold 64 hex digits"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(tc.text), tc.mode); err != nil {
				t.Fatal(err)
			}
			for _, load := range []func(string) (Key, error){LoadKey, LoadOrCreateKey} {
				_, err := load(path)
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("error %v, want %q in it", err, tc.want)
				}
			}
			if text, _ := os.ReadFile(path); string(text) != tc.text {
				t.Error("the file was changed")
			}
		})
	}
}

func TestKeyPrintsNothing(t *testing.T) {
	data := []byte("0123456789abcdef0123456789abcdef")
	key, _ := NewKey(data)
	tr := testTransformer(t)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key, "cfg", Config{Key: key})
	out := log.String() + fmt.Sprintf("%v %+v %#v %s %x %v %+v", key, key, key, key, key, Config{Key: key}, struct{ k Key }{key}) + fmt.Sprintf("%+v", tr.key)
	for _, leak := range []string{"0123456789abcdef", "30313233", "[48 49 50"} {
		if strings.Contains(out, leak) {
			t.Errorf("%q in %.200s", leak, out)
		}
	}
}

func TestPseudonym(t *testing.T) {
	key, _ := NewKey([]byte("0123456789abcdef0123456789abcdef"))
	phone := key.Pseudonym(ingest.Identifier{Kind: "phone", Value: "13800000001"})
	// printf 'phone\00013800000001' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef | cut -c-32
	if want := "54f3e5e2749fb248a6dd20ba2ed7b602"; phone != want {
		t.Errorf("pseudonym %s, want %s", phone, want)
	}
	same := []string{"138 0000 0001", "+86 138-0000-0001", "８６１３８０００００００１", "008613800000001", " 13800000001\u200b"}
	for _, v := range same {
		if got := key.Pseudonym(ingest.Identifier{Kind: " Phone", Value: ingest.PatientID(v)}); got != phone {
			t.Errorf("%q is another person", v)
		}
	}
	other := []ingest.Identifier{{Kind: "youzan", Value: "13800000001"}, {Kind: "phone", Value: "13800000002"}, {Kind: "wecom", Value: "wmA"}, {Kind: "wecom", Value: "wma"}}
	seen := map[string]bool{phone: true}
	for _, id := range other {
		p := key.Pseudonym(id)
		if seen[p] || len(p) != 32 {
			t.Errorf("%s has the pseudonym of another", id.Kind)
		}
		seen[p] = true
	}
	if key.Pseudonym(ingest.Identifier{Kind: "phone", Value: "  "}) != "" {
		t.Error("an empty identifier has a pseudonym")
	}
}

func TestSealAndOpen(t *testing.T) {
	key, _ := NewKey([]byte("0123456789abcdef0123456789abcdef"))
	other, _ := NewKey([]byte("another key another key another!"))
	for _, payload := range []string{"", "{bad json 13800000001"} {
		sealed := key.seal([]byte(payload))
		if !bytes.Equal(sealed, key.seal([]byte(payload))) {
			t.Error("sealing again gives other bytes")
		}
		if payload != "" && bytes.Contains(sealed, []byte("13800000001")) {
			t.Error("the payload can be read")
		}
		got, err := key.Open(sealed)
		if err != nil || string(got) != payload {
			t.Errorf("opened %q, %v", got, err)
		}
		if _, err := other.Open(sealed); err == nil {
			t.Error("another key opens it")
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := key.Open(sealed); err == nil {
			t.Error("a changed payload opens")
		}
	}
	if a, b := key.seal([]byte("a")), key.seal([]byte("b")); bytes.Equal(a[1:13], b[1:13]) {
		t.Error("two payloads share a nonce")
	}
	if _, err := key.Open(nil); err == nil {
		t.Error("nothing opens")
	}
}
