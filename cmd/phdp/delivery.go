package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"phdp/dashboards"
	"phdp/dashboards/delivery"
	"phdp/ingest/kafka"
	"phdp/transform/vault"
)

// deliveryFlags name the plan of what goes out.
type deliveryFlags struct {
	Delivery string `type:"path" placeholder:"FILE" help:"Plan of lists, WeCom tags, alerts and reports that go out at their time (YAML). See docs/delivery.md."`
}

// deliver carries out the plan until ctx ends. Of several processes with a plan over one data folder one does so, and
// another when that one has ended.
func (f *deliveryFlags) deliver(ctx context.Context, a *app, pages *dashboards.Server, publish delivery.Publish, url string) error {
	if f.Delivery == "" {
		return nil
	}
	plan, err := delivery.ReadPlan(f.Delivery)
	if err != nil {
		return err
	}
	if _, err := pages.AccountOf(plan.Account); err != nil {
		return fmt.Errorf("plan of deliveries %s: %w", f.Delivery, err)
	}
	senders, err := plan.Senders(os.Getenv, publish, time.Now)
	if err != nil {
		return fmt.Errorf("plan of deliveries %s: %w", f.Delivery, err)
	}
	unlock, err := lock(a.path("delivery"))
	for said := false; err != nil; unlock, err = lock(a.path("delivery")) {
		if !said {
			a.log.Warn("deliveries are made by another phdp; waiting for its end")
		}
		if said = true; !sleep(ctx, 10*time.Second) {
			return nil
		}
	}
	defer unlock()
	a.delivers.Store(true)
	defer a.delivers.Store(false)
	box, err := delivery.OpenOutbox(ctx, a.path("delivery"), time.Now)
	if err != nil {
		return err
	}
	identifiers := &reader{app: a}
	service := delivery.New(delivery.Config{Plan: plan, Outbox: box, Senders: senders, Source: deliverySource(pages, identifiers, url), Log: a.log, Now: time.Now, URL: url})
	return errors.Join(service.Run(ctx), identifiers.close(), box.Close())
}

// outbox opens the outbox for a page and says who carries out a plan over it; nil when nothing was ever to be sent.
func (a *app) outbox(ctx context.Context) (box *delivery.Outbox, carrier dashboards.Carrier, err error) {
	dir := a.path("delivery")
	if a.delivers.Load() {
		carrier = dashboards.CarriedHere
	}
	if _, err := os.Stat(filepath.Join(dir, "outbox.db")); errors.Is(err, fs.ErrNotExist) {
		return nil, carrier, nil
	}
	if carrier == dashboards.CarriedByNobody {
		if unlock, err := lock(dir); err != nil {
			carrier = dashboards.CarriedElsewhere
		} else {
			unlock()
		}
	}
	box, err = delivery.OpenOutbox(ctx, dir, time.Now)
	return box, carrier, err
}

// deliverySource is the dashboards as the deliveries see them, with the vault behind.
func deliverySource(pages *dashboards.Server, identifiers *reader, url string) delivery.Source {
	return delivery.Source{
		Build: func() (delivery.Build, bool) {
			id, asOf, ok := pages.Published()
			return delivery.Build{ID: id, AsOf: asOf}, ok
		},
		List: func(ctx context.Context, account string, l delivery.List) (delivery.File, error) {
			made, err := pages.MakeList(ctx, account, l.Segment, l.Purpose, l.Format)
			return delivery.File{Path: made.Path, Name: made.Name, ContentType: made.ContentType, Manifest: made.Manifest}, err
		},
		Wanted: func(ctx context.Context, account string, m delivery.Marks) ([]delivery.Wanted, error) {
			var tags []string
			for id := range m.Tags {
				tags = append(tags, id)
			}
			people, err := pages.TagsOf(ctx, account, m.Segment, m.Purpose, tags)
			all := make([]delivery.Wanted, 0, len(people))
			for _, p := range people {
				all = append(all, delivery.Wanted{Pair: delivery.Pair{Staff: p.Staff, PatientKey: p.PatientKey}, Tags: p.Tags})
			}
			return all, err
		},
		Measure: func(ctx context.Context, account string, r delivery.Rule) (float64, error) {
			if r.SQL != "" {
				return pages.Evaluate(ctx, account, r.SQL)
			}
			return pages.Measure(ctx, account, r.Metric, r.Line)
		},
		Page: func(ctx context.Context, account string, r delivery.Report) (string, []byte, error) {
			return pages.MailPage(ctx, account, r.Page, r.Language, url)
		},
		Reveal: func(ctx context.Context, account, job, target string, keys []string) (map[string]string, error) {
			if err := pages.NoteReveal(account, job, target, len(keys)); err != nil {
				return nil, err
			}
			return identifiers.externalIDs(ctx, account, job, keys)
		},
	}
}

// reader keeps the vault open between deliveries. After an error it is opened anew: its key may have been changed.
type reader struct {
	app  *app
	mu   sync.Mutex
	open *vault.Vault
}

// externalIDs reads the external_userid behind keys of WeCom accounts; the vault writes down who asked for whose.
func (r *reader) externalIDs(ctx context.Context, account, job string, keys []string) (all map[string]string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		if r.open, err = r.app.openVault(ctx); err != nil {
			return nil, err
		}
	}
	found, err := r.open.Read(ctx, vault.Request{Purpose: "service", Actor: account, Reason: "delivery " + job}, keys)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	all = map[string]string{}
	for _, id := range found {
		if id.Kind == "wecom" {
			all[id.Key] = string(id.Value)
		}
	}
	return all, nil
}

func (r *reader) close() error {
	if r.open == nil {
		return nil
	}
	err := r.open.Close()
	r.open = nil
	return err
}

// publisher hands records to the cluster of phdp run, through a producer of its own that lives for one delivery: a
// producer that has failed once does not come back.
func (f *brokerFlags) publisher() (delivery.Publish, error) {
	security, err := f.security()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, topic, key string, records [][]byte) error {
		producer, err := kafka.NewProducer(f.Brokers, security)
		if err != nil {
			return err
		}
		defer producer.Close()
		if err := producer.Prepare(ctx, topic, 1); err != nil {
			return err
		}
		for i, r := range records {
			headers := map[string]string{"idempotency-key": key, "record": strconv.Itoa(i), "records": strconv.Itoa(len(records))}
			if err := producer.Produce(ctx, topic, []byte(key), r, headers); err != nil {
				return err
			}
		}
		return producer.Flush(ctx)
	}, nil
}

type deliveryCommand struct {
	Status deliveryStatusCommand `cmd:"" default:"withargs" help:"Print what waits, what went, and the alerts that are open."`
	Ack    deliveryAckCommand    `cmd:"" help:"Acknowledge an open alert: it is not told again until it is over."`
	Retry  deliveryRetryCommand  `cmd:"" help:"Send a message again that was given up."`
	Check  deliveryCheckCommand  `cmd:"" help:"Check a plan."`
}

func (a *app) withOutbox(ctx context.Context, do func(*delivery.Outbox) error) error {
	box, err := delivery.OpenOutbox(ctx, a.path("delivery"), time.Now)
	if err != nil {
		return err
	}
	return errors.Join(do(box), box.Close())
}

type deliveryStatusCommand struct {
	Rows int `default:"30" help:"How many messages."`
}

// Run prints open alerts, then messages, the newest first.
func (c *deliveryStatusCommand) Run(ctx context.Context, a *app) error {
	return a.withOutbox(ctx, func(box *delivery.Outbox) error {
		alerts, err := box.Alerts(ctx)
		if err != nil {
			return err
		}
		for _, x := range alerts {
			acked := "not acknowledged"
			if x.AckedBy != "" {
				acked = "acknowledged by " + x.AckedBy + " " + x.AckedAt.Format(time.RFC3339)
			}
			fmt.Printf("alert %-24s since %s  value %g  told %d times  %s\n", x.Rule, x.Since.Format(time.RFC3339), x.Value, x.Told, acked)
		}
		all, err := box.Messages(ctx, delivery.Which{Limit: c.Rows})
		for _, m := range all {
			fmt.Printf("%6d  %s  %-9s  %-20s %-12s %-7s %d attempts  %s\n", m.ID, m.Made.Format(time.RFC3339), m.State, m.Job, m.Target, m.Kind, m.Attempts, m.Error)
		}
		return err
	})
}

type deliveryAckCommand struct {
	Rule string `arg:"" help:"Name of the rule."`
}

// Run acknowledges under the name of the machine's user.
func (c *deliveryAckCommand) Run(ctx context.Context, a *app) error {
	by, err := actor()
	if err != nil {
		return err
	}
	return a.withOutbox(ctx, func(box *delivery.Outbox) error {
		found, err := box.Acknowledge(ctx, c.Rule, by)
		if err == nil && !found {
			err = fmt.Errorf("no alert of rule %q is open", c.Rule)
		}
		return err
	})
}

type deliveryRetryCommand struct {
	ID int64 `arg:"" help:"Number of the message, as status prints it."`
}

// Run puts the message back among those that wait.
func (c *deliveryRetryCommand) Run(ctx context.Context, a *app) error {
	return a.withOutbox(ctx, func(box *delivery.Outbox) error {
		found, err := box.Retry(ctx, c.ID)
		if err == nil && !found {
			err = fmt.Errorf("no message %d waits or was given up", c.ID)
		}
		return err
	})
}

type deliveryCheckCommand struct {
	Plan string `arg:"" type:"existingfile" help:"Plan file."`
}

// Run reads the plan and says what is in it.
func (c *deliveryCheckCommand) Run() error {
	plan, err := delivery.ReadPlan(c.Plan)
	if err != nil {
		return err
	}
	fmt.Printf("%d targets, %d lists, %d WeCom orders, %d alert rules, %d reports\n", len(plan.Targets), len(plan.Lists), len(plan.Marks), len(plan.Alerts), len(plan.Reports))
	return nil
}
