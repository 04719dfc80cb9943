"""Figures of dimensions: what they show in numbers and words, and that any dimension is drawn."""

import math
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from geometry.dimensions_made import boundless, classes, images, layers, scales, sphere
from lawcast._values import Interval
from lawcast.geometry.collection import Dimensions
from lawcast.geometry.result import Scale
from lawcast.reporting import look as style
from lawcast.reporting.figures_dimension import (
    MOST_CLASSES,
    classes_picture,
    dimensions_picture,
    draw_scales,
    layers_picture,
    local_picture,
    scale_picture,
)


def drawn(one):
    """The axes of a scale plot."""
    with style.look():
        ax = style.new_figure(6.0, 4.0).subplots()
        draw_scales(ax, one)
    return ax


def line(ax, label):
    (found,) = [line for line in ax.get_lines() if str(line.get_label()).startswith(label)]
    return found


def test_the_scale_plot_draws_the_scales():
    one = sphere()
    ax = drawn(one)
    radius = [s.radius for s in one.scales]
    assert line(ax, "calibrated").get_xdata().tolist() == radius
    assert line(ax, "calibrated").get_ydata().tolist() == [s.value for s in one.scales]
    assert line(ax, "uncalibrated").get_ydata().tolist() == [s.naive for s in one.scales]
    assert set(line(ax, "answer 9.81").get_ydata()) == {9.81}
    low, high = ax.get_xlim()
    assert low < min(radius) < max(radius) < high
    assert ax.get_xscale() == "log"
    assert ax.get_ylim()[0] == 0.0
    assert ax.get_ylim()[1] > one.interval.high


def test_the_plateau_is_shaded_from_its_first_to_its_last_scale():
    one = sphere()
    (shade,) = [p for p in drawn(one).patches if p.get_label() == "plateau"]
    x0, x1 = shade.get_x(), shade.get_x() + shade.get_width()
    assert [x0 < s.radius < x1 for s in one.scales] == [i < 5 for i in range(9)]
    assert not [p for p in drawn(images()).patches if p.get_label() == "plateau"]


def test_words_in_the_scale_plot():
    svg = scale_picture(sphere()).svg()
    ElementTree.fromstring(svg)
    for word in ("sphere.npy: the dimension at every scale", "answer 9.81", "its 90 % interval",
                 "calibrated ± 1.96 errors (95 %)", "dimension d", "distance to the neighbours",
                 "between the k-th and the 2k-th neighbour, k =", ">256<"):  # fmt: skip
        assert word in svg
    weak = scale_picture(images())
    assert "at least 35.0" in weak.svg()
    assert "The answer is at least 35.0" in weak.description
    assert weak.description.startswith("No plateau: ")


def test_all_coordinates_are_marked_where_they_fit():
    assert "D = 11, all coordinates" in scale_picture(sphere(value=10.6)).svg()
    assert "all coordinates" not in scale_picture(images()).svg()


def test_scales_without_a_finite_dimension_are_said_so():
    picture = scale_picture(boundless())
    assert picture.svg().count("no finite d") == 3
    assert "answer" not in picture.svg()
    y = line(drawn(boundless()), "calibrated").get_ydata()
    assert np.isnan(y).tolist() == [True] * 3 + [False] * 8


def test_a_wild_error_does_not_squeeze_the_values():
    steps = scales(10.0)
    wild = (replace(steps[0], error=900.0), *steps[1:])
    one = replace(sphere(), scales=wild, interval=Interval(5.0, math.inf, 0.9, "m"))
    assert drawn(one).get_ylim()[1] < 20.0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_scales_are_drawn(count):
    one = replace(sphere(), scales=sphere().scales[:count], plateau=None)
    ElementTree.fromstring(scale_picture(one).svg())


def test_odd_scales_are_drawn():
    equal = tuple(replace(s, radius=2.0) for s in sphere().scales)
    assert scale_picture(replace(sphere(), scales=equal)) is not None
    nothing = tuple(replace(s, value=math.inf, error=math.nan) for s in sphere().scales)
    assert scale_picture(replace(boundless(), scales=nothing, adequacy=None)) is not None
    tiny = (Scale(1, 2, 1e-9, 0.1, 0.12, 0.01, 30), Scale(2, 4, 1e9, 0.1, 0.12, 0.01, 30))
    assert scale_picture(replace(sphere(), scales=tiny, plateau=None)) is not None
    assert scale_picture(replace(sphere(), scales=(), plateau=None)) is None


def test_the_picture_carries_the_numbers():
    one = sphere()
    assert scale_picture(one).table is one.table
    table = layers_picture(layers()).table
    assert [row[0] for row in table.rows] == list(layers().names)
    assert table.rows[3][1:] == (None,) * 6 + ("refused",)
    assert table.rows[2][3:7] == (54.2, 44.0, 71.3, 35.0)


def test_single_points_become_a_histogram():
    one = sphere()
    picture = local_picture(one)
    assert sum(row[2] for row in picture.table.rows) == 2500
    assert "2,500 points" in picture.svg()
    assert len(picture.svg()) < 60_000
    low, high = np.quantile(one.local, [0.25, 0.75])
    assert f"[{low:.2f}, {high:.1f}]" in picture.description
    odd = replace(one, local=np.r_[one.local[:-2], np.nan, np.inf])
    assert sum(row[2] for row in local_picture(odd).table.rows) == 2498


@pytest.mark.parametrize("local", [[], [3.0], [3.0, 3.0], [np.nan, 2.0]])
def test_too_few_single_points_have_no_histogram(local):
    one = replace(sphere(), local=np.array(local), local_rows=np.arange(len(local)))
    assert local_picture(one) is None


def test_layers_are_drawn_in_order_with_gaps():
    picture = layers_picture(layers())
    (ax,) = picture.figure.axes
    curve = ax.get_lines()[0]
    assert curve.get_xdata().tolist() == list(range(6))
    assert np.isnan(curve.get_ydata()).tolist() == [False] * 3 + [True] + [False] * 2
    assert [tick.get_text() for tick in ax.get_xticklabels()] == list(layers().names)
    svg = picture.svg()
    for word in ("refused", "at least 35.0", "do not rely on it alone", "d with its 90 % interval"):
        assert word in svg
    assert "from 9.70 (layer layer5) to 54.2 (layer layer2)" in picture.description
    assert "1 of them should not be relied on alone. 1 layer could not" in picture.description


def test_many_layers_are_numbered():
    each = {f"model.layers.{i}": sphere(value=5.0 + i) for i in range(40)}
    picture = layers_picture(Dimensions(each, "layer"))
    (ax,) = picture.figure.axes
    assert [tick.get_text() for tick in ax.get_xticklabels()][:3] == ["1", "4", "7"]
    assert ax.get_xlabel() == "layer, counted from 1"


def test_classes_have_a_row_each():
    picture = classes_picture(classes())
    (ax,) = picture.figure.axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [str(i) for i in range(10)]
    assert "8.00 [7.66, 8.34]" in picture.svg()
    many = Dimensions({str(i): sphere() for i in range(MOST_CLASSES + 5)})
    long = classes_picture(many)
    assert "5 more are not drawn." in long.description
    assert len(long.table.rows) == MOST_CLASSES + 5


def test_the_kind_chooses_the_figure():
    assert dimensions_picture(layers()).name == "dimension-layers"
    assert dimensions_picture(classes()).name == "dimension-classes"
    assert dimensions_picture(Dimensions({}, "layer", {"a": "no"})) is None


def test_sets_without_a_finite_dimension_are_drawn():
    for kind in ("class", "layer"):
        picture = dimensions_picture(Dimensions({"a": boundless(), "b": boundless()}, kind))
        assert picture.svg().count("at least 35.0") == 2
        assert picture.description.startswith("None of 2 ")
        bare = replace(boundless(), adequacy=None)
        assert dimensions_picture(Dimensions({"a": bare}, kind)) is not None


@pytest.mark.parametrize(
    "draw", [lambda: scale_picture(sphere()), lambda: layers_picture(layers()),
             lambda: classes_picture(classes()), lambda: local_picture(images())],
)  # fmt: skip
def test_figures_are_the_same_bytes_each_time_and_leave_settings_alone(draw, monkeypatch):
    before = dict(matplotlib.rcParams)
    first, second = draw(), draw()
    assert first.svg() == second.svg()
    assert first.pdf() == second.pdf()
    assert dict(matplotlib.rcParams) == before


def test_hostile_names_are_drawn():
    name = "$\\frac{1}$ <b>\x00\x1b" + "long " * 40
    one = replace(sphere(), sample=replace(sphere().sample, name=name))
    for kind in ("class", "layer"):
        ElementTree.fromstring(
            dimensions_picture(Dimensions({name: one, "": images()}, kind)).inline_svg("a-")
        )
    root = ElementTree.fromstring(scale_picture(one).inline_svg("b-"))
    assert root.attrib["aria-labelledby"] == "b-title"
    assert root.find("desc").text == scale_picture(one).description


def test_the_legend_starts_with_the_answer():
    (legend,) = scale_picture(sphere()).figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "answer 9.81", "its 90 % interval", "calibrated ± 1.96 errors (95 %)", "uncalibrated",
        "plateau",
    ]  # fmt: skip
