package dashboards

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// reportCSV sends the numbers of one figure.
func (s *Server) reportCSV(p reportPage) fileFunc {
	return func(ctx context.Context, w http.ResponseWriter, rq *request) error {
		if err := refuseIgnored(rq); err != nil {
			return err
		}
		r, err := s.makeReport(ctx, rq, p)
		if err != nil {
			return err
		}
		for _, f := range r.Figures {
			if f.Empty == "" && (rq.state.Get("figure") == f.ID || rq.state.Get("figure") == "") {
				if err := s.audit(rq, "export", p.name+" "+f.ID, fmt.Sprintf("kind=csv rows=%d", len(f.Table.Rows))); err != nil {
					return err
				}
				startCSV(w, fmt.Sprintf("phdp-%s-%s-%s.csv", p.name, f.ID, rq.wh.AsOf))
				out := newCSV(w)
				out.row(f.Table.Head...)
				for _, row := range f.Table.Rows {
					out.row(row...)
				}
				return out.flush()
			}
		}
		return errNotFound
	}
}

// reportXLSX sends all figures as a workbook: a sheet for each, and one that says what they are.
func (s *Server) reportXLSX(p reportPage) fileFunc {
	return func(ctx context.Context, w http.ResponseWriter, rq *request) error {
		if err := refuseIgnored(rq); err != nil {
			return err
		}
		r, err := s.makeReport(ctx, rq, p)
		if err != nil {
			return err
		}
		if err := s.audit(rq, "export", p.name, fmt.Sprintf("kind=xlsx figures=%d", len(r.Figures))); err != nil {
			return err
		}
		book := excelize.NewFile()
		defer book.Close()
		first := "about"
		if err := book.SetSheetName("Sheet1", first); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
		if err := writeSheet(book, first, r.about(s)); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
		for _, f := range r.Figures {
			if _, err := book.NewSheet(f.ID); err != nil {
				return fmt.Errorf("write workbook: %w", err)
			}
			if err := writeSheet(book, f.ID, append([][]string{f.Table.Head}, f.Table.Rows...)); err != nil {
				return fmt.Errorf("write workbook: %w", err)
			}
		}
		w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="phdp-%s-%s.xlsx"`, p.name, rq.wh.AsOf))
		return book.Write(w)
	}
}

// about says in lines what a file of figures is: the page, its filters, the day, the build and who took it.
func (r *report) about(s *Server) [][]string {
	lines := [][]string{{"page", r.t.get(r.Page + ".title")}, {"address", "/" + r.Page + r.rq.state.Query()}}
	for _, c := range r.Choices {
		chosen := c.Any
		for _, o := range c.Options {
			if o.Chosen {
				chosen = o.Label
			}
		}
		lines = append(lines, []string{c.Label, chosen})
	}
	lines = append(lines, []string{"as_of", r.rq.wh.AsOf}, []string{"build_id", r.rq.wh.BuildID}, []string{"user", r.rq.who.Name},
		[]string{"made_at", s.cfg.Now().In(shanghai).Format(time.RFC3339)})
	for _, x := range r.Stats {
		line := []string{x.Label, x.Value, x.Note}
		if x.Other != nil {
			line = append(line, x.Other.Label, x.Other.Value, x.Other.Difference)
		}
		lines = append(lines, line)
	}
	for _, f := range r.Figures {
		lines = append(lines, []string{f.ID, f.Title, f.Definition.Text})
	}
	return lines
}

func writeSheet(book *excelize.File, name string, rows [][]string) error {
	sheet, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := sheet.SetColWidth(1, 12, 18); err != nil {
		return err
	}
	for i, row := range rows {
		if err := writeCells(sheet, i+1, row); err != nil {
			return err
		}
	}
	return sheet.Flush()
}

// reportList sends the people of a page's list who may be contacted, after the audit row.
func (s *Server) reportList(p reportPage, kind string) fileFunc {
	return func(ctx context.Context, w http.ResponseWriter, rq *request) error {
		if err := checkExport(rq); err != nil {
			return err
		}
		r, err := s.makeReport(ctx, rq, p)
		if err != nil {
			return err
		}
		r.t = s.render.texts["zh-CN"] // the list goes to Chinese teams whatever the page's language is
		list, err := p.people(ctx, r, listPart{Limit: exportRows})
		if err != nil {
			return err
		}
		if r.Closed || list.Title == "" {
			return errNotFound
		}
		m := s.manifest(rq, p.name, kind, list)
		rows := list.leaving()
		return s.export(w, rq, m, kind, func(to io.Writer) error { return writeRows(to, kind, rows, m) })
	}
}

// leaving are the rows of people who may be contacted, under their heading.
func (l listing) leaving() [][]string {
	rows := [][]string{append([]string{"patient_code"}, l.Columns...)}
	for _, one := range l.Rows {
		if one.Contactable {
			rows = append(rows, append([]string{one.ID}, one.Cells...))
		}
	}
	return rows
}

// manifest says what a list of a page is.
func (s *Server) manifest(rq *request, page, kind string, l listing) manifest {
	now := s.cfg.Now().In(shanghai)
	hash := hashOf(page + rq.state.Query())
	return manifest{Page: page, Segment: strings.TrimPrefix(rq.state.Query(), "?"), Hash: "sha256:" + hash, AsOf: rq.wh.AsOf, BuildID: rq.wh.BuildID, Rows: l.Size.Exportable(), Members: l.Size.Members,
		Dropped: l.Size.dropped(), Purpose: rq.state.Get("purpose"), User: rq.who.Name, Scope: scopeOf(rq.who),
		MadeAt: now.Format(time.RFC3339), ExpiresAt: now.Add(listLife).Format(time.RFC3339), File: fmt.Sprintf("phdp-%s-%s-%s.%s", page, rq.wh.AsOf, hash[:12], kind)}
}

func writeRows(to io.Writer, kind string, rows [][]string, m manifest) error {
	if kind == "csv" {
		out := newCSV(to)
		for _, row := range rows {
			out.row(row...)
		}
		return out.flush()
	}
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", "list"); err != nil {
		return err
	}
	if _, err := book.NewSheet("manifest"); err != nil {
		return err
	}
	about := [][]string{}
	for _, pair := range m.pairs() {
		about = append(about, pair[:])
	}
	if err := writeSheet(book, "list", rows); err != nil {
		return err
	}
	if err := writeSheet(book, "manifest", about); err != nil {
		return err
	}
	return book.Write(to)
}

// checkExport refuses a list without a purpose, and one with a parameter that would have to be ignored.
func checkExport(rq *request) error {
	if err := refuseIgnored(rq); err != nil {
		return err
	}
	if rq.state.Get("purpose") == "" {
		return badRequest{"export: a list needs its purpose: " + strings.Join(purposes, ", ")}
	}
	return nil
}
