// Package transform turns one checked event into rows of the lake. It cleans text, replaces every
// identifier of a person by a keyed pseudonym, redacts personal data inside free text, and reads
// findings and measurements out of what patients and care workers write. Its functions look at one
// event only and are deterministic: the same event, key and catalogue give the same rows. It opens no
// connection, writes no log and never puts an identifier or a piece of text into an error.
package transform

import (
	"errors"
	"fmt"
	"sync"

	"phdp/ingest"
)

// Product is one article of the shop: what a prescription item's SKU or drug name is looked up in, and
// whose names are found in messages. Aliases are further names of the drug; NameZH may carry strength
// and pack size.
type Product struct {
	SKU, DrugCode, NameZH string
	Aliases               []string
}

// Config is what a Transformer is made from.
type Config struct {
	Key       Key        // makes pseudonyms and seals dead letters; required
	Catalogue *Catalogue // nil means DefaultCatalogue
	Products  []Product
}

// Transformer turns events into rows. It does not change after New and may be used by many goroutines.
type Transformer struct {
	key       Key
	catalogue *Catalogue
	drugs     *drugIndex
	cleaner   *cleaner
	scanner   *scanner
	meter     *meter
	scratch   sync.Pool // of *scratch
}

// New compiles the catalogue and the products into a Transformer.
func New(cfg Config) (*Transformer, error) {
	if cfg.Key.IsZero() {
		return nil, errors.New("make transformer: no key; use LoadKey or LoadOrCreateKey")
	}
	if cfg.Catalogue == nil {
		var err error
		if cfg.Catalogue, err = DefaultCatalogue(); err != nil {
			return nil, fmt.Errorf("make transformer: %w", err)
		}
	}
	t := &Transformer{key: cfg.Key, catalogue: cfg.Catalogue, cleaner: newCleaner()}
	t.drugs = newDrugIndex(cfg.Products, t.cleaner)
	t.scanner = newScanner(cfg.Catalogue, cfg.Products)
	t.meter = newMeter()
	t.scratch.New = func() any { return new(scratch) }
	return t, nil
}

// Catalogue returns the catalogue that the Transformer was made with.
func (t *Transformer) Catalogue() *Catalogue { return t.catalogue }

// Append adds the rows of one event to rows; at is where its record stood.
func (t *Transformer) Append(rows *Rows, at ingest.Position, ev *ingest.Event) {
	o := t.origin(at, ev)
	rows.identify(o.PatientKey, ev.Patient)
	t.appendLinks(rows, &o, ev)
	switch {
	case ev.Chat != nil:
		t.appendChat(rows, &o, ev.Chat)
	case ev.Prescription != nil:
		t.appendPrescription(rows, &o, ev)
	case ev.Activity != nil:
		t.appendActivity(rows, &o, ev)
	}
}

// AppendReject adds a dead-letter row for a record that could not be decoded. The record's value is
// sealed, so that only the holder of the key can read it again.
func (t *Transformer) AppendReject(rows *Rows, rec *ingest.Record, rej *ingest.Reject) {
	rows.DeadLetters = append(rows.DeadLetters, DeadLetterRow{
		Origin: Origin{
			Topic:     rec.Topic,
			Partition: rec.Partition,
			Offset:    rec.Offset,
			EventAt:   rec.Time.UTC(),
		},
		Reason:  rej.Reason,
		Field:   rej.Field,
		Detail:  rej.Detail,
		Payload: t.key.seal(rec.Value),
	})
}

func (t *Transformer) origin(at ingest.Position, ev *ingest.Event) Origin {
	return Origin{
		Topic:      at.Topic,
		Partition:  at.Partition,
		Offset:     at.Offset,
		EventID:    ev.ID,
		EventAt:    ev.At.UTC(),
		PatientKey: t.key.Pseudonym(ev.Patient),
		LineCode:   ev.Line,
		Source:     ev.Source,
	}
}

// appendLinks adds one row for each further identifier of the person. A link to the same key says
// nothing and is left out.
func (t *Transformer) appendLinks(rows *Rows, o *Origin, ev *ingest.Event) {
	ordinal := int32(0)
	for _, link := range ev.Links {
		key := t.key.Pseudonym(link)
		if key == "" || key == o.PatientKey {
			continue
		}
		rows.identify(key, link)
		rows.Links = append(rows.Links, LinkRow{
			Origin:    *o,
			Ordinal:   ordinal,
			Kind:      normalKind(ev.Patient.Kind),
			LinkedKey: key,
			LinkKind:  normalKind(link.Kind),
		})
		ordinal++
	}
}
