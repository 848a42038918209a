package flight

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"phdp/dashboards/columnar"
)

// The tables have schemas and no catalogue: a statement that names one is refused, so clients must not write one.
const tableType = "TABLE"

func (d *desk) registerInfo() error {
	for id, value := range map[flightsql.SqlInfo]any{
		flightsql.SqlInfoFlightSqlServerName:               "PHDP",
		flightsql.SqlInfoFlightSqlServerVersion:            d.cfg.Version,
		flightsql.SqlInfoFlightSqlServerArrowVersion:       "18",
		flightsql.SqlInfoFlightSqlServerReadOnly:           true,
		flightsql.SqlInfoFlightSqlServerSql:                true,
		flightsql.SqlInfoFlightSqlServerSubstrait:          false,
		flightsql.SqlInfoFlightSqlServerTransaction:        int32(0),
		flightsql.SqlInfoFlightSqlServerCancel:             false,
		flightsql.SqlInfoFlightSqlServerBulkIngestion:      false,
		flightsql.SqlInfoFlightSqlServerStatementTimeout:   int32(60_000),
		flightsql.SqlInfoFlightSqlServerTransactionTimeout: int32(0),
		flightsql.SqlInfoDDLCatalog:                        false,
		flightsql.SqlInfoDDLSchema:                         false,
		flightsql.SqlInfoDDLTable:                          false,
		flightsql.SqlInfoIdentifierCase:                    int64(3), // names are compared without case
		flightsql.SqlInfoIdentifierQuoteChar:               `"`,
		flightsql.SqlInfoQuotedIdentifierCase:              int64(3),
		flightsql.SqlInfoAllTablesAreASelectable:           true,
		flightsql.SqlInfoNullOrdering:                      int64(2), // at the end
		flightsql.SqlInfoKeywords:                          []string{"qualify", "summarize", "describe", "pivot", "unpivot"},
		flightsql.SqlInfoSupportsLikeEscapeClause:          true,
	} {
		if err := d.RegisterSqlInfo(id, value); err != nil {
			return err
		}
		d.facts = append(d.facts, uint32(id))
	}
	return nil
}

// asked are the facts that a client asks for and that are known.
type asked []uint32

// GetInfo returns their numbers.
func (a asked) GetInfo() []uint32 { return a }

// DoGetSqlInfo tells what is known: one fact that a client would like beside it must not cost it all others.
func (d *desk) DoGetSqlInfo(ctx context.Context, cmd flightsql.GetSqlInfo) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	found := slices.DeleteFunc(slices.Clone(cmd.GetInfo()), func(id uint32) bool { return !slices.Contains(d.facts, id) })
	return d.BaseServer.DoGetSqlInfo(ctx, asked(found))
}

// one streams a single batch of rows.
func one(schema *arrow.Schema, fill func(*array.RecordBuilder)) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	fill(b)
	chunks := make(chan flight.StreamChunk, 1)
	chunks <- flight.StreamChunk{Data: b.NewRecordBatch()}
	close(chunks)
	return schema, chunks, nil
}

func nothing(*array.RecordBuilder) {}

func text(b *array.RecordBuilder, field int, value string) {
	b.Field(field).(*array.StringBuilder).Append(value)
}

// pattern makes a filter of SQL's LIKE; nil matches everything.
func pattern(like *string) (*regexp.Regexp, error) {
	if like == nil || *like == "" {
		return regexp.Compile("")
	}
	quoted := regexp.QuoteMeta(*like)
	quoted = strings.NewReplacer(`\\%`, "%", `\\_`, "_", "%", ".*", "_", ".").Replace(quoted)
	return regexp.Compile("(?is)^" + quoted + "$")
}

// GetFlightInfoCatalogs describes the list of catalogues.
func (d *desk) GetFlightInfoCatalogs(_ context.Context, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.Catalogs), nil
}

// DoGetCatalogs lists no catalogue.
func (d *desk) DoGetCatalogs(context.Context) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return one(schema_ref.Catalogs, nothing)
}

// GetFlightInfoSchemas describes the list of schemas.
func (d *desk) GetFlightInfoSchemas(_ context.Context, _ flightsql.GetDBSchemas, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.DBSchemas), nil
}

// DoGetDBSchemas lists the schemas that have tables for the reader.
func (d *desk) DoGetDBSchemas(ctx context.Context, cmd flightsql.GetDBSchemas) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	tables, err := reader(ctx).Tables(ctx)
	if err != nil {
		return nil, nil, d.tell(err)
	}
	wanted, err := pattern(cmd.GetDBSchemaFilterPattern())
	if err != nil {
		return nil, nil, d.tell(err)
	}
	var names []string
	for _, t := range tables {
		if wanted.MatchString(t.Schema) && inCatalogue(cmd.GetCatalog()) {
			names = append(names, t.Schema)
		}
	}
	slices.Sort(names)
	return one(schema_ref.DBSchemas, func(b *array.RecordBuilder) {
		for _, name := range slices.Compact(names) {
			b.Field(0).AppendNull()
			text(b, 1, name)
		}
	})
}

// inCatalogue tells whether a filter by catalogue leaves anything: "" asks for tables without one.
func inCatalogue(name *string) bool { return name == nil || *name == "" }

// GetFlightInfoTables describes the list of tables.
func (d *desk) GetFlightInfoTables(_ context.Context, cmd flightsql.GetTables, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, tablesSchema(cmd)), nil
}

func tablesSchema(cmd flightsql.GetTables) *arrow.Schema {
	if cmd.GetIncludeSchema() {
		return schema_ref.TablesWithIncludedSchema
	}
	return schema_ref.Tables
}

// DoGetTables lists the tables that the reader's statements may name, with their columns when they are asked for.
func (d *desk) DoGetTables(ctx context.Context, cmd flightsql.GetTables) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	tables, err := reader(ctx).Tables(ctx)
	if err != nil {
		return nil, nil, d.tell(err)
	}
	schemas, err := pattern(cmd.GetDBSchemaFilterPattern())
	if err != nil {
		return nil, nil, d.tell(err)
	}
	names, err := pattern(cmd.GetTableNameFilterPattern())
	if err != nil {
		return nil, nil, d.tell(err)
	}
	types := cmd.GetTableTypes()
	return one(tablesSchema(cmd), func(b *array.RecordBuilder) {
		if !inCatalogue(cmd.GetCatalog()) || len(types) > 0 && !slices.Contains(types, tableType) {
			return
		}
		for _, t := range tables {
			if !schemas.MatchString(t.Schema) || !names.MatchString(t.Name) {
				continue
			}
			b.Field(0).AppendNull()
			text(b, 1, t.Schema)
			text(b, 2, t.Name)
			text(b, 3, tableType)
			if cmd.GetIncludeSchema() {
				b.Field(4).(*array.BinaryBuilder).Append(flight.SerializeSchema(columnar.Schema(t.Columns), d.Alloc))
			}
		}
	})
}

// GetFlightInfoTableTypes describes the list of kinds of tables.
func (d *desk) GetFlightInfoTableTypes(_ context.Context, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.TableTypes), nil
}

// DoGetTableTypes lists the only kind of tables.
func (d *desk) DoGetTableTypes(context.Context) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return one(schema_ref.TableTypes, func(b *array.RecordBuilder) { text(b, 0, tableType) })
}
