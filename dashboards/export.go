package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
)

// Limits of exports: how long one may take to be sent, and how long a list may be used.
const (
	exportTimeout = 10 * time.Minute
	listLife      = 7 * 24 * time.Hour
)

// purposes are what a list may be made for.
var purposes = []string{"refill_reminder", "follow_up", "education", "quality_check"}

// dropReasons are why people are left out of lists, in the order in which they are looked at: the first that holds counts.
var dropReasons = []string{"no_consent", "do_not_contact", "minor", "contact_cap", "no_friend"}

// purposeParam is why a list is made; it is part of the manifest and of the audit row, not of the definition.
var purposeParam = param{name: "purpose", action: true, valid: func(_ *warehouse, v string) bool { return slices.Contains(purposes, v) }}

// listRow is a person of a list, as every kind of file has it.
type listRow struct {
	PatientCode string `parquet:"patient_code" json:"patient_code"`
	Line        string `parquet:"line" json:"line"`
	Stage       string `parquet:"stage" json:"stage"`
	Owner       string `parquet:"owner_staff_id" json:"owner_staff_id"`
	Tags        string `parquet:"tags" json:"tags"`
	LastContact string `parquet:"last_contact" json:"last_contact"`
	LastCovered string `parquet:"last_covered_date" json:"last_covered_date"`
	Reason      string `parquet:"reason" json:"reason"`
}

var listHead = []string{"patient_code", "line", "stage", "owner_staff_id", "tags", "last_contact", "last_covered_date", "reason"}

func (r listRow) cells() []string {
	return []string{r.PatientCode, r.Line, r.Stage, r.Owner, r.Tags, r.LastContact, r.LastCovered, r.Reason}
}

// manifest says what a list is.
type manifest struct {
	Page       string            `json:"page"` // whose list it is; segment holds the page's filters
	Segment    string            `json:"segment"`
	Definition segmentDefinition `json:"definition"`
	Hash       string            `json:"definition_hash"`
	AsOf       string            `json:"as_of"`
	BuildID    string            `json:"build_id"`
	Rows       int64             `json:"rows"`
	Members    int64             `json:"members"`
	Dropped    map[string]int64  `json:"dropped"`
	Purpose    string            `json:"purpose"`
	User       string            `json:"user"`
	Scope      scope             `json:"scope"`
	MadeAt     string            `json:"made_at"`
	ExpiresAt  string            `json:"expires_at"`
	File       string            `json:"file"`
}

// pairs are the lines of the manifest's sheet.
func (m manifest) pairs() [][2]string {
	all := [][2]string{{"segment", m.Segment}, {"definition_hash", m.Hash}, {"as_of", m.AsOf}, {"build_id", m.BuildID},
		{"rows", fmt.Sprint(m.Rows)}, {"members", fmt.Sprint(m.Members)}, {"purpose", m.Purpose}, {"user", m.User}, {"made_at", m.MadeAt}, {"expires_at", m.ExpiresAt}}
	for _, why := range dropReasons {
		all = append(all, [2]string{"dropped " + why, fmt.Sprint(m.Dropped[why])})
	}
	return all
}

// list reads the people of a list.
func (s *Server) list(ctx context.Context, rq *request, kind string) ([]listRow, manifest, error) {
	d := readDefinition(rq.wh, rq.state, groupsOf(rq.wh, rq.state))
	limit := exportRows
	if kind == "json" {
		limit = 1
	}
	people, size, err := readMembers(ctx, rq.wh, d, true, limit)
	if err != nil {
		return nil, manifest{}, err
	}
	t := s.render.texts["zh-CN"] // the list goes to Chinese teams whatever the page's language is
	rows := make([]listRow, 0, len(people))
	for _, p := range people {
		names := make([]string, 0, 8)
		for _, id := range p.TagIDs() {
			names = append(names, rq.wh.tagName(id))
		}
		rows = append(rows, listRow{p.ID, p.LineCode, p.StageCode, p.Owner, strings.Join(names, "；"), p.LastContact, p.LastCovered, d.reason(rq.wh, p, t)})
	}
	return rows, s.describe(rq, d, size, kind), nil
}

func (s *Server) describe(rq *request, d segmentDefinition, size segmentSize, kind string) manifest {
	now := s.cfg.Now().In(shanghai)
	return manifest{
		Page: "segments", Segment: strings.TrimPrefix(rq.state.Query(), "?"), Definition: d, Hash: "sha256:" + d.Hash(), AsOf: rq.wh.AsOf, BuildID: rq.wh.BuildID,
		Rows: size.Exportable(), Members: size.Members, Dropped: size.dropped(),
		Purpose: rq.state.Get("purpose"), User: rq.who.Name, Scope: scopeOf(rq.who), MadeAt: now.Format(time.RFC3339), ExpiresAt: now.Add(listLife).Format(time.RFC3339),
		File: fmt.Sprintf("phdp-segment-%s-%s.%s", rq.wh.AsOf, d.Hash()[:12], map[bool]string{true: "csv", false: kind}[kind == "json"]),
	}
}

// startFile sets the headers of a download and gives it time to be sent.
func startFile(w http.ResponseWriter, m manifest, kind string) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTimeout)) // a writer without deadlines has time enough
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+m.File+`"`)
	parts := make([]string, len(dropReasons))
	for i, why := range dropReasons {
		parts[i] = fmt.Sprintf("%s=%d", why, m.Dropped[why])
	}
	w.Header().Set("X-PHDP-Dropped", strings.Join(parts, ", "))
}

// segmentList sends the list of the people who may be contacted as a kind of file.
func (s *Server) segmentList(kind string, write func(io.Writer, []listRow, manifest) error) fileFunc {
	return func(ctx context.Context, w http.ResponseWriter, rq *request) error {
		if err := checkExport(rq); err != nil {
			return err
		}
		rows, m, err := s.list(ctx, rq, kind)
		if err != nil {
			return err
		}
		s.log.Info("segment exported", "definition", m.Definition.Hash()[:12], "kind", kind, "rows", m.Rows, "dropped", m.Members-m.Rows)
		return s.export(w, rq, m, kind, func(to io.Writer) error { return write(to, rows, m) })
	}
}

func writeCSV(to io.Writer, rows []listRow, _ manifest) error {
	out := newCSV(to)
	out.row(listHead...)
	for _, r := range rows {
		out.row(r.cells()...)
	}
	return out.flush()
}

// writeXLSX writes the list as a workbook: the people, and what the list is. Every cell is text, so that a
// spreadsheet runs none of them; the mark against formulas is there for those who save the sheet as CSV.
func writeXLSX(to io.Writer, rows []listRow, m manifest) error {
	book := excelize.NewFile()
	defer book.Close()
	if err := writeBook(book, rows, m); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return book.Write(to)
}

func writeBook(book *excelize.File, rows []listRow, m manifest) error {
	if err := book.SetSheetName("Sheet1", "list"); err != nil {
		return err
	}
	if _, err := book.NewSheet("manifest"); err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter("list")
	if err != nil {
		return err
	}
	if err := sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := sheet.SetColWidth(1, len(listHead), 18); err != nil {
		return err
	}
	if err := writeCells(sheet, 1, listHead); err != nil {
		return err
	}
	for i, r := range rows {
		if err := writeCells(sheet, i+2, r.cells()); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	about, err := book.NewStreamWriter("manifest")
	if err != nil {
		return err
	}
	for i, pair := range m.pairs() {
		if err := writeCells(about, i+1, pair[:]); err != nil {
			return err
		}
	}
	return about.Flush()
}

func writeCells(sheet *excelize.StreamWriter, row int, texts []string) error {
	cells := make([]any, len(texts))
	for i, text := range texts {
		cells[i] = defuse(text)
	}
	return sheet.SetRow(fmt.Sprintf("A%d", row), cells)
}

// writeParquet writes the list as Parquet, with the manifest in the file's metadata.
func writeParquet(to io.Writer, rows []listRow, m manifest) error {
	about, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	out := parquet.NewGenericWriter[listRow](to, parquet.KeyValueMetadata("phdp.manifest", string(about)), parquet.Compression(&parquet.Zstd))
	if _, err := out.Write(rows); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return out.Close()
}

// refuseIgnored makes an export fail on a parameter that it would have to ignore: a list must not be wider than
// what was asked for.
func refuseIgnored(rq *request) error {
	if len(rq.ignored) > 0 {
		return badRequest{"export: unknown parameter " + rq.ignored[0].Name}
	}
	return nil
}

// segmentManifest tells what a list is: its definition, hash, date, counts and who was left out why.
func (s *Server) segmentManifest(ctx context.Context, w http.ResponseWriter, rq *request) error {
	if err := refuseIgnored(rq); err != nil {
		return err
	}
	_, m, err := s.list(ctx, rq, "json")
	if err != nil {
		return err
	}
	if err := s.audit(rq, "export", "segment "+m.Definition.Hash()[:12], fmt.Sprintf("kind=json rows=%d dropped=%d purpose=%s", m.Rows, m.Members-m.Rows, m.Purpose)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(m)
}
