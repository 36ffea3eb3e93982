"""Plans a mirror with DuckDB: joins two Parquet extracts on hashes of their rows and fetches the rows to put.

Arguments: the extract before, the extract after, the memory limit, a folder for what does not fit in it. What DuckDB takes to
be imported does not count.
"""

import json
import sys
import time

import duckdb

before, after, limit, folder = sys.argv[1:]
connection = duckdb.connect()
connection.execute(f"SET threads = 2; SET memory_limit = '{limit}'; SET temp_directory = '{folder}'")
connection.execute("SET preserve_insertion_order = false")
wall, cpu = time.perf_counter(), time.process_time()
columns = "email, name, city, score, visits, amount, active, updated_at, note"
side = "SELECT hash(id) AS key, hash({columns}) AS digest, file_row_number AS row FROM read_parquet('{path}', file_row_number = true)"
connection.execute(
    f"""
    CREATE TEMP TABLE changes AS
    SELECT o.row AS before, n.row AS after
    FROM ({side.format(columns=columns, path=before)}) o
    FULL JOIN ({side.format(columns=columns, path=after)}) n USING (key)
    WHERE o.digest IS DISTINCT FROM n.digest
    """
)
created, updated, deleted = connection.execute(
    "SELECT count(*) FILTER (before IS NULL), count(*) FILTER (before IS NOT NULL AND after IS NOT NULL), count(*) FILTER (after IS NULL) FROM changes"
).fetchone()
fetch = "CREATE TEMP TABLE {name} AS SELECT {columns} FROM read_parquet('{path}', file_row_number = true) WHERE file_row_number IN (SELECT {row} FROM changes WHERE {rule})"
connection.execute(fetch.format(name="puts", columns="*", path=after, row="after", rule="after IS NOT NULL"))
connection.execute(fetch.format(name="deletes", columns="id", path=before, row="before", rule="after IS NULL"))
put, gone, rows = connection.execute(
    f"SELECT (SELECT count(*) FROM puts), (SELECT count(*) FROM deletes), (SELECT count(*) FROM read_parquet('{after}'))"
).fetchone()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
assert (put, gone) == (created + updated, deleted)
with open("/proc/self/status") as status:
    peak_kb = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
print(json.dumps({
    "created": created, "updated": updated, "deleted": deleted, "unchanged": rows - put,
    "wall_s": wall, "cpu_s": cpu, "peak_mb": peak_kb / 1024,
}))
