"""Files, columns and options that cannot be read, and what is said about them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lawcast._errors import (
    LawcastError,
    ReadError,
    Severity,
    TableError,
    UnitError,
    UnknownNameError,
)
from lawcast.runs.read import read_runs
from tables_to_read import LOSS, PARAMS, ROWS, TOKENS, assert_same_values, codes, csv_text, written

# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", " \n\n\t\n", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.csv", bytes(range(256)) * 20, "binary"),
        ("a.csv", csv_text().encode() + b"\0\0", "binary"),
        ("a.csv", b"PK\x03\x04 something", "spreadsheet"),
        ("a.csv", "<!DOCTYPE html><html><body>log in</body></html>", "web page"),
        ("a.csv", csv_text() + '"open quote,1,2\n' + csv_text() * 900, "never closed"),
        ("a.json", "[1, 2", "not whole JSON"),
        ("a.json", "[" * 100_000, "not whole JSON"),
        ("a.json", "[1, 2]", "not a table"),
        ("a.json", '{"params": [1, 2], "loss": [1]}', "different lengths"),
        ("a.json", '{"schema": "lawcast/fit/1"}', "saved Lawcast object"),
        ("a.csv.gz", gzip.compress(csv_text().encode())[:-9], "gzip"),
        ("a.parquet", b"PAR1 nothing PAR1", "damaged Parquet"),
        ("a.csv", "x," * 100_001 + "y\n" + "1," * 100_001 + "1\n", "100,002 columns"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, name: str, content: Any, message: str) -> None:
    path = written(tmp_path, content, name)
    with pytest.raises(ReadError, match=message) as caught:
        read_runs(path)
    assert str(path) in str(caught.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    written(tmp_path, csv_text())
    with pytest.raises(ReadError, match=r"there is no file .*in that folder: 'sweep.csv'"):
        read_runs(tmp_path / "swep.csv")
    with pytest.raises(ReadError, match="is a folder"):
        read_runs(tmp_path)
    with pytest.raises(ReadError, match="line breaks"):
        read_runs(csv_text())


def test_a_two_gigabyte_line_fails_soon_with_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as stream:
        for _ in range(24):
            stream.write(b"a" * 2**20)
        stream.truncate(2_000_000_000)  # sparse: it takes no room on the disk
    program = (
        "import resource, sys, time; from lawcast.runs.read import read_runs\n"
        "from lawcast._errors import ReadError\n"
        "base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; start = time.process_time()\n"
        "try:\n    read_runs(sys.argv[1])\n"
        "except ReadError as error:\n    print(error)\n"
        "used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base\n"
        "print(used, time.process_time() - start)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    message, figures = done.stdout.strip().splitlines()
    assert "longer than 8 MiB" in message
    kib, seconds = map(float, figures.split())
    assert kib < 100_000
    assert seconds < 2


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.write(csv_text().encode())
        stream.truncate(2**31 + 1)
    with pytest.raises(ReadError, match="2 GiB"):
        read_runs(path)


def test_latin_1_is_read_and_said(tmp_path: Path) -> None:
    text = csv_text([(*row, "Förmel") for row in ROWS], "params,tokens,loss,family")
    runs = read_runs(written(tmp_path, text.encode("latin-1")))
    assert set(runs["family"]) == {"Förmel"}
    assert any("Latin-1" in note for note in runs.notes)


def test_decimal_commas_are_read_and_said(tmp_path: Path) -> None:
    text = csv_text(sep=";").replace(".", ",")
    runs = read_runs(written(tmp_path, text))
    assert_same_values(runs)
    (found,) = [f for f in runs.check() if f.code == "R020"]
    assert found.severity is Severity.NOTE


@pytest.mark.parametrize(
    ("loss", "options", "expected"),
    [
        (["3,125", "2,875"], {}, "refused"),
        (["3,125", "2,875"], {"decimal": ","}, [3.125, 2.875]),
        (["3,125", "2,875"], {"decimal": "."}, [3125, 2875]),
        (["3,12", "2.87"], {}, "refused"),
        (["3,12", "2.87"], {"decimal": ","}, [3.12, np.nan]),
        (["3,12", "1.002,8"], {}, [3.12, 1002.8]),
        (["1,234,567", "1,234"], {}, [1234567, 1234]),
        (["1,234.5", "1,234"], {}, [1234.5, 1234]),
    ],
)
def test_a_comma_is_never_misread(
    tmp_path: Path, loss: list[str], options: dict[str, str], expected: Any
) -> None:
    text = "params;tokens;loss\n" + "".join(f"{1 + i};{1 + i};{x}\n" for i, x in enumerate(loss))
    path = written(tmp_path, text)
    if expected == "refused":
        with pytest.raises(TableError, match=r'(?s)R020 .*decimal=","'):
            read_runs(path, **options)  # type: ignore[arg-type]
    else:
        runs = read_runs(path, **options)  # type: ignore[arg-type]
        np.testing.assert_array_equal(runs["loss"], expected)


def test_thousands_with_points_beside_decimal_commas_are_not_misread(tmp_path: Path) -> None:
    path = written(tmp_path, "params;tokens;loss\n70.000;1000;3,12\n80.000;2000;3,1\n")
    with pytest.raises(TableError, match="R020"):  # 70 thousand, or 70.0?
        read_runs(path)
    np.testing.assert_array_equal(read_runs(path, decimal=",")["params"], [70_000, 80_000])


def test_unquoted_decimal_commas_are_refused_with_the_reason(tmp_path: Path) -> None:
    text = "params,tokens,loss\n" + "".join(
        f"{n:.0f},{d:.0f},3,{i}5\n" for i, (n, d, _) in enumerate(ROWS)
    )
    with pytest.raises(TableError, match=r"(?s)R020 .*decimal commas"):
        read_runs(written(tmp_path, text))


def test_ragged_rows_and_repeated_headers_are_named_and_counted(tmp_path: Path) -> None:
    text = csv_text() + "1,2\n" + csv_text().replace("4.0", "4.1") + "1,2,3,4\n"
    runs = read_runs(written(tmp_path, text), duplicates="all")
    ragged, repeated = (f for f in runs.reading if f.code == "R020" and f.rows in ((10, 20), (11,)))
    if ragged.rows == (11,):
        ragged, repeated = repeated, ragged
    assert "2 of 18 rows" in ragged.message
    assert repeated.severity is Severity.WARNING
    assert runs.set_aside[0].rows == (10, 20)
    assert len(runs) == 16
    assert runs.n_read == 18


def test_text_in_a_side_column_is_a_warning_only() -> None:
    table = {"params": PARAMS, "tokens": TOKENS, "loss": LOSS, "step": ["last", *range(7)]}
    found = [f for f in read_runs(table).check() if f.code == "R002"]
    assert [f.severity for f in found] == [Severity.WARNING]


def test_smoothed_values_are_suspected_by_name() -> None:
    table = {"params": PARAMS, "tokens": TOKENS, "val_loss (smoothed)": LOSS}
    runs = read_runs(table, loss="val_loss (smoothed)")
    assert codes(runs, Severity.WARNING) == ["R020"]
    assert codes(read_runs({**table, "val_loss": LOSS}), Severity.WARNING) == []


def test_no_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="only numbers"):
        read_runs(written(tmp_path, "1e7,1e8,3.0\n2e7,1e8,2.9\n"))


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, csv_text(header="n_params,tokens,val_ppl"))
    with pytest.raises(TableError) as caught:
        read_runs(path)
    (found,) = caught.value.findings
    assert (found.code, found.fix) == ("R001", "loss='val_ppl', loss_unit=\"perplexity\"")
    with pytest.raises(TableError, match=r"(?s)R001.*no column 'n_parms'.*Fix: params='n_params'"):
        read_runs(path, params="n_parms")
    with pytest.raises(TableError, match="no column for params, tokens or compute"):
        read_runs({"a": [1.0], "loss": [2.0]})
    with pytest.raises(TableError, match=r"R001.*'z'"):
        read_runs({"x": [1.0], "y": [2.0]}, columns=("x", "z"))


def test_cut_off_json_line_is_set_aside(tmp_path: Path) -> None:
    lines = [json.dumps({"params": n, "tokens": d, "loss": x}) for n, d, x in ROWS]
    runs = read_runs(written(tmp_path, "\n".join(lines) + '\n{"par', "a.jsonl"))
    assert_same_values(runs)
    assert runs.set_aside[0].rows == (9,)
    assert "R020" in codes(runs, Severity.WARNING)


def test_ten_thousand_columns_and_repeated_names(tmp_path: Path) -> None:
    extra = 10_000
    header = "params,tokens,loss," + ",".join(f"metric {i}" for i in range(extra)) + ",loss"
    rows = [f"{n!r},{d!r},{x!r}," + ",".join(["0"] * extra) + ",9" for n, d, x in ROWS]
    runs = read_runs(written(tmp_path, "\n".join([header, *rows])))
    assert_same_values(runs)
    assert len(runs.columns) == extra + 5
    assert "R020" in codes(runs, Severity.WARNING)
    np.testing.assert_array_equal(runs["loss.2"], 9.0)


def test_html_and_formulas_stay_text_and_are_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    text = csv_text([(*row, evil, "=1+1") for row in ROWS], f"params,tokens,{evil},family,=cmd")
    runs = read_runs(written(tmp_path, text), loss=evil)
    assert set(runs["=cmd"]) == {"=1+1"}
    assert "<script>" not in runs._repr_html_()


def test_text_further_down_a_numeric_column_is_kept_as_written(tmp_path: Path) -> None:
    rows = [(1e7 + i, 1e8, 3.0, f"00{i}" if i < 4999 else "last") for i in range(5000)]
    runs = read_runs(written(tmp_path, csv_text(rows, "params,tokens,loss,label")))
    assert runs["label"][[0, 1, 4999]].tolist() == ["000", "001", "last"]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"loss_unit": "nat"}, UnknownNameError),
        ({"checkpoints": "last"}, UnknownNameError),
        ({"duplicates": "none"}, UnknownNameError),
        ({"drop": ("bad",)}, UnknownNameError),
        ({"accounting": "8ND"}, UnknownNameError),
        ({"params_kind": "all"}, UnknownNameError),
        ({"decimal": ";"}, UnknownNameError),
        ({"params_unit": "furlong"}, UnitError),
        ({"compute_unit": "M"}, UnitError),
    ],
)
def test_bad_options_are_refused_before_reading(options: Any, kind: type[LawcastError]) -> None:
    with pytest.raises(kind):
        read_runs("no such file", **options)


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"params": [1, 2], "loss": [1]},
        {"params": "text"},
        {"params": [[1, 2]]},
        {"loss": [1j]},
        [],
        7,
    ],
)
def test_bad_sources_in_memory(source: Any) -> None:
    with pytest.raises(ReadError):
        read_runs(source)


def test_standard_input(tmp_path: Path) -> None:
    program = "from lawcast.runs.read import read_runs; r = read_runs('-'); print(len(r), r.source)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=csv_text(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "8 <stdin>"
