"""Writes the Parquet files beside it, as inventories of a bucket, by a writer that is not daypass's own: Apache Arrow.

    python3 -m pip install pyarrow && python3 tests/data/inventory/make.py

What each row holds is computed from its number; `src/s3/parquet/tests.rs` computes the same. Made with pyarrow 26.0.1.
"""

import datetime
import pathlib

import pyarrow
import pyarrow.parquet

HERE = pathlib.Path(__file__).parent
BEGIN = datetime.datetime(2026, 11, 20, tzinfo=datetime.timezone.utc)


def table(rows, unit):
    moments = [BEGIN + datetime.timedelta(seconds=row) for row in range(rows)]
    columns = [
        ("bucket", pyarrow.string(), False, ["logs"] * rows),
        ("key", pyarrow.string(), False, [f"p/{row // 10:02}/ä {row}\n" for row in range(rows)]),
        ("version_id", pyarrow.string(), True, [f"v{row}" for row in range(rows)]),
        ("is_latest", pyarrow.bool_(), True, [row % 7 != 0 for row in range(rows)]),
        ("is_delete_marker", pyarrow.bool_(), True, [row % 50 == 0 for row in range(rows)]),
        ("size", pyarrow.int64(), True, [None if row % 50 == 0 else row * 1000 for row in range(rows)]),
        ("last_modified_date", pyarrow.timestamp(unit, "UTC"), True, moments),
        ("storage_class", pyarrow.string(), True, [[None, "STANDARD", "GLACIER"][row % 3] for row in range(rows)]),
    ]
    schema = pyarrow.schema([pyarrow.field(name, kind, nullable) for name, kind, nullable, _ in columns])
    return pyarrow.table([pyarrow.array(values, kind) for _, kind, _, values in columns], schema=schema)


def write(name, rows=300, unit="ms", **options):
    # Several pages in a row group, and several row groups.
    options = {"row_group_size": 120, "data_page_size": 256, "write_batch_size": 16, "store_schema": False, **options}
    pyarrow.parquet.write_table(table(rows, unit), HERE / f"{name}.parquet", **options)


write("snappy", compression="snappy", use_dictionary=["bucket", "storage_class", "size"], write_statistics=False)
write("gzip", compression="gzip", data_page_version="2.0", unit="us", use_dictionary=False)
write("plain", compression="none", unit="ns", version="2.6")
write("zstd", compression="zstd", rows=3)
write("delta", compression="none", rows=3, use_dictionary=False, column_encoding={"key": "DELTA_BYTE_ARRAY"})
