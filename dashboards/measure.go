package dashboards

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"phdp/dashboards/access"
)

// Measures are the names of the numbers that alert rules can watch: the cards of the home page, the open alerts of each
// kind, and what the checks found.
func Measures() []string {
	var all []string
	for _, axis := range axes {
		for _, card := range axis.cards {
			all = append(all, card.code)
		}
	}
	for _, code := range alertCodes {
		all = append(all, "alert."+code)
	}
	return append(all, "checks.failed", "fills.rejected")
}

// Measure returns a number by its name, of a line or of all when line is empty, as an account sees it. Shares are
// between 0 and 1.
func (s *Server) Measure(ctx context.Context, account, name, line string) (float64, error) {
	who, err := s.AccountOf(account)
	if err != nil {
		return 0, err
	}
	rq, release, err := s.standing(ctx, who, access.SeeTotals)
	if err != nil {
		return 0, err
	}
	defer release()
	if !slices.Contains(Measures(), name) {
		return 0, fmt.Errorf("no measure %q; there are: %s", name, strings.Join(Measures(), ", "))
	}
	if line != "" && !rq.wh.hasLine(line) {
		return 0, fmt.Errorf("no line %q", line)
	}
	if code, ok := strings.CutPrefix(name, "alert."); ok {
		return rq.openAlerts(ctx, code, line)
	}
	if name == "checks.failed" || name == "fills.rejected" {
		return rq.found(ctx, name)
	}
	return rq.card(ctx, name, line)
}

// card is the number of a card of the home page.
func (rq *request) card(ctx context.Context, name, line string) (float64, error) {
	for _, axis := range axes {
		points, err := rq.wh.points(ctx, axis.query, line)
		if err != nil {
			return 0, err
		}
		for _, p := range points {
			if p.Code == name && p.Period == "now" && p.Denominator > 0 && !p.hidden() {
				return p.value(), nil
			}
		}
	}
	return 0, fmt.Errorf("measure %s: nothing to count, or too few to show", name)
}

// openAlerts counts the open alerts of a kind. It counts people's rows, so that readers of totals have none.
func (rq *request) openAlerts(ctx context.Context, code, line string) (float64, error) {
	if rq.totals {
		return 0, errForbidden
	}
	kinds, err := query(ctx, rq.wh, "alerts.Counts", args{"line": line, "owner": ""}, func(x *alertKind) []any {
		return []any{&x.Code, &x.Severity, &x.Alerts, &x.People, &x.Median, &x.OverWeek, &x.Unowned}
	})
	var n int64
	for _, x := range kinds {
		if x.Code == code {
			n += x.Alerts
		}
	}
	return float64(n), err
}

func (rq *request) found(ctx context.Context, name string) (float64, error) {
	all, err := query(ctx, rq.wh, "home.Rejects", nil, func(x *rejects) []any { return []any{&x.Rejected, &x.Fills, &x.FailedChecks, &x.Checks} })
	if err != nil || len(all) == 0 {
		return 0, err
	}
	if name == "checks.failed" {
		return float64(all[0].FailedChecks), nil
	}
	rq.guardCounts(&all[0].Rejected)
	if rq.hides(all[0].Rejected) {
		return 0, nil
	}
	return float64(all[0].Rejected), nil
}

// Evaluate runs a statement that gives one number, in the sandbox of the SQL page and under the rules of an account.
func (s *Server) Evaluate(ctx context.Context, account, statement string) (value float64, err error) {
	who, err := s.AccountOf(account)
	if err != nil {
		return 0, err
	}
	rq, release, err := s.standing(ctx, who, access.RunSQL)
	if err != nil {
		return 0, err
	}
	defer release()
	if err := s.vet(ctx, rq, statement, "query", "kind=alert"); err != nil {
		return 0, err
	}
	rows, done, err := s.rows(ctx, rq.wh, statement)
	if err != nil {
		return 0, err
	}
	defer done()
	var number number
	if columns, err := rows.Columns(); err != nil || len(columns) != 1 || !rows.Next() {
		return 0, errors.Join(errors.New("the statement must give one number"), err)
	}
	if err := rows.Scan(&number); err != nil || !number.Valid || rows.Next() {
		return 0, errors.New("the statement must give one number") // what it gave instead stays here
	}
	return number.Float64, rows.Err()
}
