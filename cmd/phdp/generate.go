package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"phdp/ingest"
	"phdp/ingest/kafka"
	"phdp/pipelines"
	"phdp/pipelines/generate"
	"phdp/pipelines/lines"
)

type generateCommand struct {
	Patients int      `default:"5000" help:"How many people."`
	Months   int      `default:"12" help:"How many months."`
	Seed     uint64   `default:"1" help:"The same seed, numbers and end give the same bytes."`
	End      string   `env:"-" placeholder:"DATE" help:"Last day (Asia/Shanghai); default yesterday."`
	Line     []string `env:"-" placeholder:"CODE" help:"Only these disease lines: onfh, htn, dm, bc."`
	To       string   `env:"-" required:"" placeholder:"kafka|lake|DIR" help:"kafka: to --brokers; lake: straight into the lake of --data-dir, once however often; else a folder for one NDJSON file per topic."`
	Active   float64  `name:"active-share" default:"1" help:"Share of the people who are treated and talk; the others have an account and a few events."`
	clusterFlags
	Truth string `placeholder:"DIR" help:"Folder for the truth; default DIR/truth, none for kafka and lake."`
}

// Help is the long help of phdp generate.
func (generateCommand) Help() string {
	return `Examples:
  phdp generate --patients 1000 --months 6 --seed 7 --to sample
  phdp generate --line onfh --line bc --to kafka --brokers localhost:9092 --truth truth
  phdp generate --patients 1600000 --months 24 --active-share 0.1 --to lake --data-dir large`
}

// Run writes the records and the truth.
func (c *generateCommand) Run(ctx context.Context, a *app) error {
	end, err := lastDay(c.End, time.Now())
	if err != nil {
		return err
	}
	g, err := newGenerator(population{c.Patients, c.Months, c.Seed, end.Format(time.DateOnly)}, c.Line, c.Active)
	if err != nil {
		return err
	}
	p := newProgress(os.Stderr)
	defer p.end()
	count := func(n int) { p.show("generate: %d records", n) }
	switch c.To {
	case "kafka":
		err = c.toKafka(ctx, g, count)
	case "lake":
		err = c.toLake(ctx, a, g, count)
	default:
		err = toFolder(ctx, g, c.To, count)
	}
	if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	truth := c.Truth
	if truth == "" && c.To != "kafka" && c.To != "lake" {
		truth = filepath.Join(c.To, "truth")
	}
	if truth != "" {
		if err := g.Truth().WriteDir(truth); err != nil {
			return fmt.Errorf("generate: %w", err)
		}
	}
	p.say("%d patients, %d months to %s, seed %d", c.Patients, c.Months, end.Format(time.DateOnly), c.Seed)
	return nil
}

func (c *generateCommand) toKafka(ctx context.Context, g *generate.Generator, count func(int)) error {
	if len(c.Brokers) == 0 {
		return errors.New("--to kafka needs --brokers, for example --brokers localhost:9092")
	}
	security, err := c.security()
	if err != nil {
		return err
	}
	producer, err := kafka.NewProducer(c.Brokers, security)
	if err != nil {
		return err
	}
	defer producer.Close()
	for _, topic := range topics() {
		if err := producer.Prepare(ctx, topic, 4); err != nil {
			return err
		}
	}
	return produce(ctx, producer, g, count)
}

func produce(ctx context.Context, producer *kafka.Producer, g *generate.Generator, count func(int)) error {
	n := 0
	for r := range g.Records() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := producer.Produce(ctx, topicOf(r.Stream), r.Key, r.Value, nil); err != nil {
			return err
		}
		if n++; n%1000 == 0 {
			count(n)
		}
	}
	return producer.Flush(ctx)
}

func toFolder(ctx context.Context, g *generate.Generator, dir string, count func(int)) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	out := map[ingest.Stream]*bufio.Writer{}
	for _, s := range []ingest.Stream{ingest.Chats, ingest.Prescriptions, ingest.Activities} {
		file, err := os.Create(filepath.Join(dir, topicOf(s)+".ndjson"))
		if err != nil {
			return err
		}
		w := bufio.NewWriterSize(file, 1<<20)
		out[s] = w
		defer func() { err = errors.Join(err, w.Flush(), file.Close()) }()
	}
	n := 0
	for r := range g.Records() {
		if err := ctx.Err(); err != nil {
			return err
		}
		w := out[r.Stream]
		_, _ = w.Write(r.Value) // bufio keeps the first error for Flush
		_ = w.WriteByte('\n')
		if n++; n%1000 == 0 {
			count(n)
		}
	}
	return nil
}

// population says which invented people; it is kept beside a demo's data so that a later start plays the same.
type population struct {
	Patients int    `json:"patients"`
	Months   int    `json:"months"`
	Seed     uint64 `json:"seed"`
	End      string `json:"end"`
}

func newGenerator(who population, only []string, active float64) (*generate.Generator, error) {
	all, err := lines.Default()
	if err != nil {
		return nil, err
	}
	end, err := lastDay(who.End, time.Time{})
	if err != nil {
		return nil, err
	}
	return generate.New(generate.Config{Patients: who.Patients, Months: who.Months, Seed: who.Seed, End: end, Lines: all, Only: only, ActiveShare: active})
}

func lastDay(day string, now time.Time) (time.Time, error) {
	if day == "" {
		y, m, d := now.In(pipelines.Business).AddDate(0, 0, -1).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, pipelines.Business), nil
	}
	end, err := time.ParseInLocation(time.DateOnly, day, pipelines.Business)
	if err != nil {
		return end, fmt.Errorf("--end %s: not a date like 2026-06-30", day)
	}
	return end, nil
}

// play puts the demo's records on the topics, each once over all starts, and writes the truth.
func (p *platform) play(ctx context.Context) error {
	if !p.cmd.Demo {
		p.played.Store(true)
		return nil
	}
	who, done, err := p.population()
	if err != nil || done {
		p.played.Store(err == nil)
		return err
	}
	g, err := newGenerator(who, nil, 1)
	if err != nil {
		return err
	}
	for _, topic := range topics() {
		if err := p.producer.Resume(ctx, topic); err != nil {
			return err
		}
	}
	err = produce(ctx, p.producer, g, func(n int) { p.say("generate", int64(n), 0, "playing %d patients: %d events", who.Patients, n) })
	if err != nil {
		return ignoreEnd(ctx, fmt.Errorf("play demo: %w", err))
	}
	if err := g.Truth().WriteDir(p.app.path("demo", "truth")); err != nil {
		return fmt.Errorf("play demo: %w", err)
	}
	if err := os.WriteFile(p.app.path("demo", "played"), nil, 0o644); err != nil {
		return fmt.Errorf("play demo: %w", err)
	}
	p.played.Store(true)
	return nil
}

// population reads what an earlier start played, or writes down what this one will.
func (p *platform) population() (who population, done bool, err error) {
	end, err := lastDay("", time.Now())
	if err != nil {
		return who, false, err
	}
	wanted := population{p.cmd.Patients, p.cmd.Months, p.cmd.Seed, end.Format(time.DateOnly)}
	path := p.app.path("demo", "population.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return wanted, false, writeJSONFile(path, wanted)
	}
	if err != nil {
		return who, false, fmt.Errorf("read demo: %w", err)
	}
	if err := json.Unmarshal(text, &who); err != nil {
		return who, false, fmt.Errorf("read demo %s: %w", path, err)
	}
	if wanted.End = who.End; wanted != who {
		return who, false, fmt.Errorf("%s holds a demo of %d patients, %d months, seed %d; choose another folder with --data-dir for a different one", p.app.dir, who.Patients, who.Months, who.Seed)
	}
	_, err = os.Stat(p.app.path("demo", "played"))
	return who, err == nil, nil
}
