package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"unicode/utf8"

	"phdp/ingest"
	"phdp/pipelines"
	"phdp/pipelines/lines"
	"phdp/transform"
)

type tagsCommand struct {
	Run   tagsRunCommand   `cmd:"" help:"Read dialogues and write what they mention: symptoms, findings, measurements, tags."`
	Check tagsCheckCommand `cmd:"" help:"Check a catalogue: every file, line by line."`
	Score tagsScoreCommand `cmd:"" help:"Compare predicted dialogues with labelled ones."`
	Diff  tagsDiffCommand  `cmd:"" help:"Show which tags dialogues would gain and lose with another catalogue."`
	Tune  tagsTuneCommand  `cmd:"" help:"Find phrases that no rule catches, and measure tags by the marks of a reviewer."`
	Retag tagsRetagCommand `cmd:"" help:"Read the stored messages again with a catalogue and publish a warehouse with what it finds."`
	Train tagsTrainCommand `cmd:"" help:"Train the status model on labelled dialogues."`

	TrainMessages tagsTrainMessagesCommand `cmd:"" help:"Train the model of messages on labelled messages."`
}

type tagsRunCommand struct {
	In        string `required:"" placeholder:"FILE" help:"Dialogues, one a line; - is standard input."`
	Out       string `required:"" placeholder:"FILE" help:"Where findings go, one dialogue a line; - is standard output."`
	Catalogue string `placeholder:"DIR" help:"Folder of another catalogue; default is PHDP's own."`
	Rules     bool   `help:"Decide by the rules alone, without the models."`
}

// Help is the long help of phdp tags run.
func (tagsRunCommand) Help() string {
	return `In:  {"id":"d1","utterances":[{"i":0,"speaker":"patient","text":"…"}]}; speakers patient, doctor, pharmacist, staff.
Out: one line per dialogue, in the same order. Offsets count code points of the text as given.

Examples:
  phdp tags run --in dialogues.ndjson --out findings.ndjson
  phdp tags run --in dialogues.ndjson --out - --catalogue ours --rules`
}

// Run reads, and writes line by line.
func (c *tagsRunCommand) Run(ctx context.Context, _ *app) error {
	t, err := taggerOf(c.Catalogue, c.Rules)
	if err != nil {
		return err
	}
	var model *transform.StatusModel
	if !c.Rules {
		if model, err = transform.DefaultStatusModel(); err != nil {
			return err
		}
	}
	out, err := createFile(c.Out)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<16)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	reader := transform.NewStatusReader(t, model)
	shown := newProgress(os.Stderr)
	dialogues := 0
	err = eachDialogue(ctx, c.In, func(d *transform.LabelledDialogue) error {
		dialogues++
		shown.show("%d dialogues", dialogues)
		return encoder.Encode(readTags(t, reader, d))
	})
	shown.end()
	return errors.Join(err, w.Flush(), out.Close())
}

// tagger makes a transformer whose key nobody keeps, as no pseudonym leaves it.
func tagger(dir string) (*transform.Transformer, error) { return taggerOf(dir, false) }

// taggerOf is tagger, on demand without the catalogue's model of messages.
func taggerOf(dir string, rules bool) (*transform.Transformer, error) {
	catalogue, err := openCatalogue(dir)
	if err != nil {
		return nil, err
	}
	if rules {
		catalogue = catalogue.RulesAlone()
	}
	all, err := lines.Default()
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	key, err := transform.NewKey(secret)
	if err != nil {
		return nil, err
	}
	return transform.New(transform.Config{Key: key, Catalogue: catalogue, Products: pipelines.Products(all)})
}

func openCatalogue(dir string) (*transform.Catalogue, error) {
	if dir == "" {
		return transform.DefaultCatalogue()
	}
	catalogue, err := transform.LoadCatalogue(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", dir, err)
	}
	return catalogue, nil
}

// eachDialogue calls do for every line of a file.
func eachDialogue(ctx context.Context, path string, do func(*transform.LabelledDialogue) error) error {
	in := os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("read dialogues: %w", err)
		}
		defer f.Close()
		in = f
	}
	r := bufio.NewReaderSize(in, 1<<16)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read dialogues: %w", err)
		}
		last := err != nil
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := oneDialogue(line, do); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if last {
			return nil
		}
	}
}

func oneDialogue(line []byte, do func(*transform.LabelledDialogue) error) error {
	blank := true
	for _, b := range line {
		blank = blank && b <= ' '
	}
	if blank {
		return nil
	}
	var d transform.LabelledDialogue
	if err := json.Unmarshal(line, &d); err != nil {
		var typed *json.UnmarshalTypeError
		if errors.As(err, &typed) {
			return fmt.Errorf("field %s must be a %s", typed.Field, typed.Type)
		}
		return errors.New("is no JSON object")
	}
	return do(&d)
}

func createFile(path string) (io.WriteCloser, error) {
	if path == "-" {
		return keepOpen{os.Stdout}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write findings: %w", err)
	}
	return f, nil
}

type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// The form of the output.
type (
	taggedDialogue struct {
		ID           string              `json:"id"`
		Symptoms     []taggedSymptom     `json:"symptoms"`
		Utterances   []taggedUtterance   `json:"utterances"`
		Measurements []taggedMeasurement `json:"measurements"`
		Tags         []string            `json:"tags"`
	}
	taggedSymptom struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	}
	taggedUtterance struct {
		I        int             `json:"i"`
		Speaker  string          `json:"speaker"`
		Symptoms []taggedMention `json:"symptoms"`
		Findings []taggedFinding `json:"findings"`
	}
	taggedMention struct {
		Name    string `json:"name"`
		Status  string `json:"status"`
		Mention string `json:"mention"`
		Start   int    `json:"start"`
		End     int    `json:"end"`
		DaysAgo *int   `json:"days_ago,omitempty"`
		Subject string `json:"subject,omitempty"` // relative, or nothing
	}
	taggedFinding struct {
		Concept string `json:"concept"`
		Kind    string `json:"kind"`
		Status  string `json:"status"`
		Mention string `json:"mention"`
		Start   int    `json:"start"`
		End     int    `json:"end"`
		DaysAgo *int   `json:"days_ago,omitempty"`
		Subject string `json:"subject,omitempty"`
	}
	taggedMeasurement struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
		Unit  string `json:"unit"`
		I     int    `json:"i"`
	}
)

func readTags(t *transform.Transformer, reader *transform.StatusReader, d *transform.LabelledDialogue) taggedDialogue {
	texts := make([]transform.Utterance, len(d.Utterances))
	for i, u := range d.Utterances {
		texts[i] = transform.Utterance{Speaker: u.Speaker, Text: u.Text}
	}
	read := reader.Read(texts)
	out := taggedDialogue{ID: d.ID, Symptoms: []taggedSymptom{}, Utterances: []taggedUtterance{}, Measurements: []taggedMeasurement{}, Tags: []string{}}
	for _, s := range read.Symptoms {
		out.Symptoms = append(out.Symptoms, taggedSymptom(s))
	}
	for i, u := range d.Utterances {
		out.Utterances = append(out.Utterances, tagUtterance(u, read.Utterances[i]))
		out.Measurements = appendMeasurements(out.Measurements, t.Measurements(u.Text), u.I)
	}
	out.Tags = append(out.Tags, t.Catalogue().DialogueTags(texts, read.Utterances)...)
	return out
}

func tagUtterance(u transform.LabelledUtterance, found []transform.Finding) taggedUtterance {
	out := taggedUtterance{I: u.I, Speaker: u.Speaker, Symptoms: []taggedMention{}, Findings: []taggedFinding{}}
	for i := range found {
		f := &found[i]
		var ago *int
		if days, ok := transform.DaysAgo(u.Text, f); ok {
			ago = &days
		}
		whose := ""
		if f.Subject == transform.SubjectRelative {
			whose = f.Subject
		}
		if f.IsSymptom() {
			out.Symptoms = append(out.Symptoms, taggedMention{f.Name, f.Status, f.Mention, f.Start, f.End, ago, whose})
			continue
		}
		out.Findings = append(out.Findings, taggedFinding{f.Concept, f.Kind, f.Status, f.Mention, f.Start, f.End, ago, whose})
	}
	return out
}

// appendMeasurements writes the two values of a blood pressure as one, 150/95.
func appendMeasurements(out []taggedMeasurement, readings []transform.Reading, at int) []taggedMeasurement {
	for i := 0; i < len(readings); i++ {
		r := readings[i]
		m := taggedMeasurement{Kind: r.Kind, Value: number(r.Value), Unit: r.Unit, I: at}
		if r.Kind == "bp_systolic" && i+1 < len(readings) && readings[i+1].Kind == "bp_diastolic" {
			i++
			m.Kind, m.Value = "blood_pressure", m.Value+"/"+number(readings[i].Value)
		}
		out = append(out, m)
	}
	return out
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

type tagsCheckCommand struct {
	Catalogue string `placeholder:"DIR" help:"Folder of the catalogue; default is PHDP's own."`
}

// Help is the long help of phdp tags check.
func (tagsCheckCommand) Help() string {
	return `Reads every file of the catalogue. The first mistake is printed with file, line and column, and the exit status is 1.

Examples:
  phdp tags check
  phdp tags check --catalogue my-catalogue`
}

// Run prints what the catalogue holds; the first mistake is an error with its file, line and column.
func (c *tagsCheckCommand) Run(*app) error {
	catalogue, err := openCatalogue(c.Catalogue)
	if err != nil {
		return err
	}
	if _, err := tagger(c.Catalogue); err != nil {
		return err
	}
	written, expanded := catalogue.Forms()
	fmt.Printf("%d tags, %d of them from text by %d lines\n%d concepts, %d written forms, %d after expansion\nversion %s\nno mistakes\n",
		len(catalogue.Tags()), textTags(catalogue), len(catalogue.TagConcepts()), len(catalogue.Concepts()), written, expanded, catalogue.Version())
	return nil
}

func textTags(c *transform.Catalogue) int {
	names := map[string]bool{}
	for _, t := range c.TagConcepts() {
		names[t.TagID] = true
	}
	return len(names)
}

type tagsScoreCommand struct {
	Gold string `arg:"" help:"Labelled dialogues."`
	Pred string `arg:"" help:"What 'phdp tags run' wrote."`
}

// Help is the long help of phdp tags score.
func (tagsScoreCommand) Help() string {
	return `Dialogues are joined by id and utterances by i. A symptom counts as detected when its name is the same, and
with status when the status is the same too. A dialogue that PRED lacks counts as missed.

Example:
  phdp tags score labelled.ndjson findings.ndjson`
}

// Run prints precision, recall and F1 on both levels.
func (c *tagsScoreCommand) Run(ctx context.Context, _ *app) error {
	found := map[string]*transform.LabelledDialogue{}
	err := eachDialogue(ctx, c.Pred, func(d *transform.LabelledDialogue) error {
		found[d.ID] = d
		return nil
	})
	if err != nil {
		return err
	}
	var s transform.Score
	dialogues, lacking := 0, 0
	err = eachDialogue(ctx, c.Gold, func(gold *transform.LabelledDialogue) error {
		dialogues++
		pred := found[gold.ID]
		if pred == nil {
			lacking++
			pred = &transform.LabelledDialogue{ID: gold.ID}
		}
		s.Add(gold, pred)
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d dialogues, %d of them without a prediction\n\n", dialogues, lacking)
	fmt.Printf("%-28s %9s %9s %9s\n", "", "precision", "recall", "F1")
	for _, row := range []struct {
		name string
		t    transform.Tally
	}{
		{"dialogue, symptom", s.Dialogue}, {"dialogue, symptom + status", s.DialogueStatus},
		{"utterance, symptom", s.Utterance}, {"utterance, symptom + status", s.UtteranceStatus},
	} {
		fmt.Printf("%-28s %9.3f %9.3f %9.3f\n", row.name, row.t.Precision(), row.t.Recall(), row.t.F1())
	}
	fmt.Printf("\nabsent called present: %.1f %%\n", 100*s.FalsePresent())
	return nil
}

type tagsTrainCommand struct {
	In  string `required:"" placeholder:"FILE" help:"Labelled dialogues."`
	Out string `required:"" placeholder:"FILE" help:"Where the weights go: transform/status_weights.tsv is built in."`
}

// Run trains; the same file gives the same weights.
func (c *tagsTrainCommand) Run(ctx context.Context, _ *app) error {
	t, err := tagger("")
	if err != nil {
		return err
	}
	var labelled []transform.LabelledDialogue
	err = eachDialogue(ctx, c.In, func(d *transform.LabelledDialogue) error {
		labelled = append(labelled, *d)
		return nil
	})
	if err != nil {
		return err
	}
	out, err := createFile(c.Out)
	if err != nil {
		return err
	}
	_, err = transform.TrainStatus(t, labelled).WriteTo(out)
	return errors.Join(err, out.Close())
}

type tagsTrainMessagesCommand struct {
	In         []string `required:"" placeholder:"FILE" help:"Labelled messages that no rule was mended on."`
	Mended     []string `placeholder:"FILE" help:"Labelled messages that rules were mended on: they teach words, but not how far rules can be trusted."`
	Background string   `placeholder:"FILE" help:"Dialogues; what patients write in them shows how people write of everything else."`
	Catalogue  string   `placeholder:"DIR" help:"Folder of another catalogue, whose rules the model goes with; default is PHDP's own."`
	Out        string   `required:"" placeholder:"FILE" help:"Where the weights go: message_weights.tsv of the catalogue."`
}

// Help is the long help of phdp tags train-messages.
func (tagsTrainMessagesCommand) Help() string {
	return `In: a table of two columns, labels and text, with a tab between them: codes of concepts with commas between them, or -.

Examples:
  phdp tags train-messages --in labelled.tsv --catalogue ours --out ours/message_weights.tsv
  phdp tags train-messages --in labelled.tsv --background dialogues.ndjson --out message_weights.tsv`
}

// longBackground is the length, in characters, above which a message is no background.
const longBackground = 120

// Run trains; the same files give the same weights.
func (c *tagsTrainMessagesCommand) Run(ctx context.Context, _ *app) error {
	t, err := taggerOf(c.Catalogue, true)
	if err != nil {
		return err
	}
	var messages []transform.LabelledMessage
	for _, part := range []struct {
		files []string
		fresh bool
	}{{c.Mended, false}, {c.In, true}} {
		for _, file := range part.files {
			more, err := transform.ReadLabelledMessages(os.DirFS(filepath.Dir(file)), filepath.Base(file), part.fresh)
			if err != nil {
				return fmt.Errorf("labelled messages: %w", err)
			}
			messages = append(messages, more...)
		}
	}
	if c.Background != "" {
		err := eachDialogue(ctx, c.Background, func(d *transform.LabelledDialogue) error {
			for _, u := range d.Utterances {
				if u.Speaker == ingest.SpeakerPatient && utf8.RuneCountInString(u.Text) <= longBackground {
					messages = append(messages, transform.Background(t, u.Text))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	model, err := transform.TrainMessages(t, messages)
	if err != nil {
		return err
	}
	out, err := createFile(c.Out)
	if err != nil {
		return err
	}
	size, err := model.WriteTo(out)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d messages, %d bytes of weights\n", len(messages), size)
	return nil
}
