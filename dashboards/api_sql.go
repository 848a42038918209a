package dashboards

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/xuri/excelize/v2"

	"phdp/dashboards/access"
	"phdp/dashboards/columnar"
)

// sqlAsked is the body of a statement.
type sqlAsked struct {
	SQL    string `json:"sql"`
	Format string `json:"format,omitempty"` // json, csv, xlsx, parquet or arrow; json when empty
	Rows   int    `json:"rows,omitempty"`   // at most so many; 0 is 1,000 as JSON and 100,000 otherwise
}

// sqlAnswer is a result as JSON. Numbers are numbers, what has no JSON type is text.
type sqlAnswer struct {
	Build     apiBuild          `json:"build"`
	Columns   []columnar.Column `json:"columns"`
	Rows      [][]any           `json:"rows"`
	RowCount  int               `json:"row_count"`
	Truncated bool              `json:"truncated"` // there are more rows
}

// runAsked is the body that starts a statement in the background.
type runAsked struct {
	SQL string `json:"sql"`
}

// runAnswer is where a statement in the background stands, with a page of its rows as text.
type runAnswer struct {
	ID        string      `json:"id"`
	State     string      `json:"state"` // running, ok, error, cancelled or timeout
	Error     string      `json:"error"`
	Columns   []column    `json:"columns"`
	Rows      [][]*string `json:"rows"`
	Total     int         `json:"total"`    // rows of the result, counted up to 100,000
	AtLeast   bool        `json:"at_least"` // there are more than total
	Kept      int         `json:"kept"`     // rows that can be paged through
	ElapsedMS int64       `json:"elapsed_ms"`
}

// runPageSize is how many rows a page of a run has.
const runPageSize = 200

// resultHead are the trailers that say at the end of a file whether it is whole.
const (
	rowsTrailer      = "X-Phdp-Rows"
	truncatedTrailer = "X-Phdp-Truncated"
)

// apiSQL are the addresses of statements.
func (s *Server) apiSQL() []apiRoute {
	text := map[string]any{kindJSON: sqlAnswer{}, kindCSV: nil, kindXLSX: nil, kindParquet: nil, kindArrow: nil}
	state := map[string]any{kindJSON: runAnswer{}}
	return []apiRoute{
		{method: http.MethodPost, path: "/sql", name: "sql", summary: "Run a statement; closing the connection cancels it", right: access.RunSQL, file: s.apiRunSQL, input: sqlAsked{}, gives: text},
		{method: http.MethodPost, path: "/sql/runs", name: "sql_start", summary: "Run a statement in the background", right: access.RunSQL, file: s.apiStartRun, input: runAsked{}, gives: state},
		{method: http.MethodGet, path: "/sql/runs/{run}", name: "sql_run", summary: "Where it stands, and its rows page by page", right: access.RunSQL, params: []param{pageParam}, file: s.apiRun, gives: state},
		{method: http.MethodPost, path: "/sql/runs/{run}/cancel", name: "sql_cancel", summary: "Cancel it", right: access.RunSQL, file: s.apiCancelRun, gives: state},
	}
}

// apiRunSQL runs a statement and streams its result.
func (s *Server) apiRunSQL(_ context.Context, w http.ResponseWriter, rq *request) error {
	asked := sqlAsked{}
	if err := readBody(w, rq, &asked); err != nil {
		return err
	}
	if asked.Format == "" {
		asked.Format = "json"
	}
	limit := map[bool]int{true: apiRows, false: exportedRows}[asked.Format == "json"]
	if asked.Rows != 0 {
		limit = asked.Rows
	}
	send, known := s.formats()[asked.Format]
	if !known || limit < 1 || limit > exportedRows {
		return apiError{kind: "parameters", status: http.StatusBadRequest, names: []string{map[bool]string{true: "rows", false: "format"}[known]}}
	}
	ctx, cancel := context.WithTimeout(rq.Context(), runTimeout+slotWait) // a statement has more time than a page
	defer cancel()
	act := map[bool]string{true: "query", false: "export"}[asked.Format == "json"]
	if err := s.vet(ctx, rq, asked.SQL, act, "kind="+asked.Format); err != nil {
		return err
	}
	rows, done, err := s.rows(ctx, rq.wh, asked.SQL)
	if err != nil {
		return err
	}
	defer done()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTimeout)) // a writer without deadlines has time enough
	read, err := columnar.NewReader(rows, limit)
	if err != nil {
		return err
	}
	w.Header().Set("Trailer", rowsTrailer+", "+truncatedTrailer)
	w.Header().Set("Content-Type", send.kind)
	if asked.Format != "json" {
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="phdp-sql-%s.%s"`, rq.wh.AsOf, asked.Format))
	}
	if err := send.write(w, rq, read); err != nil {
		s.log.Error("statement not sent whole", "error", statementError(ctx, errors.New("broken off")))
		panic(http.ErrAbortHandler) // a file that ends early must not look whole
	}
	w.Header().Set(rowsTrailer, strconv.Itoa(read.Rows))
	w.Header().Set(truncatedTrailer, strconv.FormatBool(read.More))
	return nil
}

// format is a way to write a result.
type format struct {
	kind  string
	write func(w io.Writer, rq *request, read *columnar.Reader) error
}

func (s *Server) formats() map[string]format {
	return map[string]format{"json": {kindJSON, writeJSONRows}, "csv": {kindCSV, writeCSVRows}, "xlsx": {kindXLSX, writeXLSXRows}, "parquet": {kindParquet, writeParquetRows}, "arrow": {kindArrow, writeArrowRows}}
}

// eachBatch calls fn with the batches of a result.
func eachBatch(read *columnar.Reader, fn func(arrow.RecordBatch) error) error {
	for {
		batch, err := read.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		err = fn(batch)
		batch.Release()
		if err != nil {
			return err
		}
	}
}

// columnsOf are the columns of a result with the types of Arrow.
func columnsOf(read *columnar.Reader) []columnar.Column {
	all := make([]columnar.Column, read.Schema().NumFields())
	for i, f := range read.Schema().Fields() {
		all[i] = columnar.Column{Name: f.Name, Type: f.Type.String()}
	}
	return all
}

func writeJSONRows(w io.Writer, rq *request, read *columnar.Reader) error {
	head, err := json.Marshal(map[string]any{"build": apiBuild{rq.wh.BuildID, rq.wh.AsOf, rq.wh.BuiltAt, rq.wh.NewestEventAt}, "columns": columnsOf(read)})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	_, _ = out.Write(head[:len(head)-1]) // flush reports what went wrong
	_, _ = out.WriteString(`,"rows":[`)
	err = eachBatch(read, func(batch arrow.RecordBatch) error {
		for i := range int(batch.NumRows()) {
			row, err := json.Marshal(columnar.Row(batch, i))
			if err != nil {
				return err
			}
			if i > 0 || read.Rows > int(batch.NumRows()) {
				_ = out.WriteByte(',')
			}
			_, _ = out.Write(row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `],"row_count":%d,"truncated":%t}`+"\n", read.Rows, read.More)
	return out.Flush()
}

func writeCSVRows(w io.Writer, _ *request, read *columnar.Reader) error {
	out := newCSV(w)
	columns := make([]column, 0, read.Schema().NumFields())
	var names []string
	for _, f := range read.Schema().Fields() {
		names = append(names, f.Name)
		columns = append(columns, column{IsNumber: columnar.IsNumber(f.Type)})
	}
	out.row(names...)
	err := eachBatch(read, func(batch arrow.RecordBatch) error {
		cells := make([]cell, len(columns))
		for i := range int(batch.NumRows()) {
			for c := range columns {
				cells[c] = cell{Text: columnar.CellText(batch.Column(c), i), IsNull: batch.Column(c).IsNull(i)}
			}
			out.cells(cells, columns)
		}
		return nil
	})
	return errors.Join(err, out.flush())
}

func writeXLSXRows(w io.Writer, rq *request, read *columnar.Reader) error {
	book := excelize.NewFile()
	defer book.Close()
	sheet, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	var names []string
	for _, f := range read.Schema().Fields() {
		names = append(names, f.Name)
	}
	if err := writeCells(sheet, 1, names); err != nil {
		return err
	}
	at := 1
	err = eachBatch(read, func(batch arrow.RecordBatch) error {
		for i := range int(batch.NumRows()) {
			at++
			if err := sheet.SetRow("A"+strconv.Itoa(at), sheetCells(batch, i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return book.Write(w)
}

// sheetCells are a row's cells for a workbook: numbers stay numbers, texts are no formulas.
func sheetCells(batch arrow.RecordBatch, row int) []any {
	cells := columnar.Row(batch, row)
	for c, one := range cells {
		switch v := one.(type) {
		case string:
			cells[c] = defuse(v)
		case json.Number:
			x, err := v.Float64()
			if cells[c] = x; err != nil {
				cells[c] = v.String()
			}
		case []any:
			cells[c] = defuse(columnar.CellText(batch.Column(c), row))
		}
	}
	return cells
}

func writeParquetRows(w io.Writer, _ *request, read *columnar.Reader) error {
	out, err := pqarrow.NewFileWriter(read.Schema(), w, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	return errors.Join(eachBatch(read, out.WriteBuffered), out.Close())
}

func writeArrowRows(w io.Writer, _ *request, read *columnar.Reader) error {
	out := ipc.NewWriter(w, ipc.WithSchema(read.Schema()))
	return errors.Join(eachBatch(read, out.Write), out.Close())
}

// apiStartRun starts a statement in the background, as the SQL page does.
func (s *Server) apiStartRun(ctx context.Context, w http.ResponseWriter, rq *request) error {
	asked := runAsked{}
	if err := readBody(w, rq, &asked); err != nil {
		return err
	}
	if err := s.vet(ctx, rq, asked.SQL, "query", "kind=run"); err != nil {
		return err
	}
	base, release := s.store.acquire()
	if base == nil {
		return errNotReady
	}
	wh, err := base.scoped(ctx, s.cfg, scopeOf(rq.who))
	if err != nil {
		release()
		return err
	}
	r := s.runs.start(wh.db, ownerOf(rq), asked.SQL, nil, release, s.logRun)
	w.Header().Set("Location", apiRoot+"/sql/runs/"+r.ID)
	waitBriefly(ctx, r)
	return s.sendRun(w, rq, r, 1)
}

// apiRun tells where a run stands.
func (s *Server) apiRun(ctx context.Context, w http.ResponseWriter, rq *request) error {
	r := s.runs.get(rq.PathValue("run"), ownerOf(rq))
	if r == nil {
		return errNotFound
	}
	waitBriefly(ctx, r)
	page, _ := strconv.Atoi(rq.state.Get("page")) // checked when the state was read
	return s.sendRun(w, rq, r, page)
}

// apiCancelRun stops a run.
func (s *Server) apiCancelRun(ctx context.Context, w http.ResponseWriter, rq *request) error {
	r := s.runs.get(rq.PathValue("run"), ownerOf(rq))
	if r == nil {
		return errNotFound
	}
	r.cancel()
	waitBriefly(ctx, r)
	return s.sendRun(w, rq, r, 1)
}

func (s *Server) sendRun(w http.ResponseWriter, rq *request, r *run, page int) error {
	out := runAnswer{ID: r.ID, State: "running", Columns: []column{}, Rows: [][]*string{}}
	if r.Finished() {
		out.State, out.Error, out.Total, out.AtLeast, out.Kept, out.ElapsedMS = r.Outcome, r.Err, r.Total, r.AtLeast, r.Kept(), r.Millis()
		out.Columns = append(out.Columns, r.Columns...)
		out.Rows = textRows(r.cells((page-1)*runPageSize, page*runPageSize))
	}
	body, err := json.Marshal(apiEncoder{}.value(reflect.ValueOf(out)))
	if err != nil {
		return fmt.Errorf("write a run: %w", err)
	}
	w.Header().Set("Content-Type", kindJSON)
	_, _ = w.Write(append(body, '\n')) // the reader has gone when this fails
	return nil
}

func textRows(rows [][]cell) [][]*string {
	all := make([][]*string, len(rows))
	for i, row := range rows {
		all[i] = make([]*string, len(row))
		for c := range row {
			if !row[c].IsNull {
				all[i][c] = &row[c].Text
			}
		}
	}
	return all
}
