package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tuneDialogues = `{"id":"d1","utterances":[{"i":0,"speaker":"patient","text":"缬沙坦我停了，电话13812345678"},{"i":1,"speaker":"doctor","text":"为什么"},{"i":2,"speaker":"patient","text":"怕副作用"}]}
{"id":"d2","utterances":[{"i":0,"speaker":"patient","text":"今天天气好"}]}
`

// output returns what do prints.
func output(t *testing.T, do func() error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	os.Stdout = file
	err = do()
	os.Stdout = before
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTagsDiff(t *testing.T) {
	in := writeFile(t, "dialogues.ndjson", tuneDialogues)
	run := func(old, now string) string {
		return output(t, func() error {
			return (&tagsDiffCommand{Old: old, New: now, In: in, Examples: 2}).Run(context.Background(), nil)
		})
	}
	if got := run("default", "default"); !strings.Contains(got, "2 dialogues; 0 tags change") {
		t.Errorf("the same catalogue: %s", got)
	}
	got := run("default", filepath.Join("..", "..", "transform", "testdata", "catalogue"))
	for _, want := range []string{"self_report_stopped", "barrier_side_effect", "1        0        0        1", "- 【缬沙坦我停了】"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "138") {
		t.Errorf("not masked: %s", got)
	}
}

func TestTagsTunePhrases(t *testing.T) {
	line := `{"id":"d","utterances":[{"i":0,"speaker":"patient","text":"二甲双胍吃着犯膈应"}]}` + "\n"
	in := writeFile(t, "dialogues.ndjson", strings.Repeat(line, 5))
	got := output(t, func() error {
		return (&tagsTuneCommand{In: in, Least: 5, Top: 10}).Run(context.Background(), nil)
	})
	if !strings.Contains(got, "膈应") || !strings.Contains(got, "metformin") {
		t.Errorf("got %s", got)
	}
}

// TestTagsTuneMarks takes a sample, marks it, and measures: one hit right, one wrong, one message missed.
func TestTagsTuneMarks(t *testing.T) {
	in, marks := writeFile(t, "dialogues.ndjson", tuneDialogues), filepath.Join(t.TempDir(), "marks.tsv")
	run := func() string {
		return output(t, func() error {
			return (&tagsTuneCommand{In: in, Marks: marks, Sample: 5}).Run(context.Background(), nil)
		})
	}
	if got := run(); !strings.Contains(got, "no marks yet") || !strings.Contains(got, "3 lines added") {
		t.Errorf("first run: %s", got)
	}
	text, err := os.ReadFile(marks)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "138") {
		t.Errorf("not masked: %s", text)
	}
	marked := strings.NewReplacer("\n\tself_report_stopped", "\nright\tself_report_stopped", "\n\tbarrier_side_effect", "\nwrong\tbarrier_side_effect",
		"\n\t-\td2", "\nmissed\tself_report_stopped\td2").Replace(string(text))
	if err := os.WriteFile(marks, []byte(marked), 0o600); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(run()), " ")
	for _, want := range []string{"self_report_stopped 2 1.000 0.500", "barrier_side_effect 1 0.000 -", "0 lines added"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestMarksTellTheLine(t *testing.T) {
	for line, want := range map[string]string{
		"maybe\ta\td\t0\t1\tm\tt":  "right, wrong, missed",
		"right\ta\td\t0\t1\tm":     "7",
		"right\ta\td\tx\t1\tm\tt":  "utterance",
		"right\ta\td\t0\t0\tm\tt":  "stands_for",
		"missed\t-\td\t0\t1\tm\tt": "named",
	} {
		_, err := readMarks(writeFile(t, "marks.tsv", marksHeader+"\n"+line+"\n"))
		if err == nil || !strings.Contains(err.Error(), "marks.tsv:2") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", line, err)
		}
	}
}
