package dashboards

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
)

// everyType has a value and a null of each type that DuckDB tables and sums have.
const everyType = `select * from (values
	(1, true, 7::tinyint, 9007199254740993, 1.5::float, 0.1::double, 12.340::decimal(9,3), 'a"b，=1+1', date '2026-03-31', time '08:09:10.5', timestamp '2026-03-31 08:09:10.25', timestamptz '2026-03-31 08:09:10+08', 170141183460469231731687303715884105::hugeint, [1, null, 3], ['x', 'y'], {'a': 1, 'b': 'z'}, interval '1 month 2 days', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid, 'ab'::blob),
	(2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null))
	t(no, flag, tiny, big, single, twice, money, words, day, clock, moment, instant, huge, numbers, names, pair, span, id, bytes) order by no`

// sqlBody is the body of a statement.
func sqlBody(statement, format string, rows int) string {
	data, _ := json.Marshal(sqlAsked{SQL: statement, Format: format, Rows: rows})
	return string(data)
}

func (p program) statement(t *testing.T, statement, format string, rows int) (*http.Response, string) {
	t.Helper()
	response, body := p.ask(http.MethodPost, apiRoot+"/sql", sqlBody(statement, format, rows))
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d: %s", format, response.StatusCode, body)
	}
	return response, body
}

func TestStatementsAsJSON(t *testing.T) {
	who := newPeople(t, 60).all("analyst")
	_, body := who.statement(t, everyType, "json", 0)
	rows := body[strings.Index(body, `"rows":`):]
	want := `"rows":[[1,true,7,9007199254740993,1.5,0.1,12.340,"a\"b，=1+1","2026-03-31","08:09:10.5","2026-03-31T08:09:10.25","2026-03-31T08:09:10+08:00",170141183460469231731687303715884105,[1,null,3],["x","y"],"{\"a\":1,\"b\":\"z\"}","P1M2DT0.000000S","f47ac10b-58cc-4372-a567-0e02b2c3d479","\\x6162"],` +
		`[2,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null]],"row_count":2,"truncated":false}` + "\n"
	if rows != want {
		t.Errorf("got  %s\nwant %s", rows, want)
	}
}

func TestStatementsAsFiles(t *testing.T) {
	who := newPeople(t, 60).all("analyst")
	_, text := who.statement(t, everyType, "csv", 0)
	cells, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(cells) != 3 || cells[1][7] != `a"b，=1+1` || cells[1][3] != "9007199254740993" || cells[2][0] != "2" || cells[2][1] != "" {
		t.Errorf("CSV: %v %q", err, cells)
	}
	_, text = who.statement(t, everyType, "xlsx", 0)
	book, err := excelize.OpenReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if got, _ := book.GetCellValue("Sheet1", "G2"); got != "12.34" {
		t.Errorf("workbook: money is %q", got)
	}
	if kind, _ := book.GetCellType("Sheet1", "F2"); kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString {
		t.Error("workbook: a number is text")
	}
	_, text = who.statement(t, everyType, "parquet", 0)
	file, err := parquet.OpenFile(strings.NewReader(text), int64(len(text)))
	if err != nil || file.NumRows() != 2 || len(file.Schema().Fields()) != 19 {
		t.Fatalf("Parquet: %v, %v", err, file)
	}
	_, text = who.statement(t, everyType, "arrow", 0)
	stream, err := ipc.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Release()
	if !stream.Next() || stream.RecordBatch().NumRows() != 2 || stream.RecordBatch().Column(3).(*array.Int64).Value(0) != 9007199254740993 {
		t.Errorf("Arrow: %v", stream.Err())
	}
	_, text = who.statement(t, "select '=1+1' as words, -5 as n", "csv", 0)
	if !strings.Contains(text, `"'=1+1","-5"`) {
		t.Errorf("a formula in CSV: %q", text)
	}
}

// Results that are longer than a batch come whole, and a limit is told.
func TestLongResults(t *testing.T) {
	who := newPeople(t, 60).all("analyst")
	for _, c := range []struct {
		format  string
		rows    int
		want    int
		whole   bool
		summary string
	}{{"csv", 30000, 20000, true, ""}, {"csv", 19999, 19999, false, ""}, {"json", 0, 1000, false, `"row_count":1000,"truncated":true}`}, {"json", 20000, 20000, true, `"row_count":20000,"truncated":false}`}} {
		response, body := who.statement(t, "select range as n, repeat_row from range(20000), (values ('x')) t(repeat_row) order by n", c.format, c.rows)
		if got := response.Trailer.Get(rowsTrailer) + response.Trailer.Get(truncatedTrailer); got != fmt.Sprint(c.want)+fmt.Sprint(!c.whole) {
			t.Errorf("%s of %d: trailers %q", c.format, c.rows, got)
		}
		lines := strings.Count(body, "\r\n") - 1
		if c.format == "json" {
			var answer sqlAnswer
			if err := json.Unmarshal([]byte(body), &answer); err != nil || !strings.Contains(body, c.summary) {
				t.Errorf("%s of %d: %v", c.format, c.rows, err)
			}
			lines = len(answer.Rows)
		}
		if lines != c.want {
			t.Errorf("%s of %d: %d rows, want %d", c.format, c.rows, lines, c.want)
		}
	}
}

func TestEscapesAreRefusedByTheAPI(t *testing.T) {
	p := newPeople(t, 60)
	for _, name := range []string{"analyst", "limited"} {
		who := p.all(name)
		for i, c := range escapes {
			if i%100 == 99 { // a token has so many requests at once
				*p.clock = p.clock.Add(time.Minute)
			}
			response, body := who.ask(http.MethodPost, apiRoot+"/sql", sqlBody(c.statement, "", 0))
			if response.StatusCode != http.StatusBadRequest || !strings.Contains(body, problemPrefix) {
				t.Errorf("%s by %s: status %d: %.200s", c.name, name, response.StatusCode, body)
			}
		}
	}
}

func TestStatementsAreCancelled(t *testing.T) {
	p := newPeople(t, 60)
	who := p.all("analyst")
	id, body := who.startRun("select count(*) from range(100000000) a, range(100000000) b where a.range * b.range % 7 = 3")
	if !strings.Contains(body, `"state":"running"`) {
		t.Fatalf("a long statement is over at once: %s", body)
	}
	if told := p.all("limited").problem(http.MethodGet, apiRoot+"/sql/runs/"+id, ""); told.Status != http.StatusNotFound {
		t.Errorf("somebody else sees the run: %+v", told)
	}
	if told := p.all("limited").problem(http.MethodPost, apiRoot+"/sql/runs/"+id+"/cancel", ""); told.Status != http.StatusNotFound {
		t.Errorf("somebody else cancels the run: %+v", told)
	}
	var state runAnswer
	for n := 0; n < 100 && state.State != "cancelled"; n++ {
		_, body = who.ask(http.MethodPost, apiRoot+"/sql/runs/"+id+"/cancel", "")
		if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&state); err != nil {
			t.Fatal(err)
		}
	}
	if state.State != "cancelled" {
		t.Errorf("got %s", body)
	}
}

func TestRunsArePagedThrough(t *testing.T) {
	who := newPeople(t, 60).all("analyst")
	_, body := who.startRun("select range as n from range(99900)")
	id := field(body, "id")
	for page, want := range map[int]struct {
		rows  int
		first string
	}{1: {200, "0"}, 3: {200, "400"}, 499: {200, "99600"}, 500: {100, "99800"}, 501: {0, ""}} {
		var state runAnswer
		for n := 0; n < 100 && (n == 0 || state.State == "running"); n++ {
			_, body = who.ask(http.MethodGet, fmt.Sprintf("%s/sql/runs/%s?page=%d", apiRoot, id, page), "")
			if err := json.Unmarshal([]byte(body), &state); err != nil {
				t.Fatal(err)
			}
		}
		if len(state.Rows) != want.rows || want.rows > 0 && *state.Rows[0][0] != want.first || state.Total != 99900 || state.Kept != 99900 {
			t.Errorf("page %d has %d rows of %d, %d kept: %.200s", page, len(state.Rows), state.Total, state.Kept, body)
		}
	}
}

// field is a text of a JSON object.
func field(body, name string) string {
	all := map[string]any{}
	_ = json.Unmarshal([]byte(body), &all) // an object without the field has it empty
	text, _ := all[name].(string)
	return text
}
