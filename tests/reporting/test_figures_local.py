"""Figures of local exponents and of losses less their limit: what they show in numbers."""

from __future__ import annotations

from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from lawcast._errors import ArgumentError
from lawcast.reporting.figures_local import local_exponent_picture, paired_limit_picture
from lawcast.theory.local_exponent import local_exponent
from lawcast.theory.local_result import LocalExponent
from lawcast.theory.paired_limit import paired_limit
from reporting.conftest import FORMULA, HOSTILE

D = 2.0 ** np.arange(9, 16)


@pytest.fixture(scope="module")
def broken() -> LocalExponent:
    x = np.geomspace(1e6, 1e9, 14)
    u = np.log(x / 3e7)
    drawn = np.random.default_rng(0).normal(size=14)
    loss = 1.7 + np.exp(-0.2 * u - 0.4 * np.maximum(u, 0.0)) * (1 + 0.02 * drawn)
    return local_exponent(x, loss, floor=1.7, variable="params")


def words_of(svg: str) -> str:
    return " ".join(text for text in ElementTree.fromstring(svg).itertext() if text.strip())


def test_the_local_exponent_with_bands_changes_and_theory(broken: LocalExponent) -> None:
    picture = local_exponent_picture(broken, {"2/d (d = 10)": 0.2, "6/d": 0.6, "also": 0.6})
    assert picture.title == "1 change of the exponent"
    words = words_of(picture.svg())
    for word in ("parameters N", "loss less the floor", "90 %, each size", "regimes", "change at",
                 "90 %, all sizes at once", "2/d (d = 10)", "6/d = also"):  # fmt: skip
        assert word in words
    for part in broken.segments:
        assert f"exponent {part.exponent.value:.3f}" in words
        assert f"{part.exponent.value:.3f}" in picture.description
    assert "6/d is 0.600" in picture.description
    assert picture.table.columns[1] == "exponent"
    assert [row[1] for row in picture.table.rows] == broken.value.tolist()
    upper, lower = picture.figure.axes
    assert upper.get_xlim() == lower.get_xlim()
    values = {round(float(line.get_ydata()[0]), 6) for line in lower.lines}
    assert {0.2, 0.6} <= values
    assert {round(part.exponent.value, 6) for part in broken.segments} <= values


def test_the_regimes_pass_through_the_points(broken: LocalExponent) -> None:
    upper = local_exponent_picture(broken).figure.axes[0]
    first, second = upper.lines[0], upper.lines[1]
    assert first.get_ydata()[1] == pytest.approx(second.get_ydata()[0])
    above = broken.points.loss - broken.floor
    assert first.get_ydata()[0] == pytest.approx(above[0], rel=0.06)
    assert second.get_ydata()[1] == pytest.approx(above[-1], rel=0.06)


def test_straight_and_undecided_laws() -> None:
    x = np.geomspace(1e2, 1e5, 12)
    straight = local_exponent_picture(local_exponent(x, 3 * x**-0.31))
    assert straight.title == "One exponent, 0.310, at all sizes"
    assert "loss less" not in words_of(straight.svg())
    loss = x[:6] ** -0.3 * np.exp(0.2 * np.random.default_rng(1).normal(size=6))
    assert local_exponent_picture(local_exponent(x[:6], loss)).title.endswith("undecided")


def test_places_out_of_order_and_a_single_place(broken: LocalExponent) -> None:
    points = broken.points
    for at in ([3e8, 2e6, 5e7], [1e7]):
        result = local_exponent(points.x, points.loss, floor=1.7, at=at)
        assert len(local_exponent_picture(result).table.rows) == len(at)


@pytest.mark.parametrize(
    "lines", [{"a": float("nan")}, {"a": "x"}, {"a": True}, {str(i): 0.1 * i for i in range(9)}]
)
def test_bad_lines(lines: dict[str, object], broken: LocalExponent) -> None:
    with pytest.raises(ArgumentError, match="lines="):
        local_exponent_picture(broken, lines)


def test_a_paired_limit_of_two_curves() -> None:
    p = np.repeat([32, 64], D.size)
    x = np.tile(D, 2)
    drawn = np.random.default_rng(2).normal(size=x.size)
    loss = np.where(p == 32, 0.3, 0.2) + np.where(p == 32, 4, -9) / x * (1 + 0.04 * drawn)
    result = paired_limit(x, loss, limit={"32": 0.3, "64": 0.2}, same=p, variable="tokens")
    picture = paired_limit_picture(result)
    words = words_of(picture.svg())
    for word in ("32", "64", "nothing subtracted", "tokens D", "absolute",
                 f"slope −{result.exponent.value:#.3g}"):  # fmt: skip
        assert word in words
    points = [row for row in picture.table.rows if row[0] == "point"]
    assert [row[4] for row in points] == result.difference.tolist()
    lines = [row for row in picture.table.rows if row[0] == "line" and row[1] == "64"]
    assert all(row[4] < 0 for row in lines)
    redacted = paired_limit_picture(result, points=False)
    assert not [row for row in redacted.table.rows if row[0] == "point"]
    assert "nothing subtracted" not in words_of(redacted.svg())


def test_nothing_subtracted_is_written_on_the_figure() -> None:
    result = paired_limit(D, 0.3 + 20.0 / D, limit=0.0)
    picture = paired_limit_picture(result)
    assert picture.title == "No power law to this limit"
    assert "(bent)" in words_of(picture.svg())
    assert "not a power law to 0" in picture.description.lower()


def test_differences_of_the_other_sign_are_hollow() -> None:
    loss = 0.3 + 4.0 / D
    loss[-1] = 0.2995
    result = paired_limit(D, loss, limit=0.3)
    ax = paired_limit_picture(result).figure.axes[0]
    filled, hollow = ax.collections[:2]
    assert len(filled.get_offsets()) == D.size - 1
    assert len(hollow.get_offsets()) == 1


def test_hostile_names_and_equal_bytes() -> None:
    same = [HOSTILE] * D.size
    result = paired_limit(D, 0.3 + 4.0 / D, limit=0.3, same=same, variable=FORMULA)
    picture = paired_limit_picture(result)
    assert "<script" not in picture.svg()
    assert picture.svg() == paired_limit_picture(result).svg()
    local = local_exponent(D, D**-0.3, variable=HOSTILE)
    drawn = local_exponent_picture(local, {HOSTILE: 0.3})
    assert "<script" not in drawn.svg()
    assert drawn.svg() == local_exponent_picture(local, {HOSTILE: 0.3}).svg()


def test_the_callers_settings_are_left_alone(broken: LocalExponent) -> None:
    before = dict(matplotlib.rcParams)
    local_exponent_picture(broken)
    assert dict(matplotlib.rcParams) == before


def test_labels_do_not_overprint() -> None:
    places = np.array([1.0, 8.0, 20.0, 45.0, 1e4])
    x = np.geomspace(1.0, 1e4, 60)
    u, v = np.log(x), np.zeros(60)
    for place, change in zip(places[:-1], (-0.6, 0.9, -0.8, 0.4), strict=True):
        v = v + change * np.clip(u - np.log(place), 0.0, None)
    noise = 1e-4 * np.random.default_rng(0).normal(size=60)
    made = local_exponent(x, np.exp(v + noise), draws=100)
    assert len(made.changes) == 3
    figure = local_exponent_picture(made).figure
    figure.canvas.draw()
    for ax in figure.axes:
        boxes = [text.get_window_extent() for text in ax.texts]
        for i, one in enumerate(boxes):
            assert not any(one.overlaps(other) for other in boxes[i + 1 :])
            assert one.x1 <= ax.get_window_extent().x1 + 2
