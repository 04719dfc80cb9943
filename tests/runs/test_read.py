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

from lawcast._errors import (
    ReadError,
    Severity,
)
from lawcast.runs.read import read_runs
from tables_to_read import (
    LOSS,
    PARAMS,
    RECORDS,
    ROWS,
    TOKENS,
    assert_same_values,
    codes,
    csv_text,
    written,
)


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
    aside = {row: item.code for item in runs.set_aside for row in item.rows}
    assert aside == {0: "R014", 2: "R014", 4: "R003"}
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


@pytest.mark.parametrize(
    ("params", "tokens", "factor"),
    [
        ("model size (non-emb)", "Toks (B)", 1e9),
        ("Params [total]", "toks", 1.0),
        ("N (excl. embeddings)", "train_toks (M)", 1e6),
    ],
)
def test_spellings_of_n_and_d(params: str, tokens: str, factor: float) -> None:
    runs = read_runs({params: [1e8, 2e8], tokens: [3.0, 4.0], "loss": [3.0, 2.9]})
    assert runs["params"].tolist() == [1e8, 2e8]
    assert runs["tokens"].tolist() == [3.0 * factor, 4.0 * factor]


def test_numbers_that_nothing_reads_are_named_where_n_or_d_is_missing() -> None:
    table = {"weights": [1.0, 2.0], "flops": [1e20, 1e21], "loss": [3.0, 2.9], "lab": ["a", "b"]}
    (note,) = (note for note in read_runs(table).notes if "not used" in note)
    assert note == (
        "found no column for params and tokens; not used: 'weights'. To name one: params=..."
    )
    whole = {"params": [1e8, 2e8], "tokens": [1e9, 2e9], "loss": [3.0, 2.9], "lr": [0.1, 0.2]}
    curve = {"step": [1, 2], "loss": [3.0, 2.9], "lr": [0.1, 0.2]}
    for other in (whole, curve):
        assert not [note for note in read_runs(other).notes if "not used" in note]
