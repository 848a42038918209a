package dashboards

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"phdp/dashboards/delivery"
)

// deliveryStates are the states of a message, as the outbox has them.
var deliveryStates = []string{"waiting", "delivered", "failed"}

var deliveryParams = []param{oneOf("state", "", deliveryStates...)}

// shownMessages is how many messages the page lists.
const shownMessages = 200

type deliveriesData struct {
	Plan     bool // there is an outbox, or somebody carries out a plan
	Carrier  Carrier
	Alerts   []shownAlert
	Messages []delivery.Sent
	States   []stateCount // all, then each state
	State    string       // that is chosen; "" for all
	Total    int64        // messages in it
}

// shownAlert is an open alert with its value as the reader may see it.
type shownAlert struct {
	delivery.Alert
	Shown string
	Later bool // it will be told when the quiet hours end
}

// Shown is how many messages are listed.
func (d deliveriesData) Shown() int64 { return int64(len(d.Messages)) }

// stateCount is how many messages are in a state.
type stateCount struct {
	State, Link string
	Count       int64
	Current     bool
}

// deliveries shows the alerts that are open and the messages that went out by themselves or wait to.
func (s *Server) deliveries(ctx context.Context, rq *request) (view, error) {
	if err := s.audit(rq, "list", "deliveries", ""); err != nil {
		return view{}, err
	}
	data := deliveriesData{State: rq.state.Get("state")}
	var err error
	data.Carrier, err = s.withOutbox(ctx, func(box *delivery.Outbox) error {
		data.Plan = true
		return s.readOutbox(ctx, rq, box, &data)
	})
	data.Plan = data.Plan || data.Carrier != CarriedByNobody
	return view{Page: "deliveries", Title: s.render.texts[rq.lang].get("deliveries.title"), Data: data}, err
}

// withOutbox runs do on the outbox, if there is one.
func (s *Server) withOutbox(ctx context.Context, do func(*delivery.Outbox) error) (Carrier, error) {
	if s.cfg.Outbox == nil {
		return CarriedByNobody, nil
	}
	box, carrier, err := s.cfg.Outbox(ctx)
	if err != nil || box == nil {
		return carrier, err
	}
	return carrier, errors.Join(do(box), box.Close())
}

func (s *Server) readOutbox(ctx context.Context, rq *request, box *delivery.Outbox, data *deliveriesData) error {
	alerts, err := box.Alerts(ctx)
	if err != nil {
		return err
	}
	for _, a := range alerts {
		data.Alerts = append(data.Alerts, shownAlert{Alert: a, Shown: rq.alertValue(a.Value), Later: a.ToldAt.After(s.cfg.Now())})
	}
	counts, err := box.Counts(ctx)
	if err != nil {
		return err
	}
	for _, state := range deliveryStates {
		counts[""] += counts[state]
	}
	data.Total = counts[data.State]
	for _, state := range append([]string{""}, deliveryStates...) {
		data.States = append(data.States, stateCount{State: state, Link: deliveriesIn(state), Count: counts[state], Current: state == data.State})
	}
	data.Messages, err = box.Messages(ctx, delivery.Which{State: data.State, Limit: shownMessages})
	return err
}

// alertValue writes the number of a rule with at most four decimals. The plan's account may see more than the reader, and
// what a rule counts is not written down: to readers of totals a whole number is a band, and another has two decimals.
func (rq *request) alertValue(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		n := int64(x)
		rq.guardCounts(&n)
		return formatInt(n)
	}
	decimals := 4
	if rq.totals {
		decimals = 2
	}
	return strings.TrimSuffix(strings.TrimRight(formatDecimal(x, decimals), "0"), ".")
}

// deliveriesIn is the address of the messages in a state.
func deliveriesIn(state string) string {
	if !slices.Contains(deliveryStates, state) {
		return "/deliveries"
	}
	return "/deliveries?state=" + state
}

// acknowledge notes that the reader cares for an open alert. Who came first stays.
func (s *Server) acknowledge(ctx context.Context, w http.ResponseWriter, rq *request) error {
	return s.changeOutbox(ctx, w, rq, func(box *delivery.Outbox) error {
		all, err := box.Alerts(ctx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(a delivery.Alert) bool { return a.Rule == rq.PostForm.Get("rule") })
		if at < 0 {
			return errNotFound
		}
		if all[at].AckedBy != "" {
			return nil
		}
		if err := s.audit(rq, "acknowledge_alert", all[at].Rule, ""); err != nil {
			return err
		}
		_, err = box.Acknowledge(ctx, all[at].Rule, rq.who.Name) // one that is over now needs nobody
		return err
	})
}

// sendAgain puts a message that was given up back among those that wait.
func (s *Server) sendAgain(ctx context.Context, w http.ResponseWriter, rq *request) error {
	return s.changeOutbox(ctx, w, rq, func(box *delivery.Outbox) error {
		id, err := strconv.ParseInt(rq.PostForm.Get("id"), 10, 64)
		if err != nil || id <= 0 {
			return badRequest{"delivery: no number"}
		}
		all, err := box.Messages(ctx, delivery.Which{ID: id, State: "failed", Limit: 1})
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return errNotFound
		}
		m := all[0]
		if err := s.audit(rq, "send_again", fmt.Sprintf("message %d", m.ID), fmt.Sprintf("kind=%s job=%s target=%s", m.Kind, m.Job, m.Target)); err != nil {
			return err
		}
		_, err = box.Retry(ctx, m.ID)
		return err
	})
}

// changeOutbox reads a form, runs do and leads back to the messages that were shown.
func (s *Server) changeOutbox(ctx context.Context, w http.ResponseWriter, rq *request, do func(*delivery.Outbox) error) error {
	rq.Body = http.MaxBytesReader(w, rq.Body, 1<<10)
	if err := rq.ParseForm(); err != nil {
		return badRequest{"delivery: no form"}
	}
	if _, err := s.withOutbox(ctx, do); err != nil {
		return err
	}
	http.Redirect(w, rq.Request, deliveriesIn(rq.PostForm.Get("state")), http.StatusSeeOther)
	return nil
}
