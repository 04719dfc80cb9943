"""``lawcast local-exponent``: the library's numbers, groups, floors, files, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lawcast as lc
from cli.conftest import Outcome, as_csv, files_in
from lawcast.theory.local_collection import LocalExponents
from lawcast.theory.local_result import LocalExponent
from theory.laws_made import sharp

Run = Callable[..., Outcome]
QUICK = ("--variable", "tokens", "--draws", "100")


@pytest.fixture
def broken(folder: Path) -> str:
    """A table of 20 runs with one sharp change at 3.16B tokens."""
    x, loss, _ = sharp(20, 0.01, seed=1)
    (folder / "t.csv").write_text(as_csv(list(zip(1e8 * x, loss, strict=True)), "tokens,loss"))
    return "t.csv"


@pytest.fixture
def grouped(folder: Path) -> str:
    """Two model sizes, four seeds, above floors of 1.5 and 2.0."""
    rng = np.random.default_rng(0)
    rows = [
        (n, d, s, (floor + 40.0 * d**-0.25) * np.exp(rng.normal(0, 0.001)))
        for n, floor in ((1e7, 2.0), (1e8, 1.5))
        for s in range(4)
        for d in np.geomspace(1e8, 1e11, 8)
    ]
    (folder / "g.csv").write_text(as_csv(rows, "params,tokens,seed,loss"))
    return "g.csv"


def test_it_prints_what_the_library_finds(run: Run, broken: str) -> None:
    code, out, err = run("local-exponent", broken, *QUICK)
    assert (code, err) == (0, "")
    made = lc.local_exponent(lc.read_runs(broken), variable="tokens", draws=100)
    assert out.startswith(made.short_table.text())
    assert "Verdict   1 change of slope" in out
    assert "Regimes   100M to" in out
    assert "to_dataframe" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert files_in(Path()) == {broken}


def test_json_opens_again_and_is_the_same_bytes(run: Run, broken: str) -> None:
    out = run("local-exponent", broken, *QUICK, "--json").out
    made = lc.local_exponent(lc.read_runs(broken), variable="tokens", draws=100)
    assert LocalExponent.from_dict(json.loads(out)).to_dict() == made.to_dict()
    assert run("local-exponent", broken, *QUICK, "--json").out == out
    assert run("local-exponent", broken, *QUICK, "--seed", "1", "--json").out != out


def test_options_reach_the_library(run: Run, broken: str) -> None:
    words = ("--floor", "0.01", "--at", "1B,10B", "--at", "2B", "--window", "0.8", "--level", "0.8")
    made = LocalExponent.from_dict(json.loads(
        run("local-exponent", broken, *QUICK, *words, "--json").out
    ))  # fmt: skip
    assert made.at.tolist() == [1e9, 1e10, 2e9]
    assert (made.floor, made.window, made.level) == (0.01, 0.8, 0.8)


def test_lines_of_theory_are_held_against_the_band(run: Run, broken: str) -> None:
    words = ("--line", "4/d=0.4", "--line", "x=y=0.2", "--at", "300M")
    out = " ".join(run("local-exponent", broken, *QUICK, *words).out.split())
    assert "4/d = 0.4: above that band at 1 of 1 sizes: not the exponent throughout" in out
    assert "x=y = 0.2: inside the band for all sizes at once at each of 1" in out


def test_groups_one_by_one_with_their_files(run: Run, grouped: str, folder: Path) -> None:
    words = ("--by", "params", "--groups", "seed", "--floor", "1.4")
    code, out, err = run("local-exponent", grouped, *QUICK, *words, "--out", "e.json",
                         "--figure", "e.svg")  # fmt: skip
    assert (code, err) == (0, "")
    assert out.count("Group  params = ") == 2
    assert "32 rows in 4 groups" in out
    figures = {f"e-{n}.svg" for n in (10000000, 100000000)}
    assert files_in(folder) == {grouped, "e.json", *figures}
    assert re.search(r"^Saved  e.json \([0-9a-f]{8}\)$", out, re.MULTILINE)
    data = json.loads(run("local-exponent", grouped, *QUICK, *words, "--json").out)
    assert data["by"] == "params"
    assert set(data["groups"]) == {"10000000", "100000000"}
    saved = json.loads((folder / "e.json").read_text())
    assert saved["schema"] == "lawcast/local-exponents/1"
    opened = LocalExponents.from_dict(saved)
    assert opened.to_dict() == LocalExponents.from_dict(data).to_dict()
    assert list(opened) == list(data["groups"])
    assert "Group  params = 100000000" in opened.summary()


def test_all_groups_open_in_one_report(run: Run, grouped: str, folder: Path) -> None:
    words = ("local-exponent", grouped, *QUICK, "--by", "params", "--out", "e.json")
    code, out, _ = run(*words)
    assert code == 0
    assert out.splitlines()[-1] == "Next   lawcast report e.json"
    assert run(*words).code == 0  # an earlier one is replaced
    code, _, err = run("report", "e.json", "--out", "r.html")
    assert (code, err) == (0, "")
    page = (folder / "r.html").read_text()
    assert page.count('id="lawcast-local-exponent') == 2
    for group in ("10000000", "100000000"):
        assert f"The exponent at every size: {group}" in page
    assert run("report", "r.html", "--out", "again.html").code == 0


def test_labels_without_a_letter_do_not_collide(run: Run, folder: Path) -> None:
    x, loss, _ = sharp(8, 0.01, seed=2, slopes=(0.3,))
    rows = [(kind, 1e8 * a, b * more) for kind, more in (("", 1), ("!", 2), ("?", 3))
            for a, b in zip(x, loss, strict=True)]  # fmt: skip
    (folder / "k.csv").write_text(as_csv(rows, "kind,tokens,loss"))
    words = ("local-exponent", "k.csv", *QUICK, "--by", "kind")
    code, out, err = run(*words, "--out", "k.json", "--figure", "k.svg", "--duplicates", "all")
    assert code == 0, err
    assert "Group  kind = (no label)" in out
    opened = LocalExponents.from_dict(json.loads((folder / "k.json").read_text()))
    assert sorted(opened) == ["", "!", "?"]
    firsts = {one.points.loss[0] for one in opened.values()}
    assert len(firsts) == 3
    drawn = {"k-none.svg", "k-none-2.svg", "k-none-3.svg"}
    assert files_in(folder) == {"k.csv", "k.json", *drawn}
    assert "Drawn  k-none.svg (kind = (no label))" in out
    assert "Drawn  k-none-3.svg (kind = ?)" in out


@pytest.mark.parametrize(("part", "said"), [("groups", "no 'schema'"), ("by", "damaged")])
def test_a_damaged_document_of_groups_is_refused(
    part: str, said: str, run: Run, grouped: str, folder: Path
) -> None:
    run("local-exponent", grouped, *QUICK, "--by", "params", "--out", "e.json")
    data = json.loads((folder / "e.json").read_text())
    del data[part]
    if part == "groups":
        data[part] = {"a": {}}
    (folder / "e.json").write_text(json.dumps(data))
    code, _, err = run("report", "e.json", "--out", "r.html")
    assert code == 1
    assert "e.json" in err
    assert said in err


def test_a_group_that_is_refused_does_not_cost_the_others(
    run: Run, grouped: str, folder: Path
) -> None:
    text = (folder / grouped).read_text() + "1e9,1e8,0,3.0\n"
    (folder / grouped).write_text(text)
    words = ("local-exponent", grouped, *QUICK, "--by", "params", "--out", "e.json")
    code, out, _ = run(*words)
    assert code == 1
    assert "Refused params = 1B: 1 different size" in " ".join(out.split())
    assert files_in(folder) == {grouped, "e.json"}
    assert "1000000000" in json.loads((folder / "e.json").read_text())["refused"]
    assert "1000000000" in json.loads(run(*words, "--json").out)["refused"]


def test_a_second_resource_that_varies_is_told(run: Run, grouped: str) -> None:
    out = " ".join(run("local-exponent", grouped, *QUICK).out.split())
    assert "params varies as well, by 10 times" in out
    assert "T026 warning" in out
    assert "Verdict cannot be told from these runs" in out
    assert "T026" in run("local-exponent", grouped, *QUICK, "--json").out
    assert run("local-exponent", grouped, *QUICK, "--strict").code == 1
    split = run("local-exponent", grouped, *QUICK, "--by", "params").out
    assert "varies as well" not in split


def test_the_floor_of_a_fit(run: Run, saved_fit: str, sweep: str) -> None:
    floor = lc.read_fit(saved_fit).parameters["E"].value
    code, out, err = run("local-exponent", sweep, "--variable", "compute", "--draws", "100",
                         "--floor", saved_fit, "--json")  # fmt: skip
    assert code == 0
    assert json.loads(out)["floor"] == floor
    assert "taken as exact" in err


def test_floors_are_in_the_unit_of_the_table(run: Run, folder: Path) -> None:
    x, loss, _ = sharp(12, 0.01, seed=2, slopes=(0.3,))
    bits = (0.5 + loss) / np.log(2.0)
    (folder / "b.csv").write_text(as_csv(list(zip(1e8 * x, bits, strict=True)), "tokens,loss"))
    out = run("local-exponent", "b.csv", *QUICK, "--loss-unit", "bits", "--floor",
              str(0.5 / np.log(2.0)), "--json").out  # fmt: skip
    made = LocalExponent.from_dict(json.loads(out))
    assert made.floor == pytest.approx(0.5)
    assert made.segments[0].exponent.value == pytest.approx(0.3, abs=0.01)


def test_a_column_of_ones_own(run: Run, folder: Path) -> None:
    x, loss, _ = sharp(12, 0.01, seed=2, slopes=(0.3,))
    (folder / "d.csv").write_text(as_csv(list(zip(x, loss, strict=True)), "depth,loss"))
    code, out, _ = run("local-exponent", "d.csv", "--variable", "depth", "--draws", "100")
    assert code == 0
    assert out.split()[0] == "depth"


def test_saved_documents_open_in_a_report(run: Run, broken: str, folder: Path) -> None:
    code, out, _ = run("local-exponent", broken, *QUICK, "--out", "e.json", "--figure", "e.png")
    assert code == 0
    assert re.search(r"^Saved  e.json \([0-9a-f]{8}\)$", out, re.MULTILINE)
    assert out.splitlines()[-1] == "Next   lawcast report e.json"
    assert (folder / "e.png").read_bytes().startswith(b"\x89PNG")
    assert run("local-exponent", broken, *QUICK, "--out", "e.json").code == 0
    assert run("report", "e.json", "--out", "r.html").code == 0
    assert "change of" in (folder / "r.html").read_text()


def test_rows_that_cannot_be_used_are_named_with_the_way_out(
    run: Run, broken: str, folder: Path
) -> None:
    words = ("local-exponent", broken, *QUICK, "--floor", "0.12")
    code, out, err = run(*words, "--out", "e.json")
    assert (code, out) == (1, "")
    assert "T012" in err
    rows = re.search(r"--without ([\d,-]+)", err)
    assert rows is not None
    assert files_in(folder) == {broken}
    assert run(*words, "--without", rows[1]).code == 0
    error = json.loads(run(*words, "--json").out)
    assert error["findings"][0]["code"] == "T012"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("t.csv",), 2, "--variable"),
        (("t.csv", "--variable", "params"), 2, "params"),
        (("t.csv", *QUICK, "--by", "kind"), 2, "kind"),
        (("t.csv", *QUICK, "--floor", "none.json"), 2, "neither a number nor a file"),
        (("t.csv", *QUICK, "--at", "1Z"), 2, "--at: '1Z' is not a count"),
        (("t.csv", *QUICK, "--at", "1T"), 2, "the sizes run from 1e+08"),
        (("t.csv", *QUICK, "--line", "0.3"), 2, "4/d=0.33"),
        (("t.csv", *QUICK, "--line", "a=1", "--line", "a=2"), 2, "twice"),
        (("t.csv", *QUICK, "--line", "a=nan"), 2, "a name and an exponent"),
        (("t.csv", *QUICK, "--window", "0"), 2, "--window"),
        (("t.csv", "--variable", "tokens", "--draws", "1000000000000"), 2, "100<=x<=20000"),
        (("t.csv", *QUICK, "--level", "90"), 2, "did you mean 0.9"),
        (("t.csv", *QUICK, "--without", "2-16"), 1, "5 different sizes"),
        (("t.csv", *QUICK, "--out", "t.csv"), 2, "is the input itself"),
        (("t.csv", *QUICK, "--out", "e.txt"), 2, "must end in .json"),
        (("t.csv", *QUICK, "--figure", "e.gif"), 2, "--figure"),
        (("none.csv", *QUICK), 1, "none.csv"),
    ],
)
def test_bad_input(
    words: tuple[str, ...], code: int, said: str, run: Run, broken: str, folder: Path
) -> None:
    made = run("local-exponent", *words)
    assert made.code == code
    assert said in " ".join(made.err.split())
    assert made.out == ""
    assert files_in(folder) == {broken}


def test_many_refusals_are_one_line(run: Run, folder: Path) -> None:
    rows = [(1.0171e9 + 1e7 * n, d, 3.0 * d**-0.1) for n in range(9) for d in (1e8, 1e9, 1e10)]
    (folder / "m.csv").write_text(as_csv(rows, "params,tokens,loss"))
    code, out, _ = run("local-exponent", "m.csv", *QUICK, "--by", "params")
    said = " ".join(out.split())
    assert code == 1
    assert said.count("Refused") == 1
    assert "9 of 9 groups have fewer than 6 different sizes (the largest of them has 3)" in said
    assert "params = 1.02B" in said
