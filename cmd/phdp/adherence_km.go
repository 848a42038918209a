package main

import (
	"fmt"
	"io"
	"strings"

	"phdp/models/adherence"
)

type kmCommand struct {
	Times string   `required:"" type:"existingfile" placeholder:"FILE" help:"CSV: patient_id,time,event(1|0)[,group columns]."`
	Group []string `placeholder:"COL" help:"A curve for each value of this column; several columns: for each of each."`
	Conf  string   `default:"log" enum:"log,plain,log-log" help:"Kind of the 95 % interval: log, plain or log-log."`
	Curve string   `placeholder:"FILE" help:"Write the points of the curves here."`
	Tests string   `placeholder:"FILE" help:"Write a log-rank test of each grouping column here; without --group of every further column."`
	resultFlags
}

// Run estimates the curves.
func (c *kmCommand) Run() error {
	var times *adherence.Times
	var rejects []adherence.Reject
	columns := c.Group
	err := withInput(c.Times, func(r io.Reader) (err error) {
		times, rejects, err = adherence.ReadTimes(r, c.Times, columns)
		return err
	})
	if err != nil {
		return err
	}
	groups := c.groups(times)
	curves := make([]adherence.Curve, len(groups))
	for i, g := range groups {
		curves[i] = adherence.KaplanMeier(g.Subjects, adherence.Confidence(c.Conf))
	}
	err = c.write(c.Out, "group,n,events,median,median_lower,median_upper,rmst365", func(w io.Writer) error {
		var to []byte
		for i, g := range groups {
			to = adherence.AppendSurvival(to, g.Label, curves[i])
		}
		_, err := w.Write(to)
		return err
	})
	if err == nil && c.Curve != "" {
		err = c.writeCurves(groups, curves)
	}
	if err == nil && c.Tests != "" {
		err = c.writeTests(times, &rejects)
	}
	if err != nil {
		return err
	}
	return c.report(fmt.Sprintf("conf %s, group %s, restricted mean to 365", c.Conf, strings.Join(c.Group, ",")), fmt.Sprintf("%d subjects", len(times.Subjects)), rejects)
}

// groups are the subjects by the grouping columns; all of them without one.
func (c *kmCommand) groups(times *adherence.Times) []adherence.Group {
	if len(c.Group) == 0 {
		return []adherence.Group{{Label: "all", Subjects: times.Subjects}}
	}
	var all []adherence.Group
	for i, column := range c.Group {
		for _, g := range times.Groups(i) {
			if len(c.Group) > 1 {
				g.Label = column + "=" + g.Label
			}
			all = append(all, g)
		}
	}
	return all
}

func (c *kmCommand) writeCurves(groups []adherence.Group, curves []adherence.Curve) error {
	return c.write(c.Curve, "group,time,n_risk,n_event,n_censor,survival,std_err,lower,upper", func(w io.Writer) error {
		for i, g := range groups {
			var to []byte
			for _, s := range curves[i].Steps {
				to = adherence.AppendStep(to, g.Label, s)
			}
			if _, err := w.Write(to); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeTests writes a line per grouping column; a column that cannot be tested becomes a reject.
func (c *kmCommand) writeTests(times *adherence.Times, rejects *[]adherence.Reject) error {
	return c.write(c.Tests, "test,chisq,df,p", func(w io.Writer) error {
		var to []byte
		for i, column := range times.Columns {
			var groups [][]adherence.Subject
			for _, g := range times.Groups(i) {
				groups = append(groups, g.Subjects)
			}
			test, err := adherence.LogRank(groups)
			if err != nil {
				*rejects = append(*rejects, adherence.Reject{File: c.Times, Field: column, Reason: "no_test", Remedy: err.Error()})
				continue
			}
			to = adherence.AppendTest(to, column, test)
		}
		_, err := w.Write(to)
		return err
	})
}
