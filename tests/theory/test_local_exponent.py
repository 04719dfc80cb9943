"""The exponent as a function of size: values, bands, coverage, bad input, and what is said."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

import lawcast as lc
from lawcast._errors import ArgumentError, FitRefused, SavedFileError, TableError, UnknownNameError
from lawcast.theory.local_exponent import local_exponent
from lawcast.theory.local_findings import LOCAL_FINDINGS
from lawcast.theory.local_result import LocalExponent
from theory.laws_made import sharp, smooth, smooth_slope

FIGURES = logging.getLogger("figures")
"""What slow tests measured; -n 0 --log-cli-level=INFO shows it."""

X = np.geomspace(1e6, 1e9, 12)


def codes(result: LocalExponent) -> set[str]:
    return {finding.code for finding in result.findings}


def test_a_law_without_noise_has_its_exponent_everywhere() -> None:
    result = local_exponent(X, 3.0 * X**-0.31)
    assert result.value == pytest.approx(np.full(41, 0.31), abs=1e-9)
    assert result.status.code == "straight"
    assert not result.changes
    assert result.segments[0].exponent.value == pytest.approx(0.31)
    assert result.high - result.low == pytest.approx(np.zeros(41), abs=1e-6)


def test_odd_designs_have_an_answer() -> None:
    noise = np.exp(0.01 * np.random.default_rng(0).normal(size=36))
    flat = local_exponent(X, np.ones(12))
    assert flat.value == pytest.approx(np.zeros(41), abs=1e-9)
    assert not flat.findings
    assert local_exponent(X, X**0.2).segments[0].exponent.value == pytest.approx(-0.2)
    assert local_exponent(X, X**-0.3, window=1e-6).value == pytest.approx(np.full(41, 0.3))
    below_zero = local_exponent(X, X**-0.3 - 0.05, floor=-0.05)
    assert below_zero.value == pytest.approx(np.full(41, 0.3), abs=1e-6)
    for groups in (np.repeat(np.arange(12), 3), np.arange(36)):  # one size a group, one row a group
        x = np.repeat(X, 3)
        result = local_exponent(x, x**-0.3 * noise, groups=groups)
        assert 0.3 in result.segments[0].exponent.interval
    clustered = np.append(1 + 1e-4 * np.arange(7), 1e3)
    assert local_exponent(clustered, clustered**-0.3).value[20] == pytest.approx(0.3, abs=1e-3)


def test_a_floor_is_subtracted() -> None:
    result = local_exponent(X, 1.7 + 40.0 * X**-0.3, floor=1.7)
    assert result.value == pytest.approx(np.full(41, 0.3), abs=1e-7)
    raw = local_exponent(X, 1.7 + 40.0 * X**-0.3)
    assert raw.value.max() < 0.2
    assert raw.value[0] > raw.value[-1]


def floored(seed: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.geomspace(1.0, 1e4, 40)
    drawn = np.random.default_rng(seed).normal(size=40)
    return x, (2.0 * x**-0.3 + 0.5) * np.exp(0.005 * drawn)


def test_a_floor_is_not_called_changes_of_slope() -> None:
    for seed in range(3):
        x, loss = floored(seed)
        result = local_exponent(x, loss, draws=100)
        assert result.status.code == "floor"
        assert not result.status.ok
        assert "a constant floor of about 0.5" in result.status.text
        finding = next(f for f in result.findings if f.code == "T027")
        assert "exponent 0.30" in finding.message
        assert "floor=0.5" in finding.fix
        opened = LocalExponent.from_dict(result.to_dict())
        assert opened.status == result.status
    known = local_exponent(x, loss, floor=0.5, draws=100)
    assert "T027" not in codes(known)
    assert known.status.code != "floor"


@pytest.mark.parametrize("slopes", [(0.6, 0.2), (0.6, 0.05), (0.2, 0.6)])
def test_sharp_changes_are_not_called_a_floor(slopes: tuple[float, float]) -> None:
    x, loss, _ = sharp(20, 0.01, seed=3, slopes=slopes)
    result = local_exponent(x, loss, draws=100)
    assert result.status.code == "changes"
    assert "T027" not in codes(result)


def test_the_unit_of_the_loss_does_not_move_the_floor() -> None:
    x, loss = floored(1)
    one, large = (local_exponent(x, k * loss, draws=100) for k in (1.0, 1e6))
    assert "0.502" in one.status.text
    assert "501523" in large.status.text
    assert large.status.code == "floor"


def test_models_that_differ_at_one_compute_leave_no_verdict() -> None:
    compute = np.tile(np.geomspace(1e18, 1e22, 9), 5)
    params = 1e8 * (compute / 1e18) ** 0.5 * np.repeat([0.25, 0.5, 1.0, 2.0, 4.0], 9)
    loss = 1e3 * compute**-0.1 * np.exp(0.05 * np.random.default_rng(0).normal(size=45))
    runs = lc.read_runs({"params": params, "tokens": compute / (6 * params), "loss": loss})
    result = local_exponent(runs, variable="compute", draws=100)
    assert "T026" in codes(result)
    assert result.status.code == "mixed"
    assert "cannot be told from these runs: runs of one compute differ" in result.status.text
    tied = local_exponent(runs.take(np.arange(18, 27)), variable="params", draws=100)
    assert "T026" in codes(tied)
    assert tied.status.code != "mixed"  # tokens follow params: a slope along their path
    best = local_exponent(runs.take(np.arange(18, 27)), variable="compute", draws=100)
    assert "T026" not in codes(best)


def test_a_window_is_chosen_no_narrower_than_a_factor_of_two() -> None:
    x = np.geomspace(1.0, 1e4, 200)
    u = np.log(x)
    wavy = np.exp(-0.3 * u + 0.3 * np.sin(20.0 * u))
    assert local_exponent(x, wavy, draws=100).window >= np.log10(2.0) - 1e-9


def test_a_sharp_break_is_found_with_both_slopes() -> None:
    x, loss, places = sharp(14, 0.01, seed=1)
    result = local_exponent(x, loss, variable="params")
    assert result.status.code == "changes"
    assert len(result.changes) == 1
    assert places[0] in result.changes[0].size.interval
    assert [part.exponent.value for part in result.segments] == pytest.approx([0.2, 0.6], abs=0.02)
    assert result.segments[0].high == result.segments[1].low == result.changes[0].size.value
    assert result.value[0] == pytest.approx(0.2, abs=0.06)
    assert result.value[-1] == pytest.approx(0.6, abs=0.06)


def test_bands_lie_around_the_value_and_the_simultaneous_one_is_wider() -> None:
    x, loss = smooth(14, 0.02, seed=2)
    result = local_exponent(x, loss)
    assert np.all(result.low_everywhere <= result.low)
    assert np.all(result.low < result.value)
    assert np.all(result.value < result.high)
    assert np.all(result.high <= result.high_everywhere)
    wider = local_exponent(x, loss, level=0.99)
    assert np.all(wider.high - wider.low > result.high - result.low)
    # one side alone has data at an end
    assert (result.high - result.low)[0] > 1.5 * np.median(result.high - result.low)


def test_same_seed_same_bytes_and_order_does_not_matter() -> None:
    x, loss = smooth(12, 0.02, seed=3)
    first = local_exponent(x, loss, rng=5).to_dict()
    assert json.dumps(first) == json.dumps(local_exponent(x, loss, rng=5).to_dict())
    back = local_exponent(x[::-1], loss[::-1], rng=5)
    assert back.value == pytest.approx(np.array(first["value"]))
    assert back.status.code == first["status"]["code"]


def test_repeats_narrow_the_band() -> None:
    ratios = []
    for seed in range(9):
        rng = np.random.default_rng(seed)
        x = np.tile(X, 8)
        loss = x**-0.2 * np.exp(0.05 * rng.normal(size=96))
        once, often = local_exponent(X, loss[:12], draws=100), local_exponent(x, loss, draws=100)
        ratios.append(np.median(often.high - often.low) / np.median(once.high - once.low))
    assert np.median(ratios) == pytest.approx(8**-0.5, abs=0.12)


def test_seeds_that_differ_in_slope_widen_the_band() -> None:
    rng = np.random.default_rng(5)
    seeds = np.repeat(np.arange(8), 12)
    x = np.tile(X, 8)
    tilt = 0.03 * rng.normal(size=8)[seeds] * np.log(x / X[0])
    loss = np.exp(-0.3 * np.log(x / X[0]) + tilt + 0.01 * rng.normal(size=96))
    alone = local_exponent(x, loss)
    together = local_exponent(x, loss, groups=seeds)
    middle = slice(15, 26)
    assert np.all((together.high - together.low)[middle] > 1.5 * (alone.high - alone.low)[middle])
    assert together.segments[0].exponent.interval.width > 0.01
    assert "8 groups" in together.summary()
    assert codes(local_exponent(x[:48], loss[:48], groups=seeds[:48])) >= {"T015"}


def test_a_window_of_ones_own_and_places_of_ones_own() -> None:
    x, loss = smooth(24, 0.01, seed=6)
    narrow, wide = (local_exponent(x, loss, window=w, at=[10.0, 100.0]) for w in (0.4, 3.0))
    assert narrow.window == pytest.approx(0.4)
    assert narrow.at.tolist() == [10.0, 100.0]
    assert (narrow.high - narrow.low)[0] > (wide.high - wide.low)[0] - 2 * abs(wide.line_bias[0])
    assert narrow.exponent_at(0).value == narrow.value[0]
    assert narrow.exponent_at(0).interval.low == narrow.low[0]


def test_one_decade_warns_and_little_data_is_undecided() -> None:
    x, loss, _ = sharp(6, 0.05, seed=7, slopes=(0.3,), decades=1.0)
    result = local_exponent(x, loss)
    assert codes(result) >= {"T014", "T018"}
    assert result.status.code == "undecided"
    assert not result.status.ok
    assert result.detectable > 0.1
    assert "not shown" in result.summary()


def test_noise_beside_the_difference_warns() -> None:
    rng = np.random.default_rng(8)
    loss = (2.0 + 30.0 * X**-0.3) * (1 + 0.005 * rng.normal(size=12))
    result = local_exponent(X, loss, floor=1.95)
    assert "T017" not in codes(result)
    loud = local_exponent(np.tile(X, 4), np.tile(loss, 4) + 0.03 * rng.normal(size=48), floor=1.9)
    assert "T017" in codes(loud)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"loss": [np.nan, *np.ones(11)]}, "T010", "missing or infinite"),
        ({"loss": [*np.ones(11), np.inf]}, "T010", "missing or infinite"),
        ({"x": [0.0, *X[1:]]}, "T011", "size of zero or less"),
        ({"loss": [-1.0, *np.ones(11)]}, "T012", "zero or less"),
        ({"floor": 1.0}, "T012", "at or below floor=1"),
    ],
)
def test_rows_that_cannot_be_used(changed: dict[str, object], code: str, words: str) -> None:
    given = {"x": X, "loss": np.ones(12), **changed}
    with pytest.raises(TableError, match=words) as caught:
        local_exponent(given.pop("x"), given.pop("loss"), **given)
    finding = next(f for f in caught.value.findings if f.code == code)
    assert finding.rows
    assert finding.fix


def test_all_unusable_rows_are_told_at_once() -> None:
    with pytest.raises(TableError) as caught:
        local_exponent([np.nan, -1.0, *X[2:]], np.ones(12))
    assert [f.code for f in caught.value.findings] == ["T010", "T011"]
    assert [f.rows for f in caught.value.findings] == [(0,), (1,)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"level": 1.0}, "a level lies between"),
        ({"draws": 10}, "draws= is a whole number"),
        ({"draws": 2.5}, "draws= is a whole number"),
        ({"window": 0.0}, "window= is a finite number"),
        ({"window": np.nan}, "window= is a finite number"),
        ({"floor": "low"}, "floor= is a finite number"),
        ({"at": [1e10]}, "no data beyond"),
        ({"at": []}, "at= is empty"),
        ({"groups": [1, 2]}, "one label a row"),
        ({"groups": [None, *range(11)]}, "no label in position 0"),
        ({"groups": np.repeat([0, 1], 6)}, "needs 3 at least"),
        ({"rng": -1}, "a seed of 0 or more"),
        ({"groups": "seed"}, "two rows of numbers"),
    ],
)
def test_arguments_out_of_range(options: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        local_exponent(X, X**-0.3, **options)


@pytest.mark.parametrize(
    ("x", "loss", "words"),
    [
        (X, X[:5], "rows of one length"),
        (np.ones((3, 4)), X, "not an array of shape"),
        (["a"] * 12, X, "row of numbers"),
        (X, None, "two rows of numbers"),
        (X, X > 0, "the type is bool"),
    ],
)
def test_arrays_that_are_not_rows_of_numbers(x: object, loss: object, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        local_exponent(x, loss)


def test_five_sizes_are_refused_whatever_the_repeats() -> None:
    x = np.tile(X[:5], 10)
    with pytest.raises(FitRefused, match=r"5 different sizes .* 6 are needed") as caught:
        local_exponent(x, x**-0.2)
    assert caught.value.findings[0].code == "T013"


def test_a_table_of_runs() -> None:
    loss = X**-0.3
    runs = lc.read_runs({"n": X, "loss": loss, "seed": [str(i % 4) for i in range(12)]}, params="n")
    result = local_exponent(runs, variable="params")
    assert result.value == pytest.approx(local_exponent(X, loss).value)
    assert result.points.variable == "params"
    assert "1M" in result.summary()
    by_source_name = local_exponent(runs, "loss", variable="n", groups="seed")
    assert len(by_source_name.points.names) == 4
    with pytest.raises(ArgumentError, match="say which one"):
        local_exponent(runs)
    with pytest.raises(UnknownNameError):
        local_exponent(runs, variable="depth")
    with pytest.raises(TableError, match="T012") as caught:
        local_exponent(runs, variable="params", floor=float(loss[-1]))
    assert caught.value.findings[0].rows == (int(runs.row_ids[-1]),)


def test_every_view_shows_the_same_numbers() -> None:
    x, loss, _ = sharp(12, 0.02, seed=9)
    result = local_exponent(x, loss, floor=0.0)
    text = result.summary()
    assert all(len(line) <= 80 for line in text.splitlines())
    frame = result.to_dataframe()
    assert frame["exponent"].tolist() == result.value.tolist()
    assert frame["low_everywhere"].tolist() == result.low_everywhere.tolist()
    assert "<table>" in result._repr_html_()
    assert result.status.text in result._repr_html_()


def test_saved_and_opened_again() -> None:
    x, loss, _ = sharp(12, 0.02, seed=9)
    groups = np.arange(12) % 4
    for options in ({}, {"groups": groups}, {"rng": np.random.default_rng(1)}):
        result = local_exponent(x, loss, **options)
        text = json.dumps(result.to_dict(), allow_nan=False)
        opened = LocalExponent.from_dict(json.loads(text))
        assert json.dumps(opened.to_dict()) == text
        assert opened.summary() == result.summary()
    data = json.loads(text)
    assert data["schema"] == "lawcast/local-exponent/1"
    for damaged in (
        {**data, "value": data["value"][:-1]},
        {**data, "segments": []},
        {**data, "noise_of": "sun"},
        {**data, "schema": "lawcast/local-exponent/2"},
        {k: v for k, v in data.items() if k != "low"},
    ):
        with pytest.raises((SavedFileError, UnknownNameError)):
            LocalExponent.from_dict(damaged)


def test_the_findings_are_declared_once_each() -> None:
    every = [kind.code for kind in LOCAL_FINDINGS]
    assert every == sorted(set(every))
    assert all(kind.title and kind.meaning.endswith(".") for kind in LOCAL_FINDINGS)


def coverage(kind: str, n: int, noise: float, runs: int) -> tuple[float, float]:
    """Share of places inside the band of each, and of runs all inside the band of all."""
    each, everywhere = [], []
    for seed in range(runs):
        if kind == "straight":
            x, loss, _ = sharp(n, noise, seed, slopes=(0.3,))
        else:
            x, loss = smooth(n, noise, seed)
        result = local_exponent(x, loss, draws=100, rng=seed)
        u = np.log(result.at)
        truth = smooth_slope(u, u[-1] / 2) if kind == "smooth" else np.full(u.size, 0.3)
        each.append(np.mean((result.low <= truth) & (truth <= result.high)))
        inside = (result.low_everywhere <= truth) & (truth <= result.high_everywhere)
        everywhere.append(bool(inside.all()))
    return float(np.mean(each)), float(np.mean(everywhere))


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.01, 0.05])
@pytest.mark.parametrize("n", [8, 12, 24])
@pytest.mark.parametrize("kind", ["straight", "smooth"])
def test_coverage_of_both_bands(kind: str, n: int, noise: float) -> None:
    each, everywhere = coverage(kind, n, noise, 120)
    FIGURES.info(
        f"{kind}, {n} sizes, noise {noise:g}: each {each:.3f}, all at once {everywhere:.3f}"
    )
    assert each >= 0.87
    assert everywhere >= 0.83


def test_no_rows_are_refused() -> None:
    with pytest.raises(ArgumentError, match="there are no rows"):
        lc.local_exponent([], [])


@pytest.mark.parametrize("draws", [20_001, 10**12])
def test_more_draws_than_memory_holds_are_refused(draws: int) -> None:
    with pytest.raises(ArgumentError, match=r"draws= is at most 20,000"):
        lc.local_exponent([1.0, 2.0, 4.0], [3.0, 2.0, 1.5], draws=draws)
