package main

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"phdp/ingest"
	"phdp/sql/queries"
	"phdp/transform"
)

type privacyCommand struct {
	Check    privacyCheckCommand    `cmd:"" help:"Count what redaction takes out of the lines of a text file."`
	Consents privacyConsentsCommand `cmd:"" help:"Print what a person consented to, for each purpose and over time."`
}

type privacyCheckCommand struct {
	Show bool   `env:"-" help:"Print the lines that change, before and after. They may name patients."`
	File string `arg:"" type:"existingfile" help:"A text file, one message a line."`
}

// Help is the long help of phdp privacy check.
func (privacyCheckCommand) Help() string {
	return `Lines that hold no identifier should stay, and planted ones should go: docs/privacy.md has our figures.

Example:
  phdp privacy check --show sentences.txt`
}

// tokenPattern is how tokens look in a redacted text.
var tokenPattern = regexp.MustCompile(`\[(电话|证件|银行卡|邮箱|微信|QQ|地址|姓名|车牌|链接|乱码|病历号|单号|IP|支付宝)\]`)

// Run counts tokens by kind.
func (c *privacyCheckCommand) Run(a *app) error {
	key, err := transform.NewKey(make([]byte, transform.KeyBytes)) // nothing is kept
	if err != nil {
		return err
	}
	t, err := transform.New(transform.Config{Key: key})
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	counts := map[string]int{}
	read, changed := 0, 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, ingest.MaxValueBytes)
	for lines.Scan() {
		read++
		text, n := t.Redact(lines.Text())
		found := tokenPattern.FindAllString(text, -1)
		for _, token := range found {
			counts[token]++
		}
		if n == 0 && len(found) == 0 {
			continue
		}
		changed++
		counts["names before a role"] += max(0, n-len(found))
		if c.Show {
			fmt.Printf("- %s\n+ %s\n", lines.Text(), text)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	fmt.Printf("%d of %d lines change\n", changed, read)
	kinds := make([]string, 0, len(counts))
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		fmt.Printf("%8d  %s\n", counts[kind], kind)
	}
	return nil
}

type privacyConsentsCommand struct {
	Patient    string `env:"-" placeholder:"KIND:ID" help:"The person by an identifier."`
	PatientKey string `env:"-" placeholder:"KEY" help:"The person by a patient key."`
}

// Run prints the spans.
func (c *privacyConsentsCommand) Run(ctx context.Context, a *app) (err error) {
	e, err := a.newEraser(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	keys := []string{c.PatientKey}
	if c.Patient != "" {
		id, err := parseIdentifier(c.Patient)
		if err != nil {
			return fmt.Errorf("--patient: %w", err)
		}
		keys = e.key.Pseudonyms(id)
	}
	if keys[0] == "" {
		return errors.New("name the person with --patient or --patient-key")
	}
	spans, err := e.consents(ctx, keys)
	if err != nil {
		return err
	}
	for _, s := range spans {
		fmt.Println(s)
	}
	return nil
}

// consentSpan is a time in which a purpose was granted, agreed to by default, withdrawn or expired; Until is "" for now.
type consentSpan struct {
	Purpose, State string
	From, Until    string
}

// String says it in a line.
func (s consentSpan) String() string {
	return fmt.Sprintf("%-14s %-9s  from %s to %s", s.Purpose, s.State, s.From, cmp.Or(s.Until, "now"))
}

// consents reads from the lake what the person behind some keys consented to.
func (e *eraser) consents(ctx context.Context, keys []string) (spans []consentSpan, err error) {
	if keys, err = e.personOf(ctx, keys); err != nil {
		return nil, fmt.Errorf("find the person: %w", err)
	}
	views, err := openViews(ctx, e.lake)
	if err != nil {
		return nil, err
	}
	defer views.Close()
	query, err := queries.Get("privacy.Consents")
	if err != nil {
		return nil, err
	}
	rows, err := views.QueryContext(ctx, query, sql.Named("keys", strings.Join(keys, ";")))
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s consentSpan
		if err := rows.Scan(&s.Purpose, &s.State, &s.From, &s.Until); err != nil {
			return nil, fmt.Errorf("read consents: %w", err)
		}
		spans = append(spans, s)
	}
	return spans, rows.Err()
}

// consented says whether a purpose is granted now. Purposes that are not the person's to grant (their own request,
// an erasure, the safety of a drug) need no consent.
func consented(spans []consentSpan, purpose string) bool {
	if !slices.Contains([]string{"service", "marketing", "research"}, purpose) {
		return true
	}
	return slices.ContainsFunc(spans, func(s consentSpan) bool { return s.Purpose == purpose && s.State == "granted" && s.Until == "" })
}
