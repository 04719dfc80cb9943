"""What a dimension says: the answer first, at most 80 columns, the same in text and HTML."""

import html
import math
import re
from dataclasses import replace

import pytest

from geometry.dimensions_made import (
    DUPLICATES,
    FLATTENED,
    boundless,
    classes,
    images,
    interval,
    layers,
    scales,
    sphere,
)
from lawcast._values import Interval, Status
from lawcast.geometry.collection import Dimensions, short_name
from lawcast.geometry.estimators import ESTIMATORS
from lawcast.geometry.findings import CANCELLATION
from lawcast.geometry.result import Adequacy
from lawcast.geometry.summary import (
    answer_words,
    ends_words,
    estimates_table,
    interval_words,
    plateau_words,
    rounded,
    sample_lines,
    scales_table,
    stands,
    verdict_words,
)


@pytest.mark.parametrize("made", [sphere, images, boundless, layers, classes])
def test_texts_fit_the_terminal(made):
    assert max(map(len, made().summary().splitlines())) <= 80


def test_the_answer_comes_first():
    first = sphere().summary().splitlines()[0]
    assert first == "Dimension  9.81, 90 % interval 9.39 to 10.23"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (sphere(), "9.81, 90 % interval 9.39 to 10.23"),
        (replace(sphere(), interval=None), "9.81, no interval"),
        (images(), "at least 35.0; the estimate is 54.2, 90 % interval 44.0 to 71.3"),
        (boundless(), "at least 35.0; this sample has no finite estimate"),
        (replace(boundless(), adequacy=None), "∞, no interval; see the verdict"),
        (replace(sphere(), interval=interval(9.0, math.inf)), "9.81, 90 % interval 9.00 to ∞"),
    ],
)
def test_the_answer_in_words(one, words):
    assert answer_words(one) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.98, "0.98"), (1.0, "1.00"), (9.994, "9.99"), (14.23, "14.2"), (120.4, "120"), (1e3, "1000"),
     (0.0, "0.00"), (math.inf, "∞"), (math.nan, "nan")],
)  # fmt: skip
def test_a_dimension_has_three_digits(value, text):
    assert rounded(value) == text


def test_the_ends_of_an_interval_have_the_digits_of_the_value():
    assert ends_words(Interval(9.4, 10.31, 0.9, ""), 9.8) == "9.40 to 10.31"
    assert ends_words(Interval(98.4, 110.31, 0.9, ""), 104.0) == "98 to 110"


def test_the_sample_in_words():
    assert sample_lines(sphere()) == [
        "sphere.npy: 2,500 points of 11 numbers (float64)",
        "euclidean distance; every point asked for its neighbours",
    ]
    assert sample_lines(images()) == [
        "images.npy: 10,000 points of 3,072 numbers (uint8), from 10,003 rows",
        "euclidean distance; 5,000 of them asked for their neighbours",
    ]
    box = replace(sphere(), sample=replace(
        sphere().sample, name="", width=1, metric="periodic", box=(1.0, 2.0, 3.0, 4.0, 5.0)
    ))  # fmt: skip
    first, second = sample_lines(box)
    assert first == "2,500 points of 1 number (float64)"
    assert "periodic box of 1.000, 2.000, 3.000 and 4.000 ..." in second


def test_how_the_interval_was_made():
    assert interval_words(sphere()) == (
        "90 %, 64 half-samples; shape, bend and unevenness by their signs"
    )
    assert interval_words(boundless()) == "none: no half-samples were drawn"
    none = replace(sphere(), interval=None)
    assert interval_words(none) == "none: the 64 half-samples give none"
    discrete = replace(none, adequacy=replace(none.adequacy, ok=False, reason="discrete"))
    assert interval_words(discrete) == "none: the data is discrete"
    for method in ("twonn", "gride-2", "correlation"):
        bare = replace(none, method=method, draws=0)
        assert interval_words(bare) == f"none: the estimator {method} has none"
    assert interval_words(replace(none, value=math.inf)) == "none: the estimate is not finite"


def test_the_plateau_in_words():
    assert plateau_words(sphere()) == (
        "the dimension stays at 9.76 from neighbour 1 to 32 (radius 0.310 to 0.411)"
    )
    assert plateau_words(images()).startswith("no plateau: the dimension goes from 47.0 at radius")
    assert "from no finite value at radius 5.20 to 11.7" in plateau_words(boundless())


def test_the_verdict_is_said_once():
    one = images()
    same = replace(one, status=Status("inadequate", one.adequacy.text, False))
    assert same.summary().count("cannot bound it above") == 1
    assert "Status" not in same.summary()
    assert "Verdict" not in replace(one, adequacy=None).summary()
    assert "Status     n is too small" in replace(one, adequacy=None).summary()


def test_estimates_stand_in_their_order_with_what_they_are():
    table = estimates_table(sphere())
    assert [row[0] for row in table.rows] == list(sphere().estimates)
    titles = {declared.name: declared.title for declared in ESTIMATORS}
    assert table.rows[0][-1] == f"the answer: {titles['combined']}"
    assert table.rows[1][-1] == titles["twonn"]
    assert table.rows[-1][2] is None
    unknown = replace(sphere(), estimates={"of tomorrow": sphere().estimates["combined"]})
    assert estimates_table(unknown).rows[0][-1] == ""


def test_scales_stand_in_their_order_and_the_plateau_is_marked():
    table = scales_table(sphere())
    assert table.columns[-1] == "plateau"
    assert [row[-1] for row in table.rows] == ["yes"] * 5 + [""] * 4
    assert table.rows[-1][0] == "256 to 512"
    assert "plateau" not in scales_table(images()).columns
    assert scales_table(boundless()).rows[0][2:4] == ("∞", None)


def test_findings_come_last_and_say_what_to_try():
    text = " ".join(images().summary().split())
    assert text.index("! D003 warning") < text.index("- D001 note")
    assert "(rows 3, 17, 1999). Try: find out why" in text
    assert "D0" not in sphere().summary()


@pytest.mark.parametrize("made", [sphere, images, boundless])
def test_html_holds_what_the_text_holds(made):
    words = re.sub(r"<[^>]+>", " ", made()._repr_html_())
    assert sorted(html.unescape(words).split()) == sorted(made().summary().split())


def test_hostile_names_are_escaped_and_printable():
    name = '<script>alert("x")</script>\x1b[31m'
    one = replace(sphere(), sample=replace(sphere().sample, name=name))
    assert "<script>" not in one._repr_html_()
    assert "\x1b" not in one.summary()
    many = Dimensions({name: one}, "layer", {"\x07<b>": "why\nnot"})
    assert "<script>" not in many._repr_html_()
    assert "<b>" not in many._repr_html_()
    assert "\x1b" not in many.summary()
    assert "\x07" not in many.summary()
    assert "why not" in many.summary()


def test_a_method_without_scales_or_verdict():
    one = replace(sphere(), scales=(), plateau=None, adequacy=None, estimates={})
    text = one.summary()
    assert "neighbours  radius" not in text
    assert "Scale" not in text
    assert "Status" not in text


@pytest.mark.parametrize(
    ("one", "words", "sure"),
    [
        (sphere(), "stands", True),
        (images(), "doubtful: at least 35.0", False),
        (replace(images(), adequacy=Adequacy(False, "", 1.0, 1.0, 1.0)), "doubtful", False),
        (replace(images(), adequacy=None), "doubtful", False),
        (replace(sphere(), adequacy=None), "stands", True),
    ],
)
def test_verdicts_for_a_cell(one, words, sure):
    assert verdict_words(one) == words
    assert stands(one) is sure


def test_the_table_of_layers():
    text = layers().summary()
    lines = text.splitlines()
    assert lines[0].split() == ["layer", "n", "D", "d", "90", "%", "interval", "plateau", "verdict"]
    assert [line.split()[0] for line in lines[1:6]] == list(layers())
    assert "Beware     layer2: do not rely on the number alone" in text
    assert "Refused    layer3: all 2,500 points" in text


def test_a_finding_of_all_is_said_once_and_one_of_some_by_its_code():
    each = dict(classes().each)
    each["4"] = each["4"].with_findings([*each["4"].findings, DUPLICATES])
    text = Dimensions(each).summary()
    assert text.count("D001") == 1
    assert "All classes  D001 the array has 3 axes" in text
    line, _ = [line for line in text.splitlines() if "D003" in line]
    assert line.split()[0] == "4"
    assert line.endswith("stands, D003")
    assert "Codes        D003 Equal rows" in text


def test_notes_and_findings_about_the_arithmetic_stay_out_of_the_texts():
    inner = CANCELLATION.found("recomputed")
    one = sphere().with_findings([inner, FLATTENED])
    assert "D027" not in one.summary()
    assert "D001" in one.summary()
    assert [finding["code"] for finding in one.to_dict()["findings"]] == ["D001", "D027"]
    some = Dimensions({"a": one, "b": sphere()}, "layer").summary()
    every = Dimensions({"a": one, "b": one}, "layer").summary()
    assert "D001" not in some
    assert "Codes" not in some
    assert "D027" not in some + every


def test_long_names_keep_their_ends():
    assert short_name("model.decoder.layers.17.mlp.output") == "model.decod…7.mlp.output"
    assert len(short_name("x" * 99)) == 24
    assert short_name("layer0") == "layer0"
    assert short_name("") == "(no name)"
    each = {f"model.layers.{i}.{'deep.' * 12}mlp": sphere() for i in range(3)}
    assert max(map(len, Dimensions(each, "layer").summary().splitlines())) <= 80


def test_scales_reach_a_quarter_of_the_points():
    assert scales(5.0, count=400)[-1].high == 64
