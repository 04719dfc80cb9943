"""The report of a dimension: answer, sections, size, redaction, and that it opens again."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import lawcast as lc
from geometry.dimensions_made import DUPLICATES, classes, images, layers, sphere
from lawcast._values import unpack_array
from lawcast.geometry.collection import Dimensions
from lawcast.geometry.estimators import ESTIMATORS
from lawcast.geometry.findings import KINDS
from lawcast.reporting.dimension_sections import (
    MOST_LOCAL,
    command_line,
    dimension_answer,
    is_file,
    set_answer,
)
from lawcast.reporting.gathered import DECLARED
from lawcast.reporting.saved import read_saved
from reporting.pages import read_page


def with_local(one, count):
    local = np.random.default_rng(0).gamma(9.0, 1.0, count)
    return replace(one, local=local, local_rows=np.arange(count))


def shown(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_dimension_has_its_sections():
    page = lc.report(sphere()).html()
    for title in ("The intrinsic dimension: sphere.npy", "How the dimension was measured: sphere",
                  "How to measure it again: sphere.npy"):  # fmt: skip
        assert f">{title}" in page
    assert "<h1>Dimension report: sphere.npy</h1>" in page
    assert page.count('role="img"') == 2  # the scales and the histogram
    assert "The checks found nothing to report." in page
    read_page(page)


def test_the_answer_is_a_sentence():
    assert dimension_answer(sphere()) == (
        "The intrinsic dimension of sphere.npy is 9.81, 90 % interval 9.39 to 10.23 "
        "(2,500 points of 11 numbers)."
    )
    weak = dimension_answer(images())
    assert "is at least 35.0; the estimate is 54.2, 90 % interval 44.0 to 71.3" in weak
    assert weak.endswith(
        "It is not to be relied on alone: d >= 35; this sample cannot bound it above; about "
        "n = 4e5 would."
    )
    assert lc.report(images()).answer == (weak,)


def test_methods_name_the_sources():
    every = {e.name: sphere().estimates["twonn"] for e in ESTIMATORS}
    words = shown(lc.report(replace(sphere(), estimates=every)).html())
    for source in ("Facco", "Denti, Doimo, Laio", "Levina &amp; Bickel 2004",
                   "MacKay &amp; Ghahramani 2005", "Johnsson", "Grassberger &amp; Procaccia 1983",
                   "Eckmann &amp; Ruelle 1992"):  # fmt: skip
        assert source in words
    few = shown(lc.report(sphere()).html())
    assert "Grassberger" not in few  # not measured, not quoted


def test_findings_point_to_the_section_that_shows_more():
    page = lc.report(images()).html()
    assert set(k.code for k in KINDS) <= set(DECLARED)
    assert '<a href="#dimension">See The intrinsic dimension: images.npy</a>' in page
    assert DECLARED["D003"].meaning in page
    assert "3 of 2,503 rows equal an earlier one" in page


def test_what_to_type_to_measure_it_again():
    one = replace(
        images(), method="twonn-ml",
        sample=replace(images().sample, metric="periodic", box=(1.0, 2.0), precision="float64"),
    )  # fmt: skip
    words = lc.report(one).html().replace("&#34;", '"').replace("&#39;", "'")
    call = (
        "dim = lc.intrinsic_dimension(\"images.npy\", method='twonn-ml', metric='periodic', "
        "box=[1.0, 2.0], queries=5000, level=0.9, draws=64, precision='float64', rng=0)"
    )
    assert call in words
    line = (
        "lawcast dimension images.npy --method twonn-ml --metric periodic --box 1,2 --queries 5000 "
        "--level 0.9 --draws 64 --precision float64 --seed 0 --out dimension.json"
    )
    assert line in words


def test_points_in_memory_have_no_command_line():
    memory = replace(sphere(), sample=replace(sphere().sample, name="the array"))
    page = shown(lc.report(memory).html())
    assert "# X: the 2,500 points that were in memory" in page
    assert "Terminal" not in page
    passed = replace(sphere(), sample=replace(sphere().sample, seed=None))
    page = shown(lc.report(passed).html())
    assert "the generator that was passed" in page
    assert "Terminal" not in page


@pytest.mark.parametrize(
    ("name", "file"),
    [("x.npy", True), ("a b.CSV", True), ("acts.npz[layer3]", True), ("the array", False),
     ("", False), ("npy", False)],
)  # fmt: skip
def test_which_names_are_files(name, file):
    assert is_file(name) is file


def test_file_names_are_quoted_for_the_shell():
    assert command_line("my data.npy", {}).startswith("lawcast dimension 'my data.npy'")


@pytest.mark.parametrize("one", [sphere(), images(), layers(), classes()])
def test_the_report_opens_again(one, tmp_path):
    place = lc.report(one).save(tmp_path / "r.html")
    (again,) = read_saved(place)
    assert again.to_dict() == one.to_dict()
    assert lc.report(again).html() == place.read_text(encoding="utf-8")


def test_several_open_again_in_order(tmp_path):
    place = lc.report(sphere(), layers(), images(), classes()).save(tmp_path / "r.html")
    assert [repr(one) for one in read_saved(place)] == [
        repr(one) for one in (sphere(), images(), layers(), classes())
    ]
    page = place.read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_report_is_small_whatever_was_measured():
    full = with_local(images(), MOST_LOCAL)
    assert len(lc.report(full).html()) < 1_000_000
    more = with_local(images(), MOST_LOCAL + 1)
    report = lc.report(more)
    page = report.html()
    assert len(page) < 150_000
    assert "The dimensions of 50,001 single points are left out of it" in page
    assert unpack_array(report.embedded[0].data["local"]).size == 0
    many = Dimensions({f"layer{i}": with_local(sphere(), 5000) for i in range(48)}, "layer")
    assert len(lc.report(many).html()) < 1_000_000


def test_layers_and_classes_have_a_figure_a_table_and_their_scales():
    page = lc.report(layers()).html()
    assert page.count('role="img"') == 1
    assert page.count("<summary>The scales of layer ") == 5
    assert "all 2,500 points of layer3 are equal" in page
    assert "Over 5 layers the intrinsic dimension goes from 13.1 (layer0) to 9.70 (layer5), with " \
           "its largest value at 54.2 (layer2)." in shown(page)  # fmt: skip
    assert "lies between 8.00 (0) and 13.4 (7)." in set_answer(classes())
    assert "labels=labels" in lc.report(classes()).html()


def test_a_finding_of_every_class_is_told_once():
    report = lc.report(classes())
    assert [finding.code for finding in report.findings] == ["D001"]
    some = dict(classes().each)
    some["4"] = some["4"].with_findings([*some["4"].findings, DUPLICATES])
    report = lc.report(Dimensions(some))
    assert report.findings[0].message.startswith("4: 3 of 2,503 rows")


def test_sets_without_any_result_are_shown():
    none = Dimensions({}, "layer", {"a": "no points", "b": "no points"})
    page = lc.report(none).html()
    assert "None of 0 layers has a finite intrinsic dimension." in page
    assert "no points" in page


def test_a_redacted_report_holds_no_single_point():
    report = lc.report(images(), layers(), redact=True)
    page = report.html()
    assert report.embedded == ()
    assert "application/json" not in page
    assert "The dimension around single points" not in page
    assert "1999" not in page.replace("Wolf 1999", "")  # a row of the finding
    assert "54.2" in page


def test_a_dimension_beside_runs_and_a_fit(whole_fit_and_runs):
    runs, fit = whole_fit_and_runs
    page = lc.report(runs, fit, sphere()).html()
    places = [page.index(f'id="{name}"') for name in ("law", "dimension", "methods",
                                                      "dimension-methods", "reproduce",
                                                      "dimension-reproduce")]  # fmt: skip
    assert places == sorted(places)
    assert "<h1>Scaling report" in page
    assert "The intrinsic dimension of sphere.npy is 9.81" in page


@pytest.fixture
def whole_fit_and_runs():
    rng = np.random.default_rng(0)
    n = np.geomspace(1e7, 1e9, 12)
    runs = lc.read_runs(
        {"params": n, "loss": 1.7 + 400 * n**-0.33 * np.exp(rng.normal(0, 0.01, 12))}
    )
    return runs, lc.fit(runs, law="power-floor", variable="params", bootstrap=0, diagnosis=False)


def test_hostile_names_are_escaped():
    name = "</script><script>alert(1)</script>"
    one = replace(sphere(), sample=replace(sphere().sample, name=name))
    many = Dimensions({name: one}, "layer", {"<img src=x>": "<b>"})
    page = lc.report(one, many).html()
    assert "<script>alert" not in page
    assert "<img" not in page
    for text in re.findall(r'type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL):
        json.loads(text)
