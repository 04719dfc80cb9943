"""``lawcast extrapolate``: what it prints, draws and saves, and how it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Outcome, as_csv, files_in
from lawcast.fitting.extrapolation.collection import Extrapolations
from lawcast.fitting.extrapolation.entry import extrapolate
from lawcast.fitting.extrapolation.result import Extrapolation

Run = Callable[..., Outcome]
HOSTILE = "\x1b[31mred\x07"


def points(
    seed: int = 0, n: int = 24, floor: float = 1.8, noise: float = 0.002
) -> list[tuple[float, float]]:
    """(tokens, loss) of a power law with a floor, from 100M to 4B tokens."""
    rng = np.random.default_rng(seed)
    x = np.geomspace(1e8, 4e9, n)
    y = (floor + 300 * x**-0.3) * np.exp(rng.normal(0, noise, n))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def curves(names: Sequence[str], **options: float) -> str:
    """Several curves, their rows mixed."""
    rows = [(name, *point) for k, name in enumerate(names) for point in points(k, **options)]
    order = np.random.default_rng(1).permutation(len(rows))
    return as_csv([rows[i] for i in order], "Domain,Seen Examples,Loss")


@pytest.fixture
def one(folder: Path) -> str:
    (folder / "one.csv").write_text(as_csv(points(), "tokens,loss"))
    return "one.csv"


@pytest.fixture
def three(folder: Path) -> str:
    (folder / "three.csv").write_text(curves(["b/2", "a/1", "é c"]))
    return "three.csv"


def test_one_curve_needs_no_option(run: Run, one: str, folder: Path) -> None:
    code, out, err = run("extrapolate", one)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    x, y = np.array(points()).T
    made = extrapolate(x, y, variable="tokens")
    assert lines[1] == made.summary().splitlines()[1]
    assert [f"({reach}x)" in out for reach in (2, 4, 8)] == [True] * 3
    assert all(0.8 * v < truth < 1.2 * v for v, truth in zip(made.value, y[-3:], strict=True))
    assert files_in(folder) == {"one.csv"}


def test_targets_are_multiples_or_sizes_and_lists_of_both(run: Run, one: str) -> None:
    data = json.loads(run("extrapolate", one, "--at", "2x, 10B", "--at", "3e10", "--json").out)
    assert [f["x"] for f in data["forecasts"]] == pytest.approx([8e9, 1e10, 3e10])
    assert [f["reach"] for f in data["forecasts"]] == pytest.approx([2, 2.5, 7.5])


def test_json_is_the_forecast_itself(run: Run, one: str) -> None:
    code, out, err = run("extrapolate", one, "--json", "--at", "2x,1000x")
    assert (code, err) == (0, "")
    data = json.loads(out)
    made = Extrapolation.from_dict(data)
    near, far = data["forecasts"]
    assert near["interval"]["low"] < near["value"] < near["interval"]["high"]
    assert far["interval"] is None
    assert "X014" in {finding["code"] for finding in data["findings"]}
    assert made.value.tolist() == [near["value"], far["value"]]
    assert (data["saved"], data["figure"]) == (None, None)


def test_level_widens_the_interval(run: Run, one: str) -> None:
    widths = []
    for level in ("0.5", "0.9", "0.95"):
        data = json.loads(run("extrapolate", one, "--level", level, "--json").out)
        interval = data["forecasts"][0]["interval"]
        assert interval["level"] == float(level)
        widths.append(interval["high"] - interval["low"])
    assert widths == sorted(set(widths))


def test_a_level_that_no_calibration_bears_is_bad_usage(run: Run, one: str) -> None:
    code, out, err = run("extrapolate", one, "--level", "0.9999")
    assert (code, out) == (2, "")
    assert "needs a calibration on" in err


def test_columns_of_any_name(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv(points(), "Wörk €,Höhe"))
    code, out, _ = run("extrapolate", "t.csv", "--x", "Wörk €", "--y", "Höhe", "--at", "2x")
    assert code == 0
    assert out.startswith("Curve       Höhe against Wörk €, 24 points, 1e+08 to 4e+09")
    x, y = np.array(points()).T
    assert f"{extrapolate(x, y, at='2x').value[0]:.3f}" in out


def test_known_names_are_counts_and_compute(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv(points(), "Train FLOPs,val_loss"))
    code, out, _ = run("extrapolate", "t.csv", "--x", "Train FLOPs", "--at", "1e10 FLOP")
    assert code == 0
    assert "loss against compute, 24 points, 1e8 FLOP to 4e9 FLOP" in out
    assert "guessed: loss = 'val_loss'" in out


def test_unit_of_x(run: Run, folder: Path) -> None:
    rows = [(x / 1e9, y) for x, y in points()]
    (folder / "t.csv").write_text(as_csv(rows, "seen,loss"))
    words = ("--x", "seen", "--x-unit", "B", "--at", "8B", "--json")
    data = json.loads(run("extrapolate", "t.csv", *words).out)
    assert data["variable"] == "tokens"
    assert data["forecasts"][0]["reach"] == pytest.approx(2.0)


def test_loss_unit_is_converted_to_nats(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv(points(), "tokens,Bits"))
    plain = json.loads(run("extrapolate", "t.csv", "--y", "Bits", "--json").out)
    words = ("--y", "Bits", "--loss-unit", "bits", "--json")
    nats = json.loads(run("extrapolate", "t.csv", *words).out)
    ratio = nats["forecasts"][0]["value"] / plain["forecasts"][0]["value"]
    assert ratio == pytest.approx(np.log(2.0), rel=1e-6)
    assert run("extrapolate", "t.csv", *words, "--metric", "perplexity").code == 2


def test_accuracy_rises_to_its_ceiling(run: Run, folder: Path) -> None:
    x = np.geomspace(100, 20000, 30)
    rows = list(zip(x.round(), 88 - 300 / x**0.5, strict=True))
    (folder / "t.csv").write_text(as_csv(rows, "step,acc"))
    words = ("--y", "acc", "--metric", "accuracy", "--json")
    code, out, _ = run("extrapolate", "t.csv", *words)
    assert code == 1
    assert "ceiling" in json.loads(out)["error"]
    made = run("extrapolate", "t.csv", *words, "--ceiling", "100", "--chance", "10")
    assert made.code == 0
    values = [f["value"] for f in json.loads(made.out)["forecasts"]]
    assert rows[-1][1] < values[0] < values[1] < values[2] < 100
    assert json.loads(made.out)["curve"]["chance"] == 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--metric", "loss", "--ceiling", "2"), "--ceiling is the best accuracy"),
        (("--chance", "-3"), "--chance -3 is no possible loss"),
        (("--metric", "bleu"), "bleu"),
        (("--chance", "nan"), "nan"),
        (("--level", "1"), "--level"),
        (("--level", "0.9", "--level", "0.8"), "given twice"),
        (("--at", "0x"), "larger than zero"),
        (("--at", "2x", "--at=-1"), "larger than zero"),
        (("--at", "abc"), "neither a multiple nor a size"),
        (("--at", ""), "--at is empty"),
        (("--at", "1,400B"), "without a comma"),
        (("--x", "tokens", "--y", "tokens"), "the same column"),
        (("--by", "tokens"), "the column of x"),
        (("--by", "domain"), "there is no column 'domain'"),
        (("--curve", "a"), "add --by"),
        (("--x-unit", "furlong"), "furlong"),
        (("--calibration", "mine"), "mine"),
        (("--out", "-"), "--json prints"),
        (("--out", "one.csv"), "input itself"),
        (("--figure", "one.csv"), "must end in"),
    ],
)
def test_bad_usage(words: tuple[str, ...], message: str, run: Run, one: str) -> None:
    code, out, err = run("extrapolate", one, *words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert max(map(len, err.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--x", "tokns"), "fix: --x 'tokens'"),
        (("--y", "los"), "fix: --y 'loss'"),
        (("--y", "zzz"), "fix: pass the right name to --y"),
        (("--x", "zzz", "--y", "loss"), "fix: pass the right name to --x"),
        (("--out", "no/where.json"), "there is no folder"),
        (("--figure", "no/where.png"), "there is no folder"),
    ],
)
def test_what_is_not_there(words: tuple[str, ...], message: str, run: Run, one: str) -> None:
    code, out, err = run("extrapolate", one, *words)
    assert (code, out) == (1, "")
    assert message in " ".join(err.split())


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", 1, "is empty"),
        ("tokens,loss\n", 1, "no rows"),
        (as_csv([(1e9, 3), (2e9, 2.8), (3e9, 2.7)], "tokens,loss"), 1, "at least 4"),
        (as_csv([(1e9, "a"), (2e9, "b"), (3e9, "c"), (4e9, "d")], "tokens,loss"), 1, "R002"),
        (as_csv([(1e9, y) for _, y in points()], "tokens,loss"), 2, "varies"),
        (as_csv([(x, -y) for x, y in points()], "tokens,loss"), 1, "above 0"),
        (as_csv([(-x, y) for x, y in points()], "tokens,loss"), 1, "negative x"),
        (as_csv(points(), "a,b"), 1, "--y COLUMN"),
        (as_csv(points(), "a,loss"), 1, "--x COLUMN"),
        (as_csv(points(), "tokens,b"), 1, "--y COLUMN"),
    ],
)
def test_bad_tables(text: str, code: int, message: str, run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(text)
    done = run("extrapolate", "t.csv")
    assert (done.code, done.out) == (code, "")
    assert message in " ".join(done.err.split())
    assert max(map(len, done.err.splitlines())) <= 80
    asked = run("extrapolate", "t.csv", "--json")
    assert asked.code == code
    if asked.out:
        assert json.loads(asked.out)["error"]


def test_a_missing_file_and_standard_input(
    run: Run, one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("extrapolate", "none.csv").code == 1
    import io

    stream = io.TextIOWrapper(io.BytesIO(Path(one).read_bytes()))
    monkeypatch.setattr("sys.stdin", stream)
    done = run("extrapolate", "-")
    assert done.code == 0
    assert done.out == run("extrapolate", one).out


def test_missing_values_are_set_aside_and_strict_tells(run: Run, folder: Path) -> None:
    rows: list[tuple[object, object]] = [*points(), (5e9, "")]
    (folder / "t.csv").write_text(as_csv(rows, "tokens,loss"))
    code, out, err = run("extrapolate", "t.csv", "--out", "x.json")
    assert (code, err) == (0, "")
    assert "X002" in out
    assert (folder / "x.json").is_file()
    code, out, _ = run("extrapolate", "t.csv", "--out", "y.json", "--strict")
    assert code == 1
    assert "Not saved: there are 1 warning" in out
    assert not (folder / "y.json").exists()


def test_several_curves_without_by_are_not_averaged(run: Run, three: str, folder: Path) -> None:
    code, out, err = run("extrapolate", three)
    assert (code, out) == (2, "")
    assert "holds 3 curves, told apart by 'Domain'; add --by Domain" in " ".join(err.split())
    text = curves(["r1", "r2"]).replace("Domain", "run")
    (folder / "runs.csv").write_text(text)
    assert "add --by run" in " ".join(run("extrapolate", "runs.csv").err.split())
    grid = [(n, x, y * (1 + 1e6 / n)) for n in (1e7, 1e8) for x, y in points()]
    (folder / "grid.csv").write_text(as_csv(grid, "params,tokens,loss"))
    assert "add --by params" in " ".join(run("extrapolate", "grid.csv").err.split())


def test_one_row_a_run_and_repeated_seeds_are_one_curve(run: Run, folder: Path) -> None:
    sweep = [(f"r{k}", *point) for k, point in enumerate(points())]
    (folder / "sweep.csv").write_text(as_csv(sweep, "run,tokens,loss"))
    assert run("extrapolate", "sweep.csv").code == 0
    seeds = [(seed, *point) for seed in (0, 1) for point in points(seed)]
    (folder / "seeds.csv").write_text(as_csv(seeds, "seed,tokens,loss"))
    code, out, _ = run("extrapolate", "seeds.csv")
    assert code == 0
    assert "X004" in out


def test_many_curves_are_one_table(run: Run, three: str) -> None:
    code, out, err = run("extrapolate", three, "--by", "Domain", "--at", "2x")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[:4] == ["curve", "tokens", "reach", "loss"]
    assert {line[:3] for line in lines[1:4]} == {"b/2", "a/1", "é c"}
    assert "guessed: tokens = 'Seen Examples'" in out
    data = json.loads(run("extrapolate", three, "--by", "Domain", "--at", "2x", "--json").out)
    made = Extrapolations.from_dict(data)
    assert sorted(one.name for one in made) == ["a/1", "b/2", "é c"]
    for k, name in enumerate(["b/2", "a/1", "é c"]):
        x, y = np.array(points(k)).T
        assert made[name].value[0] == pytest.approx(extrapolate(x, y, at="2x").value[0], rel=1e-9)


def test_several_columns_may_name_the_curves(run: Run, folder: Path) -> None:
    rows = [
        (task, size, *point)
        for k, (task, size) in enumerate([("qa", 1), ("qa", 2), ("sum", 1)])
        for point in points(k)
    ]
    (folder / "t.csv").write_text(as_csv(rows, "Task,Size,tokens,loss"))
    words = ("extrapolate", "t.csv", "--by", "Task,Size")
    names = [c["name"] for c in json.loads(run(*words, "--json").out)["curves"]]
    assert names == ["qa, 1", "qa, 2", "sum, 1"]
    assert run(*words, "--curve", "qa, 2").out.startswith("Curve       qa, 2: loss")
    two = [(a, f"m{b}", x, y) for a, b, x, y in rows] + [("sum", "m2", *p) for p in points(3)]
    (folder / "two.csv").write_text(as_csv(two, "Task,Model,tokens,loss"))
    assert "holds 4 curves, told apart by 'Task,Model'; add --by Task,Model" in " ".join(
        run("extrapolate", "two.csv").err.split()
    )
    code, out, err = run("extrapolate", "t.csv", "--by", "Task,Sise")
    assert (code, out) == (2, "")
    assert "there is no column 'Task,Sise'" in err


def test_one_of_many(run: Run, three: str) -> None:
    words = ("extrapolate", three, "--by", "Domain")
    every = Extrapolations.from_dict(json.loads(run(*words, "--json").out))
    data = json.loads(run(*words, "--curve", "a/1", "--json").out)
    assert data["name"] == "a/1"
    assert Extrapolation.from_dict(data).value.tolist() == every["a/1"].value.tolist()
    code, out, err = run(*words, "--curve", "a/2")
    assert (code, out) == (2, "")
    assert "there is no curve 'a/2'" in err


def test_a_refused_curve_does_not_cost_the_others(run: Run, folder: Path) -> None:
    text = curves(["good", "fine"]) + "short,1e9,2.5\nshort,2e9,2.4\n"
    (folder / "t.csv").write_text(text)
    words = ("extrapolate", "t.csv", "--by", "Domain")
    code, out, err = run(*words, "--out", "x.json")
    assert (code, err) == (1, "")
    assert re.search(r"^Refused +short: .*at least 4", out, re.MULTILINE)
    assert json.loads((folder / "x.json").read_text())["refused"][0]["name"] == "short"
    assert json.loads(run(*words, "--json").out)["refused"][0]["name"] == "short"
    code, out, err = run(*words, "--curve", "short")
    assert (code, out) == (1, "")
    assert "at least 4" in err
    (folder / "t.csv").write_text("Domain,tokens,loss\na,1,2\nb,1,2\n")
    code, out, err = run(*words, "--x", "tokens")
    assert (code, out) == (1, "")
    assert "none of the 2 curves" in err


def test_names_with_control_characters_and_of_great_length(run: Run, folder: Path) -> None:
    long = "n" * 200
    (folder / "t.csv").write_text(curves([HOSTILE, long, "中文"]))
    code, out, err = run("extrapolate", "t.csv", "--by", "Domain", "--figure", "f.svg")
    assert code == 0
    assert "\x1b" not in out + err
    assert "\x07" not in out + err
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in (folder / "f.svg").read_text()
    names = [row["name"] for row in json.loads(
        run("extrapolate", "t.csv", "--by", "Domain", "--json").out
    )["curves"]]  # fmt: skip
    assert sorted(names) == sorted([HOSTILE, long, "中文"])


def test_duplicate_rows_and_final_checkpoints(run: Run, folder: Path) -> None:
    rows = points() + points()
    (folder / "t.csv").write_text(as_csv(rows, "tokens,loss"))

    def read(*words: str) -> int:
        data = json.loads(run("extrapolate", "t.csv", "--json", *words).out)
        return int(data["curve"]["n_read"])

    assert (read(), read("--duplicates", "once"), read("--duplicates", "all")) == (48, 24, 48)
    steps = [(f"r{k}", s, x, y) for k, (x, y) in enumerate(points()) for s in (1, 2)]
    (folder / "t.csv").write_text(as_csv(steps, "run,step,tokens,loss"))
    assert read("--checkpoints", "final") == 24


def test_decimal_commas(run: Run, folder: Path) -> None:
    text = "\n".join(f"{x:.0f};{y:.4f}".replace(".", ",") for x, y in points())
    (folder / "t.csv").write_text(f"tokens;loss\n{text}\n")
    shown = run("extrapolate", "t.csv", "--decimal", ",", "--at", "2x").out
    (folder / "u.csv").write_text(as_csv([(x, round(y, 4)) for x, y in points()], "tokens,loss"))
    assert shown.splitlines()[1] == run("extrapolate", "u.csv", "--at", "2x").out.splitlines()[1]


def test_saved_forecasts_open_again_and_are_replaced(run: Run, one: str, folder: Path) -> None:
    code, out, _ = run("extrapolate", one, "--out", "x.json")
    assert code == 0
    assert re.search(r"^Saved  x.json \([0-9a-f]{8}\)$", out, re.MULTILINE)
    data = json.loads((folder / "x.json").read_text())
    assert Extrapolation.from_dict(data).at.tolist() == pytest.approx([8e9, 1.6e10, 3.2e10])
    assert run("extrapolate", one, "--out", "x.json", "--at", "2x").code == 0
    assert len(json.loads((folder / "x.json").read_text())["forecasts"]) == 1
    (folder / "mine.json").write_text('{"a": 1}')
    code, out, err = run("extrapolate", one, "--out", "mine.json")
    assert (code, out) == (1, "")
    assert "is no extrapolation of Lawcast" in err
    assert (folder / "mine.json").read_text() == '{"a": 1}'


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_figures(ending: str, start: bytes, run: Run, one: str, folder: Path) -> None:
    target = f"f.{ending}"
    code, out, err = run("extrapolate", one, "--figure", target)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"Drawn  {target}"
    assert (folder / target).read_bytes().startswith(start)
    assert files_in(folder) == {"one.csv", target}
    assert json.loads(run("extrapolate", one, "--figure", target, "--json").out)["figure"] == target


def test_a_figure_of_many_says_what_it_leaves_out(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(curves([f"c{k}" for k in range(14)], n=14))
    code, out, _ = run("extrapolate", "t.csv", "--by", "Domain", "--figure", "f.svg")
    assert code == 0
    assert "Drawn  f.svg, without the last 2 curves" in out
    assert "12 of 14 curves" in (folder / "f.svg").read_text()


@pytest.mark.slow
def test_a_table_of_twenty_curves_calibrates_itself(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(curves([f"c{k:02}" for k in range(20)], n=20))
    words = ("extrapolate", "t.csv", "--by", "Domain", "--json")
    auto = json.loads(run(*words).out)
    shipped = json.loads(run(*words, "--calibration", "shipped").out)
    assert auto["constants"]["curves"] == 20
    assert shipped["constants"]["curves"] > 20
    code, out, err = run(*words, "--curve", "c03", "--calibration", "auto")
    assert code == 0
    assert "the other 19 curves set the constants" in " ".join(err.split())
    one = json.loads(out)
    (mine,) = [c for c in auto["curves"] if c["name"] == "c03"]
    assert one["forecasts"] == mine["forecasts"]
    assert one["constants"] == auto["constants"]


def test_one_of_a_large_table_costs_one_curve(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "t.csv").write_text(curves([f"c{k:02}" for k in range(20)], n=8))
    words = ("extrapolate", "t.csv", "--by", "Domain", "--curve", "c03", "--json")
    x, y = np.array(points(3, n=8)).T
    packaged = extrapolate(x, y, calibration="shipped")

    def whole_table(*_: object) -> None:
        raise AssertionError("the whole table is forecast")

    monkeypatch.setattr("lawcast.fitting.extrapolation.entry._extrapolate_table", whole_table)
    for more in ((), ("--calibration", "shipped")):
        code, out, err = run(*words, *more)
        assert (code, err) == (0, "")
        made = Extrapolation.from_dict(json.loads(out))
        assert made.high.tolist() == pytest.approx(packaged.high.tolist(), rel=1e-9)
        assert made.calibration.curves == packaged.calibration.curves
    code, out, err = run(*words, "--calibration", "auto")
    assert (code, out) == (1, "")
    assert "the other 19 curves set the constants" in " ".join(err.split())
    assert "the whole table is forecast" in err


def test_the_bend_is_told_and_saved(run: Run, one: str) -> None:
    assert re.search(r"^Bend +\w+", run("extrapolate", one).out, re.MULTILINE)
    made = Extrapolation.from_dict(json.loads(run("extrapolate", one, "--json").out))
    assert made.bend_shift.shape == made.at.shape
    assert np.isfinite(made.bend_shift).all()
