package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary is also phdp: the tests start it as a process of its own, which they can kill.
func TestMain(m *testing.M) {
	if os.Getenv("PHDP_TEST_IS_PHDP") != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PHDP_TEST_IS_PHDP=1")
	return cmd
}

// phdp runs a command to its end and returns what it printed.
func phdp(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := command(t.Context(), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("start phdp %s: %v", args[0], err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// process is a phdp that runs until it is stopped.
type process struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: command(context.Background(), args...)}
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// await waits until the process has printed something that matches and returns the match.
func (p *process) await(t *testing.T, pattern string) []string {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(p.output()); found != nil {
			return found
		}
		if p.cmd.Process.Signal(syscall.Signal(0)) != nil {
			break
		}
	}
	t.Fatalf("phdp did not print %q:\n%s", pattern, p.output())
	return nil
}

func (p *process) stop(t *testing.T, signal os.Signal) (code int) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // the exit code says it
	return p.cmd.ProcessState.ExitCode()
}

// The demo is killed three times on its way, then finishes, and agrees with the generator's truth in
// every person, fill, covered day and funnel step; the next start finds nothing to do.
func TestDemoSurvivesKillsAndAgreesWithTheTruth(t *testing.T) {
	dir := t.TempDir()
	args := []string{"run", "--demo", "--patients", "400", "--months", "7", "--seed", "11", "--data-dir", dir, "--addr", "127.0.0.1:0", "--log-level", "info"}
	for i := range 3 {
		p := start(t, args...)
		p.await(t, []string{"partitions assigned", "playing", "batch committed"}[i])
		p.stop(t, syscall.SIGKILL)
	}
	p := start(t, args...)
	p.await(t, `built \d+ models`)
	url := p.await(t, `dashboards: (http://\S+)`)[1]
	for _, page := range []string{"/home", "/adherence", "/journey", "/segments", "/sql", "/data"} {
		if status, body := get(t, url+page); status != http.StatusOK || !strings.Contains(body, "</html>") {
			t.Errorf("GET %s: %d", page, status)
		}
	}
	if code := p.stop(t, syscall.SIGINT); code != 0 {
		t.Errorf("exit code %d after an interrupt:\n%s", code, p.output())
	}
	if out, errs, code := phdp(t, "truth", "--data-dir", dir); code != 0 {
		t.Errorf("the warehouse differs from the truth:\n%s%s", out, errs)
	}
	out, errs, code := phdp(t, "sql", "--data-dir", dir, "--csv", "select count(*) as n from dim_patients")
	if code != 0 || !regexp.MustCompile(`^n\n[1-9]\d+\n$`).MatchString(out) {
		t.Errorf("sql printed %q %s", out, errs)
	}
	p = start(t, args...)
	if read := p.await(t, `nothing new since the last build; (\d+) records read`)[1]; read != "0" {
		t.Errorf("the next start read %s events again", read)
	}
	p.stop(t, syscall.SIGTERM)
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

func TestMistakesAreExplained(t *testing.T) {
	dir := t.TempDir()
	taken := start(t, "serve", "--data-dir", dir, "--addr", "127.0.0.1:0")
	addr := taken.await(t, `http://(\S+)`)[1]
	cases := []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"build", "--asof", "2026-01-01"}, "unknown flag --asof"},
		{"wrong date", []string{"build", "--as-of", "1.1.2026", "--data-dir", dir}, "not a date like"},
		{"no brokers", []string{"ingest", "--data-dir", dir}, "--brokers is missing"},
		{"unknown format", []string{"ingest", "--brokers", "x:1", "--topic", "a=xml", "--data-dir", dir}, `no wire format "xml"`},
		{"missing file", []string{"import", "--format", "dialogue", filepath.Join(dir, "none.ndjson")}, "no such file"},
		{"no warehouse", []string{"sql", "select 1", "--data-dir", dir}, "phdp build"},
		{"taken port", []string{"run", "--data-dir", dir, "--addr", addr}, "choose another"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, errs, code := phdp(t, c.args...); code == 0 || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, printed %q; want a failure that says %q", code, errs, c.want)
			}
		})
	}
}
