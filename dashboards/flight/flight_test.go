package flight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"phdp/dashboards/access"
)

// read reads the rows behind a ticket, and fails when their schema is not the one that was told before.
func (f fixture) read(ctx context.Context, info *flight.FlightInfo) ([][]string, error) {
	stream, err := f.client.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		return nil, err
	}
	defer stream.Release()
	if len(info.Schema) > 0 {
		told, err := flight.DeserializeSchema(info.Schema, memory.DefaultAllocator)
		if err != nil {
			return nil, err
		}
		if !told.Equal(stream.Schema()) {
			f.t.Errorf("told %v, sent %v", told, stream.Schema())
		}
	}
	var all [][]string
	for stream.Next() {
		batch := stream.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := make([]string, batch.NumCols())
			for c := range row {
				row[c] = batch.Column(c).ValueStr(i)
			}
			all = append(all, row)
		}
	}
	return all, stream.Err()
}

func TestStatementsSeeTheTablesOfTheirReader(t *testing.T) {
	f := newFixture(t)
	for account, where := range map[string]string{"analyst": "", "limited": " where line_code = 'htn'"} {
		got, err := f.rows(f.as(account), "select count(*) as n, max(line_code) as last from dim_patients")
		if err != nil {
			t.Fatal(err)
		}
		want := f.number("select count(*) from dim_patients" + where)
		if got[0][0] != want {
			t.Errorf("%s sees %s people, want %s", account, got[0][0], want)
		}
	}
	for _, statement := range []string{"from dim_lines", "with a as (from dim_lines) select * from a", "values (1, 'x')", "describe dim_lines", "explain select 1", "show tables", "summarize dim_lines",
		"select sum(1) as h, 1.50 as d, [1, 2] as l, date '2026-03-31' as day, now() as at, null as nothing, {'a': 1} as pair, 'x'::blob as b, interval 1 day as span, uuid() as id"} {
		if got, err := f.rows(f.as("analyst"), statement); err != nil || len(got) == 0 {
			t.Errorf("%s: %d rows, %v", statement, len(got), err)
		}
	}
	if got, err := f.rows(f.as("analyst"), "select range as n from range(50000) order by n"); err != nil || len(got) != 50000 || got[49999][0] != "49999" {
		t.Errorf("a long result: %d rows, %v", len(got), err)
	}
	if _, err := f.rows(f.as("analyst"), "select range from range(1000001)"); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a result that is too long: %v", err)
	}
}

func TestPreparedStatements(t *testing.T) {
	f := newFixture(t)
	ctx := f.as("analyst")
	one, err := f.client.Prepare(ctx, "select line_code, count(*) as n from dim_patients group by all order by all")
	if err != nil {
		t.Fatal(err)
	}
	if got := one.DatasetSchema().Field(1).Type; got != arrow.PrimitiveTypes.Int64 {
		t.Errorf("the second column is %v", got)
	}
	for range 2 {
		info, err := one.Execute(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.read(ctx, info); err != nil || fmt.Sprint(len(got)) != f.number("select count(distinct line_code) from dim_patients") {
			t.Errorf("%d lines, %v", len(got), err)
		}
	}
	info, err := one.Execute(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.read(f.as("limited"), info); status.Code(err) != codes.NotFound {
		t.Errorf("somebody else runs the statement: %v", err)
	}
	if err := one.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := f.read(ctx, info); status.Code(err) != codes.NotFound {
		t.Errorf("a closed statement runs: %v", err)
	}
}

func TestWhoMayCome(t *testing.T) {
	f := newFixture(t)
	good := f.token("analyst", access.ReadSQL)
	bearer := func(text string) context.Context {
		return metadata.AppendToOutgoingContext(t.Context(), "authorization", text)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		code codes.Code
	}{
		"good":              {bearer("Bearer " + good), codes.OK},
		"none":              {t.Context(), codes.Unauthenticated},
		"wrong":             {bearer("Bearer phdp_wrong"), codes.Unauthenticated},
		"password":          {bearer("Bearer correct horse battery"), codes.Unauthenticated},
		"without read:sql":  {f.as("analyst", access.ReadPages, access.ReadPeople), codes.PermissionDenied},
		"role without SQL":  {f.as("lead", access.ReadPages, access.ReadPeople), codes.PermissionDenied},
		"not base64":        {bearer("Basic !!"), codes.Unauthenticated},
		"other kind":        {bearer("Digest " + good), codes.Unauthenticated},
		"nothing after it":  {bearer("Bearer"), codes.Unauthenticated},
		"statement as text": {bearer("select 1"), codes.Unauthenticated},
	} {
		if _, err := f.client.GetTableTypes(c.ctx); status.Code(err) != c.code {
			t.Errorf("%s: %v, want %v", name, err, c.code)
		}
		if _, err := f.client.Execute(c.ctx, "select 1 as one"); status.Code(err) != c.code {
			t.Errorf("%s, statement: %v, want %v", name, err, c.code)
		}
	}
	ctx, err := f.client.Client.AuthenticateBasicToken(t.Context(), "anybody", good)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.rows(ctx, "select 7 as n"); err != nil || got[0][0] != "7" {
		t.Errorf("after a handshake: %v, %v", got, err)
	}
	if _, err := f.client.Client.AuthenticateBasicToken(t.Context(), "analyst", "correct horse battery"); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a handshake with a password: %v", err)
	}
	without, err := f.rows(bearer("Bearer "+good), "select count(detail) as n from fct_timeline")
	if err != nil || without[0][0] != "0" {
		t.Errorf("without read:people the texts are seen: %v, %v", without, err)
	}
}

// What leaves the tables of the reader is refused over Flight as on the SQL page, before it runs.
func TestEscapesAreRefused(t *testing.T) {
	f := newFixture(t)
	for _, account := range []string{"analyst", "limited"} {
		ctx := f.as(account)
		for name, statement := range map[string]string{
			"copy to": "copy dim_patients to '/tmp/out.csv'", "attach": "attach '/tmp/other.duckdb' as other", "install": "install httpfs",
			"read_csv": "select * from read_csv('/etc/passwd')", "read_text": "select content from read_text('/etc/passwd')", "replacement scan": "select * from '/etc/passwd.csv'",
			"in describe": "describe select * from 'x.csv'", "in a subquery": "select (select count(*) from parquet_scan('/tmp/x.parquet'))", "getenv": "select getenv('HOME')",
			"settings": "select * from duckdb_settings()", "secrets": "select * from duckdb_secrets()", "catalogue": "select * from sqlite_master", "set": "set enable_external_access = true",
			"pragma": "pragma database_list", "insert": "insert into dim_lines values (1)", "drop": "drop table dim_patients", "create": "create table x as select 1",
			"two statements": "select 1; drop table dim_patients", "query as a function": "select * from query('copy dim_lines to ''x.csv''')", "other catalogue": "select * from base.main.dim_patients",
			"rules": "select * from rules.people", "parameter": "select * from dim_patients where patient_id = ?", "invisible": "select\u200b * from dim_lines", "huge": "select repeat('x', 2000000000)",
			"information_schema": "select * from information_schema.tables", "closes describe": "select 1) union all (select * from 'x.csv'", "export": "export database '/tmp/all'",
		} {
			if _, err := f.client.Execute(ctx, statement); status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s as %s: %v", name, account, err)
			}
			if _, err := f.client.Prepare(ctx, statement); status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s as %s, prepared: %v", name, account, err)
			}
		}
		if _, err := f.client.ExecuteUpdate(ctx, "delete from dim_patients"); status.Code(err) != codes.Unimplemented {
			t.Errorf("an update as %s: %v", account, err)
		}
	}
}

// A ticket that was made up leads nowhere: neither to another reader's statement nor to a text of its own.
func TestTicketsHaveNoStatements(t *testing.T) {
	f := newFixture(t)
	ctx := f.as("analyst")
	info, err := f.client.Execute(ctx, "select 'needle' as word")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(info.Endpoint[0].Ticket.Ticket), "needle") {
		t.Error("the ticket has the statement")
	}
	made, err := flightsql.CreateStatementQueryTicket([]byte("select * from dim_patients"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.client.DoGet(ctx, &flight.Ticket{Ticket: made}); status.Code(err) != codes.NotFound {
		t.Errorf("a statement as a handle: %v", err)
	}
	if _, err := f.read(f.as("limited"), info); status.Code(err) != codes.NotFound {
		t.Errorf("somebody else's ticket: %v", err)
	}
	rows, err := f.audit.Last(50)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.Act] = true; r.From != "127.0.0.1" || r.Token == "" || strings.Contains(r.Detail, "needle") {
			t.Errorf("row %+v", r)
		}
	}
	if !seen["sign_in"] || !seen["describe"] {
		t.Errorf("acts %v", seen)
	}
	if strings.Contains(f.logs.text.String(), "needle") {
		t.Error("the log has the statement")
	}
}

func TestWhatClientsAskForFirst(t *testing.T) {
	f := newFixture(t)
	ctx := f.as("limited")
	list := func(info *flight.FlightInfo, err error) [][]string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.read(ctx, info)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	if got := list(f.client.GetCatalogs(ctx)); len(got) != 0 {
		t.Errorf("catalogues %v", got)
	}
	if got := list(f.client.GetDBSchemas(ctx, &flightsql.GetDBSchemasOpts{})); len(got) != 2 || got[0][1] != "main" || got[1][1] != "meta" {
		t.Errorf("schemas %v", got)
	}
	if got := list(f.client.GetTableTypes(ctx)); len(got) != 1 {
		t.Errorf("kinds of tables %v", got)
	}
	like := "dim\\_p%"
	names := []string{}
	for _, row := range list(f.client.GetTables(ctx, &flightsql.GetTablesOpts{TableNameFilterPattern: &like})) {
		names = append(names, row[2])
	}
	if !slices.Equal(names, []string{"dim_patients", "dim_products"}) {
		t.Errorf("tables %v", names)
	}
	info, err := f.client.GetTables(ctx, &flightsql.GetTablesOpts{IncludeSchema: true, TableTypes: []string{tableType}})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := f.client.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Release()
	for stream.Next() {
		batch := stream.RecordBatch()
		for i := range int(batch.NumRows()) {
			schema, err := flight.DeserializeSchema(batch.Column(4).(*array.Binary).Value(i), memory.DefaultAllocator)
			table := batch.Column(1).ValueStr(i) + "." + batch.Column(2).ValueStr(i)
			if err != nil || schema.NumFields() == 0 {
				t.Errorf("%s: %v", table, err)
			}
			told, err := f.client.GetExecuteSchema(ctx, "from "+table)
			if err != nil {
				t.Errorf("%s: %v", table, err)
				continue
			}
			if sent, err := flight.DeserializeSchema(told.Schema, memory.DefaultAllocator); err != nil || !sent.Equal(schema) {
				t.Errorf("%s: listed %v, described %v", table, schema, sent)
			}
		}
	}
	if got := list(f.client.GetSqlInfo(ctx, []flightsql.SqlInfo{flightsql.SqlInfoFlightSqlServerName, flightsql.SqlInfoFlightSqlServerReadOnly, 9999})); len(got) != 2 {
		t.Errorf("information %v", got)
	}
	table := flightsql.TableRef{Table: "dim_patients"}
	list(f.client.GetPrimaryKeys(ctx, table))
	list(f.client.GetImportedKeys(ctx, table))
	list(f.client.GetExportedKeys(ctx, table))
	list(f.client.GetCrossReference(ctx, table, table))
	list(f.client.GetXdbcTypeInfo(ctx, nil))
}

// A client that goes away ends its statement, and its place is free for the next.
func TestAClientThatGoesAwayEndsItsStatement(t *testing.T) {
	f := newFixture(t)
	for range 4 { // more than there are places
		ctx, away := context.WithCancel(f.as("analyst"))
		info, err := f.client.Execute(ctx, "select a.range as n from range(900000) a")
		if err != nil {
			t.Fatal(err)
		}
		stream, err := f.client.DoGet(ctx, info.Endpoint[0].Ticket)
		if err != nil {
			t.Fatal(err)
		}
		stream.Next()
		away()
		stream.Release()
	}
	if got, err := f.rows(f.as("analyst"), "select 1 as one"); err != nil || got[0][0] != "1" {
		t.Errorf("after four that went away: %v, %v", got, err)
	}
}
