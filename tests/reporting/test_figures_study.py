"""Figures of a study: what they show in numbers."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from lawcast._errors import ArgumentError
from lawcast._values import Estimate, Interval
from lawcast.lab.reading import Reading
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.reporting.figures_study import (
    costs_picture,
    exponents_picture,
    losses_picture,
    study_picture,
)
from lawcast.reporting.picture import Picture
from lawcast.reporting.study_curves import MOST_CURVES, MOST_NAME, chosen, curves_of
from lawcast.reporting.study_readings import miss
from tiny_studies import TINY


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(TINY, "standard", dimensions=range(1, 9), workers=1)


def texts(picture: Picture) -> str:
    root = ElementTree.fromstring(picture.svg())
    return "\n".join("".join(element.itertext()) for element in root.iter())


def test_losses_are_means_over_seeds_with_the_slope_of_theory(result: StudyResult) -> None:
    curves = curves_of(result, "l2")
    assert [curve.name for curve in curves] == [f"d = {d}" for d in range(1, 9)]
    assert [curve.slope for curve in curves] == [2 / d for d in range(1, 9)]
    values = result.curve(loss="l2", dimension=3)["loss"].reshape(4, 4)
    np.testing.assert_allclose(curves[2].loss, np.exp(np.log(values).mean(axis=1)))
    picture = losses_picture(result)
    assert len(picture.table.rows) == 2 * 8 * 4
    assert "l1 and l2 against samples: 6 of 8 curves" in picture.description
    assert "Not drawn: d = 7; d = 8." in picture.description
    words = texts(picture)
    assert "(6 of 8 curves)" in words
    assert "slope of theory" in words
    assert "d = 1" in words


def test_at_most_six_series_a_panel(result: StudyResult) -> None:
    picture = study_picture(result)
    for ax in picture.figure.axes:
        drawn = [line for line in ax.get_lines() if line.get_marker() not in ("None", "", None)]
        assert len(drawn) <= MOST_CURVES
    assert len(picture.figure.axes) == 4


def test_exponents_are_marked_by_their_outcome(result: StudyResult) -> None:
    first, second, *rest = result.readings
    wide = Estimate(0.5, Interval(0.1, 0.9, 0.95, "x"))
    mixed = replace(
        result,
        readings=(replace(first, expected=5.0), replace(second, measured=wide), *rest),
    )
    picture = exponents_picture(mixed)
    assert picture is not None
    words = texts(picture)
    assert "holds (14)" in words
    assert "fails (1)" in words
    assert "undecided (1)" in words
    assert "holds in 14, fails in 1 and is undecided in 1 of 16 exponents" in picture.description
    assert "beside 5.00 at d = 1, l1" in picture.description
    assert f"1  d = 1, l1: {first.measured.value:.3g}"[:12] in words  # the worst is named first
    assert "2  d = 2, l1: 0.500 beside 0.500" in words
    assert [row[2] for row in picture.table.rows] == [r.measured.value for r in mixed.readings]


def test_without_theory_there_is_no_figure_of_exponents(result: StudyResult) -> None:
    silent = tuple(replace(reading, expected=None) for reading in result.readings)
    without = replace(result, readings=silent)
    assert exponents_picture(without) is None
    assert len(study_picture(without).figure.axes) == 3
    assert all(curve.slope is None for curve in curves_of(without, "l1"))


def test_costs_are_those_of_the_cells(result: StudyResult) -> None:
    seconds = np.geomspace(1e-3, 8.0, len(result.runs))
    picture = costs_picture(replace(result, seconds=seconds))
    assert "d = 8 at samples 512, takes" in picture.description
    assert picture.table.rows[0][2] == pytest.approx(np.exp(np.log(seconds[:4]).mean()))
    idle = costs_picture(replace(result, seconds=np.zeros(len(result.runs))))
    assert "1.0e-6 CPU seconds" in idle.description


def test_a_saved_result_is_drawn_without_its_costs(result: StudyResult) -> None:
    opened = StudyResult.from_dict(result.to_dict())
    with pytest.raises(ArgumentError, match="no CPU seconds"):
        costs_picture(opened)
    picture = study_picture(opened)
    assert len(picture.figure.axes) == 3
    assert picture.svg() == study_picture(StudyResult.from_dict(result.to_dict())).svg()


def test_losses_that_cannot_be_drawn_are_left_out(result: StudyResult) -> None:
    columns = dict(result.runs.columns)
    columns["loss"] = np.where(columns["dimension"] == 1, np.nan, columns["loss"])
    columns["l2"] = np.zeros(len(result.runs))
    odd = replace(
        result, runs=replace(result.runs, columns=columns), seconds=None,
        readings=(Reading("alpha", {"dimension": 2, "loss": "l1"}, Estimate(float("nan")), 1.0),),
    )  # fmt: skip
    picture = study_picture(odd)
    assert picture.svg()
    assert exponents_picture(odd) is None
    assert len([row for row in losses_picture(odd).table.rows if row[3] is None]) == 4 + 32


def test_hostile_names_are_plain_text(result: StudyResult) -> None:
    hostile = replace(result, title="$x$ <b>\x1b[31m & more " * 9)
    picture = study_picture(hostile)
    ElementTree.fromstring(picture.svg())
    assert "\x1b" not in picture.svg()
    assert len(picture.title) <= 70


def crossed(left: list[str], right: list[str]) -> StudyResult:
    """A study of every pair of two words, each curve falling as 1/samples."""
    rows = [(a, b, size) for a in left for b in right for size in (64.0, 128.0, 256.0, 512.0)]
    size = np.array([row[2] for row in rows])
    columns = {
        "tokens": size,
        "loss": 3 / size,
        "seed": np.array(["0"] * len(rows), dtype=object),
        "run": np.array([str(k) for k in range(len(rows))], dtype=object),
        "family": np.array([f"{a}, {b}" for a, b, _ in rows], dtype=object),
        "left": np.array([row[0] for row in rows], dtype=object),
        "right": np.array([row[1] for row in rows], dtype=object),
        "same": np.ones(len(rows)),
    }
    made = run_study(TINY, "quick", dimensions=[1], workers=1)
    runs = replace(made.runs, columns=columns, row_ids=np.arange(len(rows)))
    return replace(
        made, runs=runs, losses=("l1",), measured=(), by=("left", "right", "same"), readings=(),
        seconds=None,
    )  # fmt: skip


def test_names_leave_out_what_is_the_same_everywhere() -> None:
    curves = curves_of(crossed(["1-nn", "none"], ["0.5"]), "l1")
    assert [curve.name for curve in curves] == ["1-nn", "left = none"]


def test_long_names_that_begin_alike_stay_apart() -> None:
    words = [f"{'the same long beginning ' * 5}{end}" for end in "abc"]
    names = [curve.name for curve in curves_of(crossed(words, ["x"]), "l1")]
    assert len(set(names)) == 3
    assert all(len(name) <= MOST_NAME for name in names)


def test_every_value_is_drawn_about_equally_often() -> None:
    result = crossed(["a", "b", "c"], ["x", "y", "z"])
    curves = curves_of(result, "l1")
    drawn = [curves[k].name for k in chosen(result)]
    assert len(drawn) == MOST_CURVES
    for place in (0, 1):
        words = [name.split(", ")[place] for name in drawn]
        assert {words.count(word) for word in set(words)} <= {1, 2, 3}
        assert len(set(words)) == 3


def test_a_curve_where_theory_fails_is_drawn_first() -> None:
    result = crossed(["a", "b", "c"], ["x", "y", "z"])
    for left, right in (("c", "y"), ("b", "z")):
        at = {"left": left, "right": right, "loss": "l1"}
        sure = Estimate(1.0, Interval(0.99, 1.01, 0.95, "x"))
        result = replace(result, readings=(*result.readings, Reading("alpha", at, sure, 3.0)))
        curves = curves_of(result, "l1")
        assert f"{left}, {right}" in [curves[k].name for k in chosen(result)]


def test_the_limit_is_subtracted_where_the_study_measured_it() -> None:
    result = crossed(["a"], ["x"])
    columns = {**result.runs.columns, "loss": result.runs["loss"] + 2.0}
    columns["limit_l1"] = np.full(len(result.runs), 2.0)
    sure = Estimate(1.0, Interval(0.99, 1.01, 0.95, "x"))
    readings = (Reading("alpha", {"left": "a", "loss": "l1"}, sure, 1.0),)
    raw = replace(result, runs=replace(result.runs, columns=columns), readings=readings)
    less = replace(raw, measured=("limit_l1",))
    (curve,) = curves_of(less, "l1")
    np.testing.assert_allclose(curve.loss, 3 / curve.sizes)
    assert (curve.slope, curve.anchor) == (1.0, 512.0)
    assert "l1 less its limit" in texts(losses_picture(less))
    # the exponent is of the loss less something: a line through the loss itself would mislead
    assert curves_of(raw, "l1")[0].slope is None


def test_the_line_of_theory_meets_the_last_size_that_was_read() -> None:
    result = crossed(["a"], ["x"])
    sure = Estimate(1.0, Interval(0.99, 1.01, 0.95, "x"))
    at = {"left": "a", "loss": "l1", "largest": 256.0}
    (curve,) = curves_of(replace(result, readings=(Reading("alpha", at, sure, 1.0),)), "l1")
    assert curve.anchor == 256.0


@pytest.mark.parametrize(
    ("relation", "measured", "share"),
    [("=", 1.5, 0.25), (">=", 3.0, 0.0), (">=", 1.0, 0.5), ("<=", 1.0, 0.0), ("<=", 3.0, 0.5)],
)
def test_a_miss_is_a_share_on_the_wrong_side(relation: str, measured: float, share: float) -> None:
    assert miss(Reading("alpha", {}, Estimate(measured), 2.0, relation)) == share


@pytest.mark.parametrize("letters", ["i", "n"])
def test_everything_stays_inside_the_figure(letters: str) -> None:
    words = [f"{letters * 30} {k}" for k in range(4)]
    result = crossed(words, [f"{letters * 20} {k}" for k in range(3)])
    rough = Estimate(1.0, Interval(0.5, 1.5, 0.95, "x"))
    readings = [
        Reading("alpha", {"left": word, "right": f"{letters * 20} 0", "loss": "l1"}, rough, 1.2)
        for word in words
    ]
    result = replace(
        result, title=letters * 200, readings=tuple(readings),
        seconds=np.geomspace(0.1, 9.0, len(result.runs)),
    )  # fmt: skip
    exponents = exponents_picture(result)
    assert exponents is not None
    for picture in (
        study_picture(result),
        losses_picture(result),
        costs_picture(result),
        exponents,
    ):
        figure = picture.figure
        box = figure.get_tightbbox()
        wide, high = figure.get_size_inches()
        assert box.x0 >= -0.05
        assert box.y0 >= -0.05
        assert box.x1 <= wide + 0.05
        assert box.y1 <= high + 0.05
