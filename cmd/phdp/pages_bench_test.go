//go:build bench

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What people open, with the filters that they choose from. {patient} is one of the people of a list.
var opened = []struct {
	path    string
	filters []string
}{
	{"/home", byLine}, {"/adherence", byLine}, {"/adherence?period=r90", nil}, {"/persistence", byLine}, {"/journey", byLine}, {"/journey?lost=six_months", nil},
	{"/stages", byLine}, {"/segments", byLine}, {"/segments?g=any:adh_low&g=none:dnc", nil}, {"/tags", byLine}, {"/patients", byLine}, {"/patients/{patient}", nil},
	{"/followups", byLine}, {"/alerts", byLine}, {"/repurchase", byLine}, {"/experiments", nil}, {"/firstfill", byLine}, {"/paths", byLine},
	{"/outcomes", byLine}, {"/content", byLine}, {"/community", nil}, {"/campaigns", byLine}, {"/staff", nil}, {"/tuning", byLine}, {"/data", nil}, {"/glossary", nil}, {"/sql", nil},
}

var byLine = []string{"", "line=htn", "line=dm", "line=onfh", "line=bc"}

// TestPages prints how long pages take of the warehouse in PHDP_BENCH_DIR of the largest of PHDP_BENCH_PATIENTS:
// the first time that anybody opens them, and for 50 people who each open a page, read for a second on average,
// and open the next. Server and people share the machine.
func TestPages(t *testing.T) {
	sizes := strings.Split(settingOr("PHDP_BENCH_PATIENTS", "16000,160000"), ",")
	dir := filepath.Join(settingOr("PHDP_BENCH_DIR", t.TempDir()), sizes[len(sizes)-1])
	url, stop := servePages(t, dir)
	defer stop()
	users, err := strconv.Atoi(settingOr("PHDP_BENCH_USERS", "50"))
	if err != nil {
		t.Fatal(err)
	}
	minute, err := time.ParseDuration(settingOr("PHDP_BENCH_FOR", "60s"))
	if err != nil {
		t.Fatal(err)
	}
	patients := somePatients(t, url)
	first := map[string]time.Duration{}
	for _, page := range opened {
		first[page.path] = openPage(t, url+strings.ReplaceAll(page.path, "{patient}", patients[0]))
	}

	taken := map[string][]time.Duration{}
	var mu sync.Mutex
	var all sync.WaitGroup
	end := time.Now().Add(minute)
	for user := range users {
		random := rand.New(rand.NewPCG(1, uint64(user)))
		all.Go(func() {
			for time.Sleep(time.Duration(random.Float64() * float64(time.Second))); time.Now().Before(end); time.Sleep(time.Duration(random.ExpFloat64() * float64(time.Second))) {
				page := opened[random.IntN(len(opened))]
				path := strings.ReplaceAll(page.path, "{patient}", patients[random.IntN(len(patients))])
				if len(page.filters) > 0 {
					path += "?" + page.filters[random.IntN(len(page.filters))]
				}
				took := openPage(t, url+path)
				mu.Lock()
				taken[page.path] = append(taken[page.path], took)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	fmt.Printf("| page, %s patients, %d users | opened | first ms | p50 ms | p99 ms | slowest ms |\n|---|---|---|---|---|---|\n", sizes[len(sizes)-1], users)
	var every []time.Duration
	for _, page := range opened {
		printTimes(page.path, fmt.Sprint(first[page.path].Milliseconds()), taken[page.path])
		every = append(every, taken[page.path]...)
	}
	printTimes("all", "", every)
}

func printTimes(name, first string, all []time.Duration) {
	slices.Sort(all)
	at := func(share float64) int64 { return all[int(share*float64(len(all)-1))].Milliseconds() }
	if len(all) > 0 {
		fmt.Printf("| %s | %d | %s | %d | %d | %d |\n", name, len(all), first, at(0.5), at(0.99), at(1))
	}
}

// servePages starts phdp serve as a process of its own.
func servePages(t *testing.T, dir string) (url string, stop func()) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), settingOr("PHDP_BENCH_BIN", filepath.Join("..", "..", "bin", "phdp")), "serve", "--data-dir", dir, "--addr", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, url, _ = strings.Cut(strings.TrimSpace(line), " ")
	go io.Copy(io.Discard, out)
	return url, func() { _ = cmd.Process.Signal(syscall.SIGINT); _ = cmd.Wait() }
}

// somePatients waits for the pages and returns the codes of people on lists.
func somePatients(t *testing.T, url string) []string {
	t.Helper()
	var codes []string
	for _, path := range []string{"/patients", "/patients?line=htn", "/patients?line=dm", "/journey?lost=six_months", "/alerts", "/followups"} {
		for _, m := range regexp.MustCompile(`href="/patients/([^"?]+)"`).FindAllStringSubmatch(readPage(t, url+path), -1) {
			codes = append(codes, m[1])
		}
	}
	if len(codes) == 0 {
		t.Fatal("no patient on any list")
	}
	return codes
}

func openPage(t *testing.T, url string) time.Duration {
	start := time.Now()
	readPage(t, url)
	return time.Since(start)
}

func readPage(t *testing.T, url string) string {
	answer, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%s: %s %v", regexp.MustCompile(`/patients/.*`).ReplaceAllString(url, "/patients/…"), answer.Status, err)
	}
	return string(body)
}
