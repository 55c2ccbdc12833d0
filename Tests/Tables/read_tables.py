#!/usr/bin/env python3
"""Reads the tables and records of a run as users do, with pandas and DuckDB as they are without
options, and holds types and values against what the kernels of CSources/plugins/table.c give.

usage: read_tables.py HOST LIBRARY"""
import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile

import duckdb
import numpy
import pandas

HOST, LIBRARY = (os.path.abspath(path) for path in sys.argv[1:3])
failures = 0


def check(what, found, expected):
    global failures
    same = found == expected or (isinstance(found, float) and isinstance(expected, float)
                                 and math.isnan(found) and math.isnan(expected))
    if not same:
        failures += 1
        print(f"{what}: found {found!r}, expected {expected!r}")


def run(manifest, name, *options):
    manifest = {"plugins": [LIBRARY], **manifest}
    with open("m.json", "w") as file:
        json.dump(manifest, file)
    form = name.rsplit(".", 1)[1]
    code = subprocess.run([HOST, "m.json", "-q", "--format", form, "-o", name, *options],
                          stderr=subprocess.DEVNULL).returncode
    assert code in (0, 1), code


def duck_types(name):
    relation = duckdb.sql(f"from '{name}'")
    return dict(zip(relation.columns, map(str, relation.types)))


def column(name, column):
    return [row[0] for row in duckdb.sql(f'select "{column}" from \'{name}\' order by call').fetchall()]


# n = 1 gives NaN, n = 2 an infinity, n = -1 fails.
MIXED = {"tasks": [
    {"kernel": "table_row", "name": "a, \"b\"", "sweep": {"n": [0, 1, 2, 3]},
     "args": {"natural": 18446744073709551615, "weights": [1, 2.5], "x": 0.1, "flag": True}},
    {"kernel": "table_row", "args": {"x": "NaN", "n": 4, "natural": 5}},
    {"kernel": "table_row", "args": {"n": 5, "x": "-Infinity"}}]}
FAILING = {"tasks": MIXED["tasks"] + [
    {"kernel": "table_row", "args": {"n": -1}}, {"kernel": "table_other", "args": {"x": 3}}]}


def csv_of_one_kernel():
    run(MIXED, "mixed.csv")
    frame = pandas.read_csv("mixed.csv")
    types = {name: str(type) for name, type in frame.dtypes.items()}
    for name in ["x", "y", "endless", "weights[0]", "weights[1]", "seconds", "start"]:
        check(f"pandas: {name}", types[name], "float64")
    for name in ["call", "n", "whole", "attempts", "steps", "arg.steps", "lane"]:
        check(f"pandas: {name}", types[name], "int64")
    for name in ["natural", "large"]:
        check(f"pandas: {name}", types[name], "uint64")
    for name in ["flag", "even", "ok", "result.lane"]:
        check(f"pandas: {name}", types[name], "bool")
    check("pandas: y", [repr(value) for value in frame["y"]],
          ["0.2", "nan", "-inf", "0.2", "nan", "-inf"])
    check("pandas: x", list(frame["x"][:4]), [0.1] * 4)
    check("pandas: whole", list(frame["whole"]), [2**63 - 1 - n for n in range(6)])
    check("pandas: large", list(frame["large"]), [2**64 - 1 - n for n in range(6)])
    check("pandas: natural", frame["natural"][0], 2**64 - 1)
    check("pandas: label", frame["label"][3], "a,\"b\"\nc")
    check("pandas: task", frame["task"][0], "a, \"b\"")
    check("pandas: mean", frame["x"][:4].mean(), 0.1)
    check("pandas: series", json.loads(frame["series"][3])[2], -math.inf)
    check("pandas: series", json.loads(frame["series"][3])[1], math.nan)

    types = duck_types("mixed.csv")
    for name in ["x", "y", "endless", "weights[0]", "weights[1]", "seconds", "start"]:
        check(f"duckdb: {name}", types[name], "DOUBLE")
    for name in ["call", "n", "whole", "attempts", "steps", "arg.steps", "lane"]:
        check(f"duckdb: {name}", types[name], "BIGINT")
    for name in ["natural", "large"]:
        check(f"duckdb: {name}", types[name] in ("HUGEINT", "UBIGINT"), True)
    for name in ["flag", "even", "ok", "result.lane"]:
        check(f"duckdb: {name}", types[name], "BOOLEAN")
    # A column of nothing but infinities is one of numbers, too.
    check("duckdb: endless", column("mixed.csv", "endless"), [math.inf] * 6)
    check("duckdb: y", [repr(value) for value in column("mixed.csv", "y")],
          ["0.2", "nan", "-inf", "0.2", "nan", "-inf"])
    check("duckdb: whole", column("mixed.csv", "whole"), [2**63 - 1 - n for n in range(6)])
    check("duckdb: large", column("mixed.csv", "large"), [2**64 - 1 - n for n in range(6)])
    check("duckdb: label", column("mixed.csv", "label")[3], "a,\"b\"\nc")
    lists = duckdb.sql("select series::DOUBLE[] from 'mixed.csv' order by call").fetchall()
    check("duckdb: series", lists[3][0][0], 0.0)
    check("duckdb: series", lists[3][0][2], -math.inf)
    check("duckdb: avg", duckdb.sql("select avg(x) from 'mixed.csv' where n < 4").fetchall()[0][0], 0.1)


def csv_with_what_is_missing():
    run(FAILING, "failing.csv", "--csv-elements", "2", "--csv-units")
    types = duck_types("failing.csv")
    for name in ["table_row.arg.x [m/s]", "y [m/s]", "endless", "series[0] [m]", "series[1] [m]"]:
        check(f"duckdb: {name}", types[name], "DOUBLE")
    for name in ["n", "whole", "counts[1]", "table_other.arg.x", "error_code"]:
        check(f"duckdb: {name}", types[name], "BIGINT")
    check("duckdb: even", types["even"], "BOOLEAN")
    check("duckdb: whole", column("failing.csv", "whole"),
          [2**63 - 1 - n for n in range(6)] + [None, None])
    check("duckdb: other", column("failing.csv", "table_other.arg.x"), [None] * 7 + [3])
    frame = pandas.read_csv("failing.csv")
    check("pandas: y", str(frame["y [m/s]"].dtype), "float64")
    check("pandas: y", list(frame["y [m/s]"])[7], 3.0)
    check("pandas: element", list(frame["series[0] [m]"])[3], 0.0)
    # With types that have a place for what is missing, integers keep all digits.
    whole = pandas.read_csv("failing.csv", dtype_backend="numpy_nullable")["whole"]
    check("pandas: whole", whole[0], 2**63 - 1)
    check("pandas: whole", whole[6] is pandas.NA, True)


def csv_without_rows():
    run({"tasks": []}, "none.csv")
    check("pandas: no rows", list(pandas.read_csv("none.csv").columns[:4]),
          ["call", "task", "kernel", "ok"])
    check("duckdb: no rows", duckdb.sql("select count(*) from 'none.csv'").fetchall()[0][0], 0)


def records():
    run(MIXED, "mixed.jsonl")
    types = duck_types("mixed.jsonl")
    check("duckdb: result", "y DOUBLE" in types["result"] and "series DOUBLE[]" in types["result"],
          True)
    # Of all arguments, also where some call's are none to JSON.
    for part in ["x DOUBLE", "n BIGINT", "flag BOOLEAN", "weights DOUBLE[]"]:
        check(f"duckdb: args has {part}", part in types["args"], True)
    check("duckdb: nonfinite", types["nonfinite"], "VARCHAR[]")
    rows = duckdb.sql("select result.y, result.series, nonfinite from 'mixed.jsonl' "
                       "where call is not null order by call")
    rows = rows.fetchall()
    check("duckdb: y", [row[0] for row in rows], [0.2, None, None, 0.2, None, None])
    check("duckdb: series", rows[3][1], [0.0, None, None])
    check("duckdb: which", rows[3][2],
          ["result.endless=Infinity", "result.series[1]=NaN", "result.series[2]=-Infinity"])
    check("duckdb: sum", duckdb.sql("select sum(result.y * 2) from 'mixed.jsonl'").fetchall()[0][0], 0.8)
    # The first record is that of the run.
    lines = [json.loads(line) for line in open("mixed.jsonl")]
    frame = pandas.json_normalize([line for line in lines if "call" in line])
    check("pandas: y", str(frame["result.y"].dtype), "float64")
    check("pandas: mean", frame["result.y"].mean(), 0.2)

    # A result that is a single number; swept numbers that JSON has none for.
    single = {"tasks": [{"kernel": "table_single", "sweep": {"x": [1.5, "NaN", "Infinity", 2]}}]}
    run(single, "single.jsonl")
    types = duck_types("single.jsonl")
    check("duckdb: result", types["result"], "DOUBLE")
    check("duckdb: point", types["point"], "STRUCT(x DOUBLE)")
    frame = pandas.read_json("single.jsonl", lines=True)
    check("pandas: result", str(frame["result"].dtype), "float64")
    check("pandas: result", frame["result"].mean(), 1.75)
    run(single, "text.jsonl", "--nan", "text")
    check("as text", [line["result"] for line in map(json.loads, open("text.jsonl")) if "call" in line],
          [1.5, "NaN", "Infinity", 2.0])


def points():
    frame = pandas.DataFrame({
        "x": [0.1, math.nan, 1 / 3, 5e-324], "n": [0, 3, 0, 0], "natural": [0, 2**64 - 1, 1, 2],
        "flag": [True, False, True, False], "way": ["a,b", "", "é\n\"", "NA"]})
    for name in ["pandas", "duckdb"]:
        if name == "pandas":
            frame.to_csv("points.csv", index=False, na_rep="NaN")
        else:
            # It takes pandas' NaN for a value that is missing, which no point has.
            frame["x"] = frame["x"].fillna(math.inf)
            duckdb.from_df(frame).write_csv("points.csv")
        run({"tasks": [{"kernel": "table_row", "sweep": {"file": "points.csv"}}]}, "out.csv")
        back = pandas.read_csv("out.csv", keep_default_na=False, na_values={"x": ["NaN"]})
        for column in frame.columns:
            for found, expected in zip(back[column].tolist(), frame[column].tolist()):
                check(f"points of {name}: {column}", found, expected)


def sqlite():
    run(FAILING, "failing.sqlite")
    with sqlite3.connect("failing.sqlite") as database:
        check("sqlite: sound", database.execute("pragma integrity_check").fetchall(), [("ok",)])
        frame = pandas.read_sql("select * from results order by call", database)
        check("sqlite: y", [repr(value) for value in frame["y"][:6]], ["0.2", "nan", "-inf", "0.2", "nan", "-inf"])
        check("sqlite: whole", database.execute("select whole from results where call < 6 order by call").fetchall(),
              [(2**63 - 1 - n,) for n in range(6)])
        check("sqlite: large", frame["large"][0], str(2**64 - 1))
        check("sqlite: label", frame["label"][3], "a,\"b\"\nc")
        check("sqlite: raw", frame["raw"][3], bytes([0, 1, 255]))
        check("sqlite: series", database.execute(
            "select value from results, json_each(series) where call = 3").fetchall(), [(0.0,), (None,), (None,)])
        check("sqlite: error", frame["error_message"][6], "n is -1, \"below\" 0")
        check("sqlite: other x", [frame["arg.x"][7], frame["y"][7], frame["ok"].sum()], [3, 3, 7])
        check("sqlite: units", database.execute("select unit from columns where name = 'y'").fetchall(), [("m/s",)])
        origin = json.loads(database.execute("select record from run").fetchone()[0])
        check("sqlite: run", [kernel["name"] for kernel in origin["kernels"]], ["table_row", "table_other"])
    run({"tasks": []}, "none.sqlite")
    with sqlite3.connect("none.sqlite") as database:
        check("sqlite: no rows", database.execute("select count(*) from results").fetchall(), [(0,)])


def npz():
    run(FAILING, "failing.npz")
    arrays = numpy.load("failing.npz")
    check("npz: call", [arrays["call"].dtype.str, arrays["call"].tolist()], ["<i8", list(range(8))])
    check("npz: y", [repr(value) for value in arrays["y"].tolist()],
          ["0.2", "nan", "-inf", "0.2", "nan", "-inf", "nan", "3.0"])
    check("npz: series", [arrays["series"].shape, arrays["series"][3][0]], [(8, 5), 0.0])
    check("npz: label", arrays["label"][3], "a,\"b\"\nc")
    check("npz: ok", [arrays["ok"].dtype.str, int(arrays["ok"].sum())], ["|b1", 7])
    run(MIXED, "mixed.npz")
    check("npz: whole", numpy.load("mixed.npz")["whole"].tolist(), [2**63 - 1 - n for n in range(6)])
    check("npz: large", numpy.load("mixed.npz")["large"].tolist(), [2**64 - 1 - n for n in range(6)])
    run({"tasks": []}, "none.npz")
    check("npz: no rows", numpy.load("none.npz")["call"].shape, (0,))


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for test in [csv_of_one_kernel, csv_with_what_is_missing, csv_without_rows, records, points, sqlite, npz]:
        test()
print(f"pandas {pandas.__version__}, DuckDB {duckdb.__version__}: "
      + ("tables and records are read as numbers" if failures == 0 else f"{failures} failures"))
sys.exit(1 if failures else 0)
