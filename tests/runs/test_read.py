"""Reading: what a good source becomes, whatever its format, names and units."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawcast._errors import (
    LawcastError,
    ReadError,
    Severity,
    TableError,
    UnitError,
    UnknownNameError,
)
from lawcast.runs.read import read_runs
from lawcast.runs.table import Runs

ROWS = [(1e7 * 2**i, 3e8 * 2.5**i, round(4.0 - 0.21 * i, 3)) for i in range(8)]
RECORDS = [{"params": n, "tokens": d, "loss": x} for n, d, x in ROWS]
PARAMS, TOKENS, LOSS = (np.array(column) for column in zip(*ROWS, strict=True))


def csv_text(rows: Any = ROWS, header: str = "params,tokens,loss", sep: str = ",") -> str:
    lines = [
        sep.join(repr(cell) if not isinstance(cell, str) else cell for cell in row) for row in rows
    ]
    return "\n".join([header.replace(",", sep), *lines]) + "\n"


def written(folder: Path, content: str | bytes, name: str = "sweep.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def codes(runs: Runs, *severities: Severity) -> list[str]:
    return [f.code for f in runs.check() if not severities or f.severity in severities]


def assert_same_values(runs: Runs) -> None:
    np.testing.assert_array_equal(runs["params"], PARAMS)
    np.testing.assert_array_equal(runs["tokens"], TOKENS)
    np.testing.assert_array_equal(runs["loss"], LOSS)
    np.testing.assert_allclose(runs["compute"], 6 * PARAMS * TOKENS, rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv_text()),
        ("a.tsv", csv_text(sep="\t")),
        ("a.txt", csv_text(sep=";")),
        ("bar.csv", csv_text(sep="|")),
        ("crlf.csv", csv_text().replace("\n", "\r\n")),
        ("cr.csv", csv_text().replace("\n", "\r")),
        ("bom.csv", csv_text().encode("utf-8-sig")),
        ("utf16.csv", csv_text().encode("utf-16")),
        ("utf16be.csv", csv_text().encode("utf-16-be")),
        ("a.csv.gz", gzip.compress(csv_text().encode())),
        ("hidden_gzip.csv", gzip.compress(csv_text().encode())),
        ("quoted.csv", csv_text([tuple(f'"{cell!r}"' for cell in row) for row in ROWS])),
        ("blank_lines.csv", "\n\n" + csv_text().replace("\n", "\n\n")),
        ("a.jsonl", "\n".join(map(json.dumps, RECORDS))),
        ("a.json", json.dumps(RECORDS)),
        ("nested.json", json.dumps([{"loss": r["loss"], "config": r} for r in RECORDS])),
        ("columns.json", json.dumps({"params": [*PARAMS], "tokens": [*TOKENS], "loss": [*LOSS]})),
    ],
)  # fmt: skip
def test_every_text_format_gives_the_same_table(tmp_path: Path, name: str, content: Any) -> None:
    path = written(tmp_path, content, name)
    runs = read_runs(path)
    assert_same_values(runs)
    assert runs.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert runs.source == str(path)
    assert runs.n_read == len(runs) == 8
    assert not codes(runs, Severity.ERROR, Severity.WARNING)


def test_row_ids_are_lines_of_the_file_even_after_blank_and_quoted_lines(tmp_path: Path) -> None:
    path = written(tmp_path, 'note,params,tokens,loss\n"a\nb",1e7,2e8,4\n\nplain,2e7,2e8,3.9\n')
    runs = read_runs(path)
    assert runs.row_label == "line"
    assert runs.row_ids.tolist() == [2, 5]
    assert runs["note"].tolist() == ["a\nb", "plain"]


def test_parquet_and_frames_and_mappings_agree(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    mapping = {"params": PARAMS, "tokens": TOKENS, "loss": LOSS, "family": list("aabbaabb")}
    table = pyarrow.table(mapping)
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path)
    records = [dict(zip(mapping, row, strict=True)) for row in zip(*mapping.values(), strict=True)]
    frames: dict[str, Any] = {
        "<mapping>": mapping,
        "<DataFrame>": pandas.DataFrame(mapping, index=list("hgfedcba")),
        str(path): path,
        "<list>": records,
    }
    others = [polars.DataFrame(mapping), polars.LazyFrame(mapping), table]
    for name, source in [*frames.items(), *(("<DataFrame>", other) for other in others)]:
        runs = read_runs(source)
        assert_same_values(runs)
        assert runs["family"].tolist() == list("aabbaabb")
        assert runs.row_ids.tolist() == list(range(8))
        assert (runs.source, runs.row_label) == (name, "row")
    hashes = {read_runs(source).sha256 for name, source in frames.items() if name.startswith("<")}
    assert len(hashes) == 1
    assert read_runs(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_polars_frame_is_read_without_pandas() -> None:
    pytest.importorskip("polars")
    program = (
        "import sys, polars; from lawcast.runs.read import read_runs;"
        "runs = read_runs(polars.DataFrame({'params': [1e7], 'tokens': [1e8], 'loss': [3.0]}));"
        "assert len(runs) == 1; runs.check(); print('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_null_values_of_frames_are_missing() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({
        "params": pandas.array([1, None, 3], dtype="Int64"), "tokens": [1.0, 2.0, np.nan],
        "loss": [1.0, 2.0, 3.0], "family": ["a", None, pandas.NA], "seed": [0, np.nan, 2],
    })  # fmt: skip
    runs = read_runs(frame)
    np.testing.assert_array_equal(runs["params"], [1, np.nan, 3])
    assert runs["family"].tolist() == ["a", "", ""]
    assert runs["seed"].tolist() == ["0", "", "2"]


def test_the_callers_arrays_are_left_alone() -> None:
    params = np.array([1e7, 2e7])
    runs = read_runs({"params": params, "tokens": [1e8, 2e8], "loss": [3.0, 2.9]})
    params[0] = 5.0
    assert runs["params"][0] == 1e7
    with pytest.raises(ValueError, match="read-only"):
        runs["params"][0] = 1.0


@pytest.mark.parametrize(
    ("header", "fixed"),
    [
        ("Model Size,Training FLOP,loss", ("params", "compute", "loss")),
        ("n_params,Seen Examples,eval/loss", ("params", "tokens", "loss")),
        ("N,D,Val Loss", ("params", "tokens", "loss")),
        ("num_params,num_tokens,validation_loss", ("params", "tokens", "loss")),
        ("non_embedding_params,tokens-seen,test_loss", ("params", "tokens", "loss")),
    ],
)
def test_common_names_are_guessed_and_said(
    tmp_path: Path, header: str, fixed: tuple[str, ...]
) -> None:
    runs = read_runs(written(tmp_path, csv_text(header=header)))
    for name, source, values in zip(fixed, header.split(","), (PARAMS, TOKENS, LOSS), strict=True):
        np.testing.assert_array_equal(runs[name], values)
        np.testing.assert_array_equal(runs[source], values)  # the old name still works
        if name != source:
            assert any(f"guessed: {name} = {source!r}" in note for note in runs.notes)


def test_of_two_candidates_the_preferred_one_is_taken_and_the_other_named(tmp_path: Path) -> None:
    rows = [(*row, row[2] + 1) for row in ROWS]
    runs = read_runs(written(tmp_path, csv_text(rows, "params,tokens,val_loss,train_loss")))
    np.testing.assert_array_equal(runs["loss"], LOSS)
    assert (
        "guessed: loss = 'val_loss', preferred to 'train_loss'; to choose: loss=..." in runs.notes
    )
    chosen = read_runs(tmp_path / "sweep.csv", loss="train_loss")
    np.testing.assert_array_equal(chosen["loss"], LOSS + 1)
    np.testing.assert_array_equal(chosen["val_loss"], LOSS)


def test_a_column_beside_the_one_named_is_kept() -> None:
    table = {"params": [1e7], "tokens": [1e8], "loss": [3.0], "mine": [2.5]}
    runs = read_runs(table, loss="mine")
    assert (runs["loss"][0], runs["loss_column"][0]) == (2.5, 3.0)


def test_a_guess_that_holds_words_is_given_up() -> None:
    runs = read_runs({"size": ["small", "big"], "n": [1e7, 2e7], "d": [1e8, 2e8], "loss": [3, 2]})
    np.testing.assert_array_equal(runs["params"], [1e7, 2e7])
    assert runs["size"].tolist() == ["small", "big"]


@pytest.mark.parametrize(
    ("options", "column", "expected"),
    [
        ({"params_unit": "M"}, "params", 70e6),
        ({"params_unit": "billions"}, "params", 70e9),
        ({"tokens_unit": "B"}, "tokens", 2e9),
        ({"compute_unit": "PF-days"}, "compute", 3 * 8.64e19),
        ({"compute_unit": "EFLOP"}, "compute", 3e18),
        ({"loss_unit": "bits"}, "loss", 4.0 * np.log(2)),
        ({"loss_unit": "perplexity"}, "loss", np.log(4.0)),
    ],
)
def test_units(options: dict[str, str], column: str, expected: float) -> None:
    runs = read_runs({"params": [70], "tokens": [2], "compute": [3], "loss": [4.0]}, **options)  # type: ignore[arg-type]
    assert runs[column][0] == pytest.approx(expected, rel=1e-12)


def test_a_unit_in_the_name_of_a_column_is_used_and_said(tmp_path: Path) -> None:
    text = csv_text([(70.0, 1.4, 3.0)], "Params (M),tokens_B,loss [bits]")
    runs = read_runs(written(tmp_path, text))
    assert runs["params"][0] == 70e6
    assert runs["tokens"][0] == 1.4e9
    assert runs["loss"][0] == pytest.approx(3 * np.log(2))
    assert sum("from its name" in note for note in runs.notes) == 3


def test_suffixes_and_words_in_cells(tmp_path: Path) -> None:
    text = (
        "params,tokens,compute,loss\n70M,1.4T,1e21 FLOP,2.1\n"
        "1.5B,n/a,12 PF-days,2.0\n 1 000 000 ,nan,,NA\n"
    )
    runs = read_runs(written(tmp_path, text))
    np.testing.assert_array_equal(runs["params"], [70e6, 1.5e9, 1e6])
    np.testing.assert_array_equal(runs["tokens"], [1.4e12, np.nan, np.nan])
    np.testing.assert_array_equal(runs["compute"], [1e21, 12 * 8.64e19, np.nan])
    np.testing.assert_array_equal(runs["loss"], [2.1, 2.0, np.nan])


def test_a_suffix_in_a_cell_overrules_the_unit_of_bare_numbers() -> None:
    runs = read_runs({"params": ["70", "1.4B"], "tokens": [1, 2], "loss": [3, 2]}, params_unit="M")
    np.testing.assert_array_equal(runs["params"], [70e6, 1.4e9])


def test_tokens_or_compute_are_derived_by_the_accounting() -> None:
    n, d = np.array([1e7, 2e7]), np.array([1e9, 3e9])
    three = {"params": n, "tokens": d, "compute": 7 * n * d, "loss": [3, 2.9]}
    runs = read_runs({key: three[key] for key in ("params", "tokens", "loss")})
    np.testing.assert_allclose(runs["compute"], 6 * n * d)
    assert (runs.accounting, runs.derived) == ("6ND", ("compute",))
    runs = read_runs({key: three[key] for key in ("params", "tokens", "loss")}, accounting="2ND")
    np.testing.assert_allclose(runs["compute"], 2 * n * d)
    runs = read_runs({key: three[key] for key in ("params", "compute", "loss")})
    np.testing.assert_allclose(runs["tokens"], 7 * d / 6)
    assert runs.derived == ("tokens",)
    runs = read_runs(three)
    np.testing.assert_allclose(runs["compute"], 7 * n * d)
    assert (runs.accounting, runs.derived) == ("column", ())
    runs = read_runs(three, accounting="6ND")
    np.testing.assert_allclose(runs["compute"], 6 * n * d)
    np.testing.assert_allclose(runs["compute_column"], 7 * n * d)


def test_samples_are_tokens_under_another_name() -> None:
    runs = read_runs({"p": [1e7], "s": [1e6], "l": [3.0]}, params="p", samples="s", loss="l")
    assert runs["tokens"][0] == 1e6
    with pytest.raises(ReadError, match="same column"):
        read_runs({"p": [1e7]}, tokens="p", samples="p")


def test_columns_of_the_callers_own_law_keep_their_names() -> None:
    runs = read_runs({"N": [1.0, -2.0], "y": [0.0, 3.0]}, columns=("N", "y"))
    np.testing.assert_array_equal(runs["N"], [1.0, -2.0])
    assert "params" not in runs
    assert codes(runs) == ["R011"]  # negative values are the law's own business


# --- checkpoints, duplicates, diverged ------------------------------------------------------------

CURVES = {
    "run": ["a", "a", "a", "b", "b"],
    "step": [1, 3, 2, 1, 2],
    "params": [1e7] * 3 + [2e7] * 2,
    "tokens": [1e8, 3e8, 2e8, 1e8, 2e8],
    "loss": [4.0, 3.0, 3.5, 3.9, np.nan],
}


def test_the_last_step_with_a_loss_stands_for_a_run() -> None:
    runs = read_runs(CURVES)
    assert runs.row_ids.tolist() == [1, 3]
    assert runs.set_aside[0].rows == (0, 2, 4)
    assert any("last step" in note for note in runs.notes)
    assert len(read_runs(CURVES, checkpoints="all")) == 5


def test_duplicates_count_once_unless_asked_otherwise() -> None:
    table = {"params": [1e7, 1e7, 2e7], "tokens": [1e8] * 3, "loss": [3.0, 3.0, 2.9]}
    runs = read_runs(table)
    assert runs.row_ids.tolist() == [0, 2]
    assert (runs.set_aside[0].rows, runs.set_aside[0].code) == ((1,), "R012")
    assert len(read_runs(table, duplicates="all")) == 3


# --- wide chart exports ---------------------------------------------------------------------------


def test_a_chart_export_becomes_one_row_for_each_run_and_step(tmp_path: Path) -> None:
    text = (
        'Step,"run - a - val/loss","run - a - val/loss__MIN","run - a - val/loss__MAX",'
        '"b - val/loss","b - tokens","run - a - tokens"\n'
        "1,4,4,4,5,10,11\n2,3,3,3,,20,21\n3,,,,4.5,30,\n"
    )
    runs = read_runs(written(tmp_path, text), checkpoints="all")
    assert runs["run"].tolist() == ["run - a", "run - a", "b", "b", "b"]
    np.testing.assert_array_equal(runs["step"], [1, 2, 1, 2, 3])
    np.testing.assert_array_equal(runs["loss"], [4, 3, 5, np.nan, 4.5])
    np.testing.assert_array_equal(runs["tokens"], [11, 21, 10, 20, 30])
    final = read_runs(tmp_path / "sweep.csv")
    np.testing.assert_array_equal(final["loss"], [3, 4.5])
    assert any("chart export: 2 runs" in note for note in final.notes)


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
        with pytest.raises(TableError, match=r'R020 .*decimal=","'):
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
    with pytest.raises(TableError, match=r"R020 .*decimal commas"):
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
    with pytest.raises(TableError, match=r"R001.*no column 'n_parms'.*Fix: params='n_params'"):
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


# --- properties -----------------------------------------------------------------------------------

messy = st.lists(
    st.tuples(
        st.sampled_from([1e6, 1e7, 1e8, 1e9, 70.0, 0.0, -1.0, float("nan")]),
        st.sampled_from([1e8, 1e9, 2e10, float("inf")]),
        st.floats(-1, 20, allow_nan=False) | st.sampled_from([3.0, 2.9, float("nan")]),
        st.sampled_from(["a", "b", ""]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=30,
)


def _table(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = ("params", "tokens", "loss", "family", "step")
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


@given(messy, st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_rows(rows: list[Any], random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    first = read_runs(_table(rows), duplicates="all")
    second = read_runs(_table([rows[i] for i in order]), duplicates="all")
    there = {f.code: f for f in first.check() if f.code != "R012"}
    here = {f.code: f for f in second.check() if f.code != "R012"}
    assert there.keys() == here.keys()
    for code, finding in there.items():
        back = sorted(order[i] for i in here[code].rows)
        assert (sorted(finding.rows), finding.severity) == (back, here[code].severity)


@given(messy)
def test_findings_do_not_depend_on_further_columns(rows: list[Any]) -> None:
    table = _table(rows)
    plain = read_runs(table, duplicates="all").check()
    more = read_runs(
        {"zzz": list(range(len(rows))), **table, "note": ["x"] * len(rows)}, duplicates="all"
    )
    strip = [f for f in plain if f.code != "R012"]
    assert [f for f in more.check() if f.code != "R012"] == strip


@given(st.lists(st.floats(1e-3, 1e4), min_size=1, max_size=10), st.sampled_from("KMBT"))
def test_the_unit_of_a_count_does_not_matter(values: list[float], unit: str) -> None:
    factor = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[unit]
    size = len(values)
    rest: dict[str, Any] = {"tokens": [1e9] * size, "loss": [3.0] * size}
    plain = read_runs({"params": [v * factor for v in values], **rest}, duplicates="all")
    scaled = read_runs({"params": values, **rest}, params_unit=unit, duplicates="all")
    text = read_runs({"params": [f"{v!r}{unit}" for v in values], **rest}, duplicates="all")
    np.testing.assert_allclose(scaled["params"], plain["params"], rtol=1e-14)
    np.testing.assert_allclose(text["params"], plain["params"], rtol=1e-14)


def survives(source: str) -> bool:
    """Whether a source is read and checked, or refused with a message."""
    try:
        return isinstance(read_runs(source).check(), tuple)
    except LawcastError as error:
        return bool(str(error))


@given(st.binary(max_size=400))
def test_no_bytes_cause_anything_but_a_clear_error(data: bytes) -> None:
    from unittest import mock

    from lawcast.runs.sources import opened

    with mock.patch.object(opened, "_spool", return_value=data):
        assert survives("-")


@given(st.text(alphabet='1234567890.,;\n"\t -naxMB{}[]', max_size=200))
def test_no_text_below_a_good_header_causes_anything_but_a_clear_error(text: str) -> None:
    from unittest import mock

    from lawcast.runs.sources import opened

    with mock.patch.object(opened, "_spool", return_value=f"params,tokens,loss\n{text}".encode()):
        assert survives("-")


@pytest.mark.slow
def test_a_million_rows_in_ten_seconds_and_a_gigabyte(tmp_path: Path) -> None:
    program = """
import resource, sys, time
import numpy as np
rng = np.random.default_rng(0)
n = 1_000_000
N, D = 10 ** rng.uniform(7, 10, n), 10 ** rng.uniform(9, 12, n)
L = (1.8 + 480 / N**.35 + 2100 / D**.37) * np.exp(rng.normal(0, .004, n))
with open(sys.argv[1], "w") as stream:
    stream.write("run,step,family,params,tokens,compute,loss,lr\\n")
    for i, (a, b, c) in enumerate(zip(N.tolist(), D.tolist(), L.tolist())):
        run = f"run-{i // 10},{i % 10},{'abcde'[i // 10 % 5]}"
        stream.write(f"{run},{a!r},{b!r},{6*a*b!r},{c!r},0.001\\n")
del N, D, L
"""
    read = """
import resource, sys, time
start = time.process_time()
from lawcast.runs.read import read_runs
runs = read_runs(sys.argv[1])
runs.check()
print(len(runs), time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    path = str(tmp_path / "big.csv")
    subprocess.run([sys.executable, "-c", program, path], check=True)
    done = subprocess.run(
        [sys.executable, "-c", read, path], capture_output=True, text=True, check=True
    )
    rows, seconds, kib = done.stdout.split()
    assert int(rows) == 100_000
    assert float(seconds) < 10
    assert float(kib) < 1e6
