// Package delivery hands on what PHDP makes: lists of people at a time of the day, changes of WeCom tags, alerts and
// reports. A plan says what goes when and where. What goes waits in an outbox, a SQLite file, and is tried again until
// the receiver has taken it; each message has a key by which a receiver knows it when it comes twice. The identifiers
// of people are never in the outbox: they are asked for when a message is sent, and the caller writes down who asked
// before it gives them out. The package knows neither pages nor the warehouse; the caller hands in functions.
package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Plan is what goes when and where.
type Plan struct {
	TimeZone string            `yaml:"time_zone"` // of the times below; Asia/Shanghai when empty
	Account  string            `yaml:"account"`   // whose rights and row rules hold; "local" where nobody signs in
	Quiet    string            `yaml:"quiet"`     // such as 21:00-08:00: alerts that are not urgent wait for its end
	Language string            `yaml:"language"`  // of alerts: zh-CN or en; zh-CN when empty
	Targets  map[string]Target `yaml:"targets"`
	Lists    []List            `yaml:"lists"`
	Marks    []Marks           `yaml:"marks"`
	Alerts   []Rule            `yaml:"alerts"`
	Reports  []Report          `yaml:"reports"`

	zone *time.Location
}

// Target is a receiver. One of the first seven fields says of which kind; secrets are names of environment variables.
type Target struct {
	Webhook string `yaml:"webhook"` // address that gets signed requests
	Topic   string `yaml:"topic"`   // of the Kafka cluster of phdp run
	Bucket  string `yaml:"bucket"`  // of an S3-compatible store
	Robot   string `yaml:"robot"`   // variable with the address of a WeCom group robot, which is a secret
	Mail    string `yaml:"mail"`    // SMTP server, host:port
	WeCom   string `yaml:"wecom"`   // address of the WeCom API, such as https://qyapi.weixin.qq.com
	Folder  string `yaml:"folder"`  // folder that another program empties

	Secret      string   `yaml:"secret"`      // variable with the secret of a webhook, bucket, mailbox or WeCom app
	KeyID       string   `yaml:"key_id"`      // variable with the access key id of a bucket
	User        string   `yaml:"user"`        // of the mailbox
	Endpoint    string   `yaml:"endpoint"`    // of the store
	Region      string   `yaml:"region"`      // of the bucket; us-east-1 when empty
	Prefix      string   `yaml:"prefix"`      // of the names of objects
	CorpID      string   `yaml:"corp_id"`     // of the company in WeCom
	From        string   `yaml:"from"`        // sender of mails
	To          []string `yaml:"to"`          // receivers of mails
	CA          string   `yaml:"ca"`          // file with the certificates to trust, PEM; the system's when empty
	Identifiers bool     `yaml:"identifiers"` // may get external_userid: the company allows it for this receiver
}

// Slot is when something is made.
type Slot struct {
	At   string   `yaml:"at"`   // time of the day, 15:04
	Days []string `yaml:"days"` // mon, tue, …; every day when empty
}

// List is a saved segment that is made and handed on.
type List struct {
	Slot    `yaml:",inline"`
	Name    string   `yaml:"name"`
	Segment string   `yaml:"segment"` // name of the saved segment
	Purpose string   `yaml:"purpose"`
	Format  string   `yaml:"format"` // csv, xlsx, parquet or jsonl; csv when empty
	To      []string `yaml:"to"`
}

// Marks are tags of a saved segment's people that are kept the same in WeCom.
type Marks struct {
	Slot    `yaml:",inline"`
	Name    string            `yaml:"name"`
	Segment string            `yaml:"segment"`
	Purpose string            `yaml:"purpose"`
	Tags    map[string]string `yaml:"tags"` // id of the tag here: id of the tag in WeCom
	To      string            `yaml:"to"`
}

// Rule is an alert on a number.
type Rule struct {
	Name     string   `yaml:"name"`
	Metric   string   `yaml:"metric"` // name of a measure, or
	SQL      string   `yaml:"sql"`    // a statement that gives one number
	Line     string   `yaml:"line"`
	Above    *float64 `yaml:"above"`
	Below    *float64 `yaml:"below"`
	Change   *float64 `yaml:"change"`    // percent up or down against over_days before; a negative one watches for a fall only
	OverDays int      `yaml:"over_days"` // 7 when empty
	Repeat   string   `yaml:"repeat"`    // how often an alert that nobody acknowledged is told again; 24h when empty
	Urgent   bool     `yaml:"urgent"`    // is told in quiet hours too
	To       []string `yaml:"to"`

	repeat time.Duration
}

// Report is a page that is sent as HTML.
type Report struct {
	Slot     `yaml:",inline"`
	Name     string   `yaml:"name"`
	Page     string   `yaml:"page"` // such as /adherence?line=htn
	Language string   `yaml:"language"`
	To       []string `yaml:"to"`
}

// ReadPlan reads and checks a plan file.
func ReadPlan(path string) (*Plan, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read plan of deliveries: %w", err)
	}
	p, err := ParsePlan(data)
	if err != nil {
		return nil, fmt.Errorf("plan of deliveries %s: %w", path, err)
	}
	return p, nil
}

// ParsePlan checks a plan. Fields that do not exist are errors.
func ParsePlan(data []byte) (*Plan, error) {
	p := &Plan{TimeZone: "Asia/Shanghai", Language: "zh-CN"}
	read := yaml.NewDecoder(bytes.NewReader(data))
	read.KnownFields(true)
	if err := read.Decode(p); err != nil {
		return nil, err
	}
	var err error
	if p.zone, err = time.LoadLocation(p.TimeZone); err != nil {
		return nil, fmt.Errorf("time_zone: %w", err)
	}
	if p.Account == "" {
		return nil, errors.New("account is missing: whose rights hold")
	}
	if _, _, err := parseQuiet(p.Quiet); err != nil {
		return nil, err
	}
	for name, t := range p.Targets {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("target %s: %w", name, err)
		}
	}
	return p, p.checkJobs()
}

// kind is what a target is, or "" when it is not one thing.
func (t Target) kind() string {
	kinds := map[string]string{"webhook": t.Webhook, "topic": t.Topic, "bucket": t.Bucket, "robot": t.Robot, "mail": t.Mail, "wecom": t.WeCom, "folder": t.Folder}
	found := ""
	for kind, value := range kinds {
		if value == "" {
			continue
		}
		if found != "" {
			return ""
		}
		found = kind
	}
	return found
}

func (t Target) check() error {
	switch t.kind() {
	case "":
		return errors.New("it needs one of webhook, topic, bucket, robot, mail, wecom, folder")
	case "webhook":
		if t.Secret == "" {
			return errors.New("secret is missing: the variable with the key that signs")
		}
		return checkAddress(t.Webhook)
	case "bucket":
		if t.Secret == "" || t.KeyID == "" {
			return errors.New("a bucket needs key_id and secret")
		}
		return checkAddress(t.Endpoint)
	case "wecom":
		if t.Secret == "" || t.CorpID == "" || !t.Identifiers {
			return errors.New("wecom needs corp_id, secret and identifiers: true")
		}
		return checkAddress(t.WeCom)
	case "mail":
		if t.From == "" || len(t.To) == 0 {
			return errors.New("mail needs from and to")
		}
		if _, _, err := net.SplitHostPort(t.Mail); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		if strings.ContainsAny(t.From+strings.Join(t.To, ""), "\r\n") {
			return errors.New("an address has a line break")
		}
	}
	return nil
}

// checkAddress wants TLS, except to this machine.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return errors.New("it needs an address such as https://example.org")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return errors.New("the address must begin with https://")
	}
	return nil
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,59}$`)

// checkJobs checks names, times and targets of everything that goes.
func (p *Plan) checkJobs() error {
	names := map[string]bool{}
	check := func(name string, slot *Slot, to ...string) error {
		if !namePattern.MatchString(name) || names[name] {
			return fmt.Errorf("name %q is empty, taken, or has other characters than a-z, 0-9, _ and -", name)
		}
		names[name] = true
		for _, one := range to {
			if _, ok := p.Targets[one]; !ok {
				return fmt.Errorf("%s: there is no target %q", name, one)
			}
		}
		if len(to) == 0 || slices.Contains(to, "") {
			return fmt.Errorf("%s: to is missing", name)
		}
		if slot == nil {
			return nil
		}
		if err := slot.check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	var problems []error
	for i := range p.Lists {
		l := &p.Lists[i]
		problems = append(problems, check(l.Name, &l.Slot, l.To...), p.checkList(l))
	}
	for _, m := range p.Marks {
		problems = append(problems, check(m.Name, &m.Slot, m.To), p.checkMarks(m))
	}
	for i := range p.Alerts {
		problems = append(problems, check(p.Alerts[i].Name, nil, p.Alerts[i].To...), p.Alerts[i].check(p.Targets))
	}
	for _, r := range p.Reports {
		problems = append(problems, check(r.Name, &r.Slot, r.To...), p.checkReport(r))
	}
	return errors.Join(problems...)
}

func (p *Plan) checkList(l *List) error {
	if l.Format == "" {
		l.Format = "csv"
	}
	if l.Segment == "" || l.Purpose == "" || !slices.Contains([]string{"csv", "xlsx", "parquet", "jsonl"}, l.Format) {
		return fmt.Errorf("%s: a list needs segment, purpose and format csv, xlsx, parquet or jsonl", l.Name)
	}
	for _, to := range l.To {
		switch kind := p.Targets[to].kind(); {
		case kind == "robot" || kind == "mail" || kind == "wecom":
			return fmt.Errorf("%s: lists of people do not go to %s", l.Name, kind)
		case kind == "topic" && l.Format != "jsonl":
			return fmt.Errorf("%s: a list for a topic has the format jsonl, a record for each person", l.Name)
		}
	}
	return nil
}

func (p *Plan) checkMarks(m Marks) error {
	t := p.Targets[m.To]
	switch {
	case m.Segment == "" || m.Purpose == "" || len(m.Tags) == 0:
		return fmt.Errorf("%s: marks need segment, purpose and tags", m.Name)
	case !t.Identifiers:
		return fmt.Errorf("%s: target %s has no identifiers: true", m.Name, m.To)
	case slices.Contains([]string{"robot", "mail"}, t.kind()):
		return fmt.Errorf("%s: marks do not go to %s", m.Name, t.kind())
	}
	seen := map[string]bool{}
	for here, there := range m.Tags {
		if there == "" || seen[there] {
			return fmt.Errorf("%s: the WeCom tag of %s is missing or stands twice", m.Name, here)
		}
		seen[there] = true
	}
	return nil
}

func (r *Rule) check(targets map[string]Target) (err error) {
	if (r.Metric == "") == (r.SQL == "") || r.Above == nil && r.Below == nil && r.Change == nil {
		return fmt.Errorf("%s: an alert needs metric or sql, and above, below or change", r.Name)
	}
	if r.Change != nil && *r.Change == 0 {
		return fmt.Errorf("%s: change must not be 0", r.Name)
	}
	if r.OverDays == 0 {
		r.OverDays = 7
	}
	if r.repeat = 24 * time.Hour; r.Repeat != "" {
		r.repeat, err = time.ParseDuration(r.Repeat)
	}
	if err != nil || r.repeat < time.Minute || r.OverDays < 1 {
		return fmt.Errorf("%s: repeat is a time such as 24h, over_days 1 or more", r.Name)
	}
	for _, to := range r.To {
		if kind := targets[to].kind(); kind != "robot" && kind != "mail" && kind != "webhook" && kind != "" {
			return fmt.Errorf("%s: alerts go to robot, mail and webhook", r.Name)
		}
	}
	return nil
}

func (p *Plan) checkReport(r Report) error {
	if !strings.HasPrefix(r.Page, "/") || strings.HasPrefix(r.Page, "//") {
		return fmt.Errorf("%s: page is an address such as /adherence?line=htn", r.Name)
	}
	for _, to := range r.To {
		if kind := p.Targets[to].kind(); kind == "robot" || kind == "wecom" || kind == "topic" {
			return fmt.Errorf("%s: reports go to mail, webhook, bucket and folder", r.Name)
		}
	}
	return nil
}
