package flight

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
)

// Clients such as DBeaver ask for keys and types of every table that they show. The warehouse declares no keys, and
// types come with the columns, so each of these lists is empty.

// GetFlightInfoPrimaryKeys describes the list of primary keys.
func (d *desk) GetFlightInfoPrimaryKeys(_ context.Context, _ flightsql.TableRef, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.PrimaryKeys), nil
}

// DoGetPrimaryKeys lists none.
func (d *desk) DoGetPrimaryKeys(context.Context, flightsql.TableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return one(schema_ref.PrimaryKeys, nothing)
}

// GetFlightInfoExportedKeys describes the list of keys that refer to a table.
func (d *desk) GetFlightInfoExportedKeys(_ context.Context, _ flightsql.TableRef, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.ExportedKeys), nil
}

// DoGetExportedKeys lists none.
func (d *desk) DoGetExportedKeys(context.Context, flightsql.TableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return one(schema_ref.ExportedKeys, nothing)
}

// GetFlightInfoImportedKeys describes the list of keys by which a table refers to others.
func (d *desk) GetFlightInfoImportedKeys(_ context.Context, _ flightsql.TableRef, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.ImportedKeys), nil
}

// DoGetImportedKeys lists none.
func (d *desk) DoGetImportedKeys(context.Context, flightsql.TableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return one(schema_ref.ImportedKeys, nothing)
}

// GetFlightInfoCrossReference describes the list of keys between two tables.
func (d *desk) GetFlightInfoCrossReference(_ context.Context, _ flightsql.CrossTableRef, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.CrossReference), nil
}

// DoGetCrossReference lists none.
func (d *desk) DoGetCrossReference(context.Context, flightsql.CrossTableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return one(schema_ref.CrossReference, nothing)
}

// GetFlightInfoXdbcTypeInfo describes the list of types.
func (d *desk) GetFlightInfoXdbcTypeInfo(_ context.Context, _ flightsql.GetXdbcTypeInfo, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return d.info(desc, desc.Cmd, schema_ref.XdbcTypeInfo), nil
}

// DoGetXdbcTypeInfo lists none.
func (d *desk) DoGetXdbcTypeInfo(context.Context, flightsql.GetXdbcTypeInfo) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return one(schema_ref.XdbcTypeInfo, nothing)
}
