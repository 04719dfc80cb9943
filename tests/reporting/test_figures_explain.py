"""The figure of an explanation and its section: lines, names, region, words."""

from __future__ import annotations

import math
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from lawcast.reporting import look as style
from lawcast.reporting.explain_sections import explanation_blocks, show_explanations
from lawcast.reporting.figures_explain import (
    draw_lines,
    explanation_picture,
    region,
    spread_apart,
    survivors_words,
)
from lawcast.reporting.gathered import Gathered
from lawcast.theory.explain import explain
from lawcast.theory.explanation import Explanation
from lawcast.theory.measured import Measured

SHARP = explain(1.51, (2.0, 1.95, 2.05), se=0.04, loss="l2", variable="data")
WIDE = explain(0.34, (12.0, 10.0, 14.0), interval=(0.28, 0.41))
OPEN = explain(0.076, (90.0, 90.0, float("inf")), interval=(0.07, 0.082), variable="parameters")
BARE = explain(0.3, 12.0)
NEAR_ZERO = explain(0.1, (10.0, 9.0, 11.0), se=0.1)
CUBED = explain(0.5, (12.0, 11.0, 13.0), se=0.02, loss="lq", q=3.0, p=1.0)
ALL = [SHARP, WIDE, OPEN, BARE, NEAR_ZERO, CUBED]


def drawn(one: Explanation):
    with style.look():
        figure = style.new_figure(7.2, 4.6)
        ax = figure.subplots()
        draw_lines(ax, one)
    return figure, ax


def labels(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


@pytest.mark.parametrize("one", ALL)
def test_every_explanation_has_a_picture(one: Explanation) -> None:
    picture = explanation_picture(one)
    ElementTree.fromstring(picture.svg())
    assert picture.description == one.conclusion
    assert picture.table.columns[0] == "d"
    assert len(picture.table.rows) > 10
    assert picture.svg() == explanation_picture(one).svg()


def test_lines_go_where_the_formula_goes() -> None:
    _, ax = drawn(SHARP)
    (bold,) = [line for line in ax.get_lines() if line.get_label() == "survives"]
    assert bold.get_ydata() * bold.get_xdata() == pytest.approx(np.full(200, 3.0))
    faint = [line for line in ax.get_lines() if line.get_linewidth() < 1.0]
    assert bold.get_linewidth() > 2 * max(line.get_linewidth() for line in faint[1:])
    assert "3/d" in labels(ax)


@pytest.mark.parametrize("one", ALL)
def test_names_do_not_overlap(one: Explanation) -> None:
    picture = explanation_picture(one)
    FigureCanvasAgg(picture.figure).draw()
    renderer = picture.figure.canvas.get_renderer()
    (ax,) = picture.figure.axes
    boxes = []
    for text in ax.texts:
        if text.get_text():
            # that of the text alone: the leader is no part of the name
            boxes.append((text.get_text(), Text.get_window_extent(text, renderer)))
    assert boxes
    for k, (name, box) in enumerate(boxes):
        for other, second in boxes[k + 1 :]:
            overlap_x = min(box.x1, second.x1) - max(box.x0, second.x0)
            overlap_y = min(box.y1, second.y1) - max(box.y0, second.y0)
            # a hair of line spacing may touch; ink does not
            assert min(overlap_x, overlap_y) < 2.0, f"{name} lies over {other}"
        assert box.x1 <= picture.figure.bbox.x1 + 1


def test_the_region_holds_its_level() -> None:
    alpha, d = Measured(0.34, 0.1, 0.05), Measured(12.0, 0.08, 0.2)
    z = np.random.default_rng(0).normal(size=(2, 40_000))
    inside = (z**2).sum(0) < -2 * math.log(0.1)
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
    edge = region(alpha, d, 0.9)
    u, v = np.log(edge[0] / 12.0), np.log(edge[1] / 0.34)
    radius = np.hypot(u / np.where(u < 0, 0.08, 0.2), v / np.where(v < 0, 0.1, 0.05))
    assert radius == pytest.approx(math.sqrt(-2 * math.log(0.1)))


def test_names_are_spread() -> None:
    moved = spread_apart([0.1, 0.11, 0.12, 0.98, 0.99, 1.0], 0.05)
    assert all(b - a >= 0.05 - 1e-12 for a, b in pairwise(moved))
    assert moved[-1] == 1.0
    assert spread_apart([0.1, 0.5], 0.05) == [0.1, 0.5]
    assert spread_apart([], 0.05) == []


def test_words_for_a_heading() -> None:
    assert survivors_words(SHARP) == "3/d survives (alpha = 1.51, d = 2.00)"
    assert survivors_words(WIDE).startswith("undecided")
    assert "d ≥ 90.0" in survivors_words(OPEN)


def test_sections_of_a_report() -> None:
    shown = show_explanations(Gathered((("first", SHARP), ("second", OPEN))))
    names = [section.name for section in shown.sections]
    assert names == ["explanation", "explanation-methods", "explanation-2", "explanation-2-methods"]
    assert shown.sections[0].title == "What explains the exponent: first"
    assert shown.answer[0].startswith("Of the hypotheses about the exponent, 3/d survives")
    assert ("T031", "explanation-2") in [(f.code, where) for f, where in shown.findings]
    assert Explanation.from_dict(shown.embedded[0].data) == SHARP
    assert [type(block).__name__ for block in explanation_blocks(SHARP, "x")][:4] == [
        "Text", "Facts", "Plot", "Grid",
    ]  # fmt: skip
