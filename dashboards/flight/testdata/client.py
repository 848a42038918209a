"""Reads PHDP over Flight SQL with the ADBC driver, as pandas and others do, and prints what it got as JSON."""
import json
import os
import sys

import adbc_driver_flightsql.dbapi as flight
from adbc_driver_flightsql import DatabaseOptions

uri, token = sys.argv[1], os.environ["PHDP_TOKEN"]
bearer = {DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer " + token}
password = {"username": "anybody", "password": token}
got = {}

with flight.connect(uri, db_kwargs=password, autocommit=True) as connection, connection.cursor() as cursor:
    cursor.execute("select count(*) as n from dim_patients")
    got["with_password"] = cursor.fetchone()[0]

with flight.connect(uri, db_kwargs=bearer, autocommit=True) as connection:
    got["vendor"] = connection.adbc_get_info()["vendor_name"]
    got["table_types"] = connection.adbc_get_table_types()
    objects = connection.adbc_get_objects(depth="all").read_all().to_pylist()
    schemas = {s["db_schema_name"]: s["db_schema_tables"] for c in objects for s in c["catalog_db_schemas"]}
    got["schemas"] = sorted(schemas)
    got["tables"] = {t["table_name"]: len(t["table_columns"]) for t in schemas["main"]}
    got["schema_of_lines"] = connection.adbc_get_table_schema("dim_lines", db_schema_filter="main").names
    with connection.cursor() as cursor:
        cursor.execute("select line_code, count(*) as n, sum(1) as total, avg(1.5) as mean, max(last_covered_date) as last from dim_patients group by all order by all")
        table = cursor.fetch_arrow_table()
        got["types"] = [str(t) for t in table.schema.types]
        got["lines"] = {r["line_code"]: r["n"] for r in table.to_pylist()}
        cursor.execute("select range as n from range(100000)")
        got["long"] = sum(batch.num_rows for batch in cursor.fetch_record_batch())
        got["prepared"] = cursor.adbc_prepare("select 1 as one, 'x' as two") is None
        cursor.execute("select 1 as one, 'x' as two")
        got["after_prepare"] = list(cursor.fetchone())
        got["refused"] = []
        for statement in json.loads(sys.argv[2]):
            try:
                cursor.execute(statement)
                cursor.fetchall()
            except Exception as problem:
                got["refused"].append(type(problem).__name__)

try:
    with flight.connect(uri, db_kwargs={"username": "anybody", "password": "phdp_wrong"}, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("select 1")
    got["wrong_token"] = "let in"
except Exception as problem:
    got["wrong_token"] = type(problem).__name__
print(json.dumps(got))
