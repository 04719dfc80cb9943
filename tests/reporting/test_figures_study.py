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
    MOST_SERIES,
    costs_picture,
    curves_of,
    exponents_picture,
    losses_picture,
    study_picture,
)
from lawcast.reporting.picture import Picture
from tiny_studies import TINY


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(TINY, "standard", dimensions=range(1, 9), workers=1)


def texts(picture: Picture) -> str:
    root = ElementTree.fromstring(picture.svg())
    return "\n".join("".join(element.itertext()) for element in root.iter())


def test_losses_are_means_over_seeds_with_the_slope_of_theory(result: StudyResult) -> None:
    curves = curves_of(result, "l2")
    assert [curve.name for curve in curves] == [f"dimension {d}" for d in range(1, 9)]
    assert [curve.slope for curve in curves] == [2 / d for d in range(1, 9)]
    values = result.curve(loss="l2", dimension=3)["loss"].reshape(4, 4)
    np.testing.assert_allclose(curves[2].loss, np.exp(np.log(values).mean(axis=1)))
    picture = losses_picture(result)
    assert len(picture.table.rows) == 2 * 8 * 4
    assert "6 of 8 curves of l1, l2 against samples" in picture.description
    words = texts(picture)
    assert words.count("(without 2 curves)") >= 2
    assert "theory" in words
    assert "dimension 1" in words


def test_at_most_six_series_a_panel(result: StudyResult) -> None:
    picture = study_picture(result)
    for ax in picture.figure.axes:
        drawn = [line for line in ax.get_lines() if line.get_marker() not in ("None", "", None)]
        assert len(drawn) <= MOST_SERIES
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
    assert "holds in 14, fails in 1, undecided in 1 of 16 exponents" in picture.description
    assert "beside 5.00 at d = 1, l1" in picture.description
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
    assert "dimension 8 at samples 512, takes" in picture.description
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
