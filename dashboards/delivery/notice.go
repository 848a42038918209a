package delivery

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// notice is what an alert says: names out of the plan and numbers, and nothing about a single person.
type notice struct {
	State     string  `json:"state"` // begins, goes on, over
	Rule      string  `json:"rule"`
	Metric    string  `json:"metric,omitempty"`
	Line      string  `json:"line,omitempty"`
	Value     float64 `json:"value"`
	Why       string  `json:"why,omitempty"` // above, below or change
	Limit     float64 `json:"limit,omitempty"`
	Before    float64 `json:"before,omitempty"`
	HasBefore bool    `json:"has_before"`
	OverDays  int     `json:"over_days,omitempty"`
	AsOf      string  `json:"as_of"`
	URL       string  `json:"url,omitempty"`
	Lang      string  `json:"language"` // of the words that are made of it
}

// notice reads the alert out of a parcel.
func (p Parcel) notice() (n notice, err error) {
	if p.Kind != kindAlert {
		return n, permanent{fmt.Errorf("a %s does not go here", p.Kind)}
	}
	if err := json.Unmarshal(p.Body, &n); err != nil {
		return n, permanent{fmt.Errorf("read alert: %w", err)}
	}
	return n, nil
}

// words of alerts, Chinese and English.
var words = map[string][2]string{
	"begins":  {"告警", "Alert"},
	"goes on": {"告警仍在持续", "Alert goes on"},
	"over":    {"告警已恢复", "Alert is over"},
	"value":   {"当前值", "value"},
	"above":   {"高于阈值", "above"},
	"below":   {"低于阈值", "below"},
	"change":  {"变化幅度达到（%）", "changed by % or more:"},
	"before":  {"%d 天前", "%d days before"},
	"as_of":   {"数据截至", "data as of"},
	"line":    {"病种", "line"},
	"metric":  {"指标", "measure"},
}

func (n notice) word(key string) string {
	if n.Lang == "en" {
		return words[key][1]
	}
	return words[key][0]
}

func (n notice) title() string { return n.word(n.State) + " · " + n.Rule }

// lines are the facts, one a line.
func (n notice) lines() []string {
	all := []string{n.word("value") + ": " + number(n.Value)}
	if n.Why != "" {
		all[0] += "（" + n.word(n.Why) + " " + number(n.Limit) + "）"
		if n.Lang == "en" {
			all[0] = n.word("value") + ": " + number(n.Value) + " (" + n.word(n.Why) + " " + number(n.Limit) + ")"
		}
	}
	if n.HasBefore {
		all = append(all, fmt.Sprintf(n.word("before"), n.OverDays)+": "+number(n.Before))
	}
	for _, x := range [][2]string{{"metric", n.Metric}, {"line", n.Line}, {"as_of", n.AsOf}} {
		if x[1] != "" {
			all = append(all, n.word(x[0])+": "+x[1])
		}
	}
	return all
}

// markdown is the alert as WeCom's robots show it.
func (n notice) markdown() string {
	colour := map[string]string{"over": "info"}[n.State]
	if colour == "" {
		colour = "warning"
	}
	text := `<font color="` + colour + `">` + n.title() + "</font>"
	for _, line := range n.lines() {
		text += "\n> " + line
	}
	if n.URL != "" {
		text += "\n[PHDP](" + n.URL + "/alerts)"
	}
	return text
}

// plain is the alert as a mail.
func (n notice) plain() string {
	text := n.title() + "\r\n\r\n" + strings.Join(n.lines(), "\r\n") + "\r\n"
	if n.URL != "" {
		text += "\r\n" + n.URL + "/alerts\r\n"
	}
	return text
}

// number writes a value with at most four decimals.
func number(x float64) string {
	text := strconv.FormatFloat(x, 'f', 4, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
