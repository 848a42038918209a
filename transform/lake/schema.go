package lake

import (
	"fmt"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/parquet-go/parquet-go"
)

// icebergSchema translates the Parquet schema of a row type. Field ids come from the struct tags and are
// written into the files too, so that a column keeps its identity when it is renamed.
func icebergSchema(rows *parquet.Schema) (*iceberg.Schema, error) {
	var fields []iceberg.NestedField
	for _, f := range rows.Fields() {
		kind, err := icebergType(f)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name(), err)
		}
		fields = append(fields, iceberg.NestedField{ID: f.ID(), Name: f.Name(), Type: kind, Required: f.Required()})
	}
	return iceberg.NewSchema(0, fields...), nil
}

func icebergType(f parquet.Field) (iceberg.Type, error) {
	if logical := f.Type().LogicalType(); logical != nil {
		switch name := logical.String(); {
		case name == "STRING":
			return iceberg.PrimitiveTypes.String, nil
		case strings.HasPrefix(name, "TIMESTAMP"):
			return iceberg.PrimitiveTypes.TimestampTz, nil
		}
	}
	switch f.Type().Kind() {
	case parquet.Boolean:
		return iceberg.PrimitiveTypes.Bool, nil
	case parquet.Int32:
		return iceberg.PrimitiveTypes.Int32, nil
	case parquet.Int64:
		return iceberg.PrimitiveTypes.Int64, nil
	case parquet.Double:
		return iceberg.PrimitiveTypes.Float64, nil
	case parquet.ByteArray:
		return iceberg.PrimitiveTypes.Binary, nil
	}
	return nil, fmt.Errorf("no Iceberg type for Parquet %s", f.Type())
}
