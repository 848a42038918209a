package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"phdp/ingest/kafka/kafkatest"
)

// The session that docs/formats/wecom.md describes: messages typed into the console producer of the Kafka
// distribution are in the warehouse.
func TestConsoleSessionOfWeCom(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "formats", "wecom.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, session, ok := strings.Cut(string(page), "cat > archive.ndjson <<'EOF'\n")
	if !ok {
		t.Fatal("the page has no session")
	}
	messages, _, _ := strings.Cut(session, "EOF\n")
	lines := regexp.MustCompile(`(?m)^.*"(wm[A-Za-z0-9]+)".*$`).ReplaceAllString(messages, "$1\t$0")
	cluster := kafkatest.Start(t, kafkatest.Options{})
	const topic = "wecom.archive"
	if err := cluster.CreateTopic(t.Context(), topic, 3); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.DeleteTopic(t.Context(), topic) })
	if err := cluster.ConsoleProduce(t.Context(), topic, strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := start(t, "ingest", "--data-dir", dir, "--brokers", strings.Join(cluster.Brokers(), ","), "--topic", topic+"=wecom",
		"--flush-age", "500ms", "--log-level", "info")
	p.await(t, "batch committed")
	if code := p.stop(t, syscall.SIGINT); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.output())
	}
	out, errs, code := phdp(t, "ingest", "status", "--data-dir", dir, "--brokers", strings.Join(cluster.Brokers(), ","))
	if code != 0 || !regexp.MustCompile(`(?m)^wecom.archive/\d +2 +2 +0$`).MatchString(out) {
		t.Errorf("status printed %q %s; want one partition with both messages", out, errs)
	}
	if _, errs, code := phdp(t, "build", "--data-dir", dir); code != 0 {
		t.Fatalf("build: %s", errs)
	}
	out, errs, _ = phdp(t, "sql", "--data-dir", dir, "--csv", "select count(*) as chats, count(distinct patient_id) as people from fct_timeline where kind = 'chat'")
	if out != "chats,people\n2,1\n" {
		t.Errorf("the warehouse has %q %s", out, errs)
	}
}
