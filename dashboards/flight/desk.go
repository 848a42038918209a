package flight

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"phdp/dashboards/columnar"
)

// resultRows is how many rows a result may have. A client gets an error after them, not a result that looks whole.
const resultRows = 1_000_000

// desk answers the calls of Flight SQL. What it does not have (writing, transactions, Substrait) the base refuses.
type desk struct {
	flightsql.BaseServer
	cfg     Config
	handles *handles
	facts   []uint32 // numbers of what registerInfo knows
}

// info answers a description with a ticket.
func (d *desk) info(desc *flight.FlightDescriptor, ticket []byte, schema *arrow.Schema) *flight.FlightInfo {
	out := &flight.FlightInfo{Endpoint: []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}}, FlightDescriptor: desc, TotalRecords: -1, TotalBytes: -1}
	if schema != nil {
		out.Schema = flight.SerializeSchema(schema, d.Alloc)
	}
	return out
}

// GetFlightInfoStatement keeps a statement that may run and gives a ticket for it.
func (d *desk) GetFlightInfoStatement(ctx context.Context, cmd flightsql.StatementQuery, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	schema, err := d.schema(ctx, cmd.GetQuery())
	if err != nil {
		return nil, err
	}
	ticket, err := flightsql.CreateStatementQueryTicket(d.handles.keep(reader(ctx).Owner(), cmd.GetQuery()))
	if err != nil {
		return nil, d.tell(err)
	}
	return d.info(desc, ticket, schema), nil
}

// GetSchemaStatement returns the columns that a statement will have.
func (d *desk) GetSchemaStatement(ctx context.Context, cmd flightsql.StatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	schema, err := d.schema(ctx, cmd.GetQuery())
	if err != nil {
		return nil, err
	}
	return &flight.SchemaResult{Schema: flight.SerializeSchema(schema, d.Alloc)}, nil
}

func (d *desk) schema(ctx context.Context, text string) (*arrow.Schema, error) {
	columns, err := reader(ctx).Columns(ctx, text)
	if err != nil {
		return nil, d.tell(err)
	}
	return columnar.Schema(columns), nil
}

// DoGetStatement runs the statement of a ticket.
func (d *desk) DoGetStatement(ctx context.Context, ticket flightsql.StatementQueryTicket) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return d.run(ctx, ticket.GetStatementHandle())
}

// CreatePreparedStatement keeps a statement for many runs. Statements have no parameters: the sandbox refuses them.
func (d *desk) CreatePreparedStatement(ctx context.Context, rq flightsql.ActionCreatePreparedStatementRequest) (out flightsql.ActionCreatePreparedStatementResult, err error) {
	if out.DatasetSchema, err = d.schema(ctx, rq.GetQuery()); err != nil {
		return out, err
	}
	update := false
	out.Handle, out.IsUpdate = d.handles.keep(reader(ctx).Owner(), rq.GetQuery()), &update
	return out, nil
}

// GetFlightInfoPreparedStatement gives a ticket for a run of a prepared statement.
func (d *desk) GetFlightInfoPreparedStatement(ctx context.Context, cmd flightsql.PreparedStatementQuery, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	text, found := d.handles.get(reader(ctx).Owner(), cmd.GetPreparedStatementHandle())
	if !found {
		return nil, errNoHandle
	}
	schema, err := d.schema(ctx, text)
	if err != nil {
		return nil, err
	}
	return d.info(desc, desc.Cmd, schema), nil
}

// GetSchemaPreparedStatement returns the columns of a prepared statement.
func (d *desk) GetSchemaPreparedStatement(ctx context.Context, cmd flightsql.PreparedStatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	text, found := d.handles.get(reader(ctx).Owner(), cmd.GetPreparedStatementHandle())
	if !found {
		return nil, errNoHandle
	}
	schema, err := d.schema(ctx, text)
	if err != nil {
		return nil, err
	}
	return &flight.SchemaResult{Schema: flight.SerializeSchema(schema, d.Alloc)}, nil
}

// DoGetPreparedStatement runs a prepared statement.
func (d *desk) DoGetPreparedStatement(ctx context.Context, cmd flightsql.PreparedStatementQuery) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return d.run(ctx, cmd.GetPreparedStatementHandle())
}

// ClosePreparedStatement forgets a prepared statement.
func (d *desk) ClosePreparedStatement(ctx context.Context, rq flightsql.ActionClosePreparedStatementRequest) error {
	d.handles.drop(reader(ctx).Owner(), rq.GetPreparedStatementHandle())
	return nil
}

// broken tells the client why its rows end early. The text may have values in it, so it is logged nowhere.
func broken(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "the time limit was reached")
	case status.Code(err) == codes.ResourceExhausted:
		return err
	}
	return status.Error(codes.InvalidArgument, err.Error())
}

var errNoHandle = status.Error(codes.NotFound, "no such statement: it was closed, or not used for half an hour")

// run streams the rows of a kept statement. One batch at a time is in memory: the next is read when the client has
// taken the one before, and a client that goes away ends the statement.
func (d *desk) run(ctx context.Context, id []byte) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	who := reader(ctx)
	text, found := d.handles.get(who.Owner(), id)
	if !found {
		return nil, nil, errNoHandle
	}
	rows, done, err := who.Query(ctx, text, resultRows)
	if err != nil {
		return nil, nil, d.tell(err)
	}
	chunks := make(chan flight.StreamChunk)
	go func() {
		defer close(chunks)
		defer done()
		for {
			chunk := flight.StreamChunk{}
			chunk.Data, chunk.Err = rows.Next()
			if errors.Is(chunk.Err, io.EOF) {
				if !rows.More {
					return
				}
				chunk.Err = status.Errorf(codes.ResourceExhausted, "the result has more than %d rows: use a narrower statement", resultRows)
			}
			chunk.Err = broken(chunk.Err)
			select {
			case chunks <- chunk:
			case <-ctx.Done():
				if chunk.Data != nil {
					chunk.Data.Release()
				}
				return
			}
			if chunk.Err != nil {
				return
			}
		}
	}()
	return rows.Schema(), chunks, nil
}
