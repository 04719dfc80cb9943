"""Figures and report sections of forecasts of curves: what they show in numbers."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

import lawcast as lc
from lawcast._errors import ArgumentError
from lawcast.fitting.extrapolation.collection import Extrapolations, Refused
from lawcast.fitting.extrapolation.comparison import CONTESTANTS, compare_laws
from lawcast.fitting.extrapolation.entry import compare, extrapolate
from lawcast.fitting.extrapolation.findings import KINDS as CURVE_FINDINGS
from lawcast.fitting.extrapolation.result import Extrapolation
from lawcast.fitting.extrapolation.rolling import Rolling
from lawcast.fitting.result import Fit
from lawcast.reporting.figures_comparison import comparison_picture
from lawcast.reporting.figures_curve import MOST_CURVES, curve_picture, curves_picture
from lawcast.reporting.gathered import DECLARED
from lawcast.reporting.picture import Picture
from reporting.conftest import FORMULA, HOSTILE
from reporting.pages import read_page


def simulated(seed: int = 0, n: int = 30, low: float = 1e8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.geomspace(low, 4e9, n)
    return x, (1.8 + 300 * x**-0.3) * np.exp(rng.normal(0, 0.002, n))


def forecast(seed: int = 0, **options: object) -> Extrapolation:
    return extrapolate(*simulated(seed), variable="tokens", **options)


@pytest.fixture(scope="module")
def one() -> Extrapolation:
    return forecast(name="llama", at=["2x", "8x"])


@pytest.fixture(scope="module")
def many() -> Extrapolations:
    refused = Refused("short", "only two points", ())
    return Extrapolations(tuple(forecast(k, name=f"c{k}") for k in range(6)), (refused,))


def rows_of(picture: Picture, what: str) -> list[tuple[object, ...]]:
    return [row for row in picture.table.rows if row[0] == what]


def test_the_figure_holds_points_targets_band_and_laws(one: Extrapolation) -> None:
    picture = curve_picture(one)
    assert len(rows_of(picture, "point")) == 30
    targets = rows_of(picture, "target")
    assert [row[1] for row in targets] == one.at.tolist()
    assert [row[2] for row in targets] == one.value.tolist()
    assert [row[3:5] for row in targets] == list(
        zip(one.low.tolist(), one.high.tolist(), strict=True)
    )
    laws = picture.table.columns[5:]
    assert set(laws) == {share.law for share in one.laws if share.weight >= 0.005}
    lines = rows_of(picture, "line")
    assert lines[-1][1:5] == pytest.approx(targets[-1][1:5], rel=2e-3)
    assert lines[-1][5:] == pytest.approx(targets[-1][5:], rel=2e-3)
    assert all(row[3] <= row[2] <= row[4] for row in lines if row[3] is not None)


def test_words_in_the_figure(one: Extrapolation) -> None:
    picture = curve_picture(one)
    svg = picture.svg()
    ElementTree.fromstring(svg)
    assert picture.title == f"llama: loss {one.value[-1]:.3f} expected at 8x"
    words = (picture.title, "90 % interval", "data end at 4B", "tokens D", "loss (nats/token)",
             "30 points", "average of the laws", f"{one.value[0]:.3f}")  # fmt: skip
    for word in words:
        assert f">{word}" in svg.replace("> ", ">")
    for share in one.laws:
        if share.weight >= 0.005:
            assert f"{share.law} {100 * share.weight:.0f} %" in svg
    assert "held out" not in svg
    assert f"{one.value[-1]:.3f} ([" in picture.description


def test_held_out_points(one: Extrapolation) -> None:
    later = np.array([5e9, 9e9, 4e10]), [2.2, 2.15, 2.1]
    picture = curve_picture(one, held_out=later)
    assert [row[1:3] for row in rows_of(picture, "held out")] == list(zip(*later, strict=True))
    assert ">held out<" in picture.svg()
    assert max(row[1] for row in rows_of(picture, "line")) == pytest.approx(4e10)


@pytest.mark.parametrize(
    "later", [([1e9], [2.0, 3.0]), ([1e9], [np.nan]), ([-1.0], [2.0]), ([[1e9]], [[2.0]])]
)
def test_bad_held_out_points(later: tuple[list[float], list[float]], one: Extrapolation) -> None:
    with pytest.raises(ArgumentError, match="held_out="):
        curve_picture(one, held_out=later)


def test_a_redacted_figure_has_no_points(one: Extrapolation) -> None:
    picture = curve_picture(one, points=False)
    assert not rows_of(picture, "point")
    assert "30 points" not in picture.svg()
    assert rows_of(picture, "target")


def test_targets_beyond_every_backtest() -> None:
    far = forecast(at=["2x", "1e6x"])
    picture = curve_picture(far)
    assert f"no interval beyond {far.calibration.farthest:.3g}x" in picture.svg()
    assert rows_of(picture, "target")[1][3:5] == (None, None)
    assert "(no interval) at 1e+06x" in picture.description


def test_short_noisy_rising_and_constant_curves_are_drawn() -> None:
    x = np.geomspace(1e3, 1e4, 8)
    rising = extrapolate(x, 2 + (x / 1e4) ** 2, variable="step")
    shapes = [
        extrapolate(x[:4], [3.0, 2.8, 2.7, 2.65]),
        rising,
        extrapolate(x, np.full(8, 2.5)),
        extrapolate(x, np.exp(np.random.default_rng(2).normal(0, 1, 8))),
        extrapolate(x, 0.9 - 20 / x, metric="accuracy", at=["0.5x", "2x"]),
        extrapolate(x, np.exp(2 + 300 / x), metric="perplexity"),
    ]
    for made in shapes:
        picture = curve_picture(made)
        ElementTree.fromstring(picture.svg())
        assert len(rows_of(picture, "target")) == made.at.size


def test_accuracy_rises_on_a_linear_axis() -> None:
    x = np.geomspace(100, 2e4, 20)
    made = extrapolate(x, 0.9 - 3 / x**0.5, metric="accuracy", variable="step")
    picture = curve_picture(made)
    axes = picture.figure.axes
    assert [ax.get_yscale() for ax in axes] == ["linear"] * 2
    assert [ax.get_xscale() for ax in axes] == ["log"] * 2
    values = [row[2] for row in rows_of(picture, "line")]
    assert values == sorted(values)
    assert {ax.get_yscale() for ax in curve_picture(forecast()).figure.axes} == {"log"}


def test_labels_of_laws_do_not_touch(one: Extrapolation) -> None:
    ax = curve_picture(one).figure.axes[-1]
    names = {share.law for share in one.laws}
    places = sorted(t.get_position()[1] for t in ax.texts if t.get_text().split()[0] in names)
    assert len(places) >= 5
    assert np.diff(places).min() > 0.045
    assert 0.0 < places[0] < places[-1] < 1.0


def test_small_multiples_stop_at_twelve(many: Extrapolations) -> None:
    picture = curves_picture(many.curves)
    assert sum(ax.get_visible() for ax in picture.figure.axes) == 6
    assert "6 of 6 curves" in picture.description
    assert [row[0] for row in picture.table.rows] == [f"c{k}" for k in range(6) for _ in range(3)]
    three_times = [*many.curves] * 3
    more = curves_picture(three_times)
    assert len([ax for ax in more.figure.axes if ax.get_visible()]) == MOST_CURVES
    assert "12 of 18 curves" in more.description
    assert "6 more are not drawn" in more.description
    assert len(more.table.rows) == 3 * 18


def test_the_comparison_figure_shows_every_law(many: Extrapolations) -> None:
    picture = comparison_picture(many.comparison)
    assert picture is not None
    assert sorted(row[0] for row in picture.table.rows) == sorted(CONTESTANTS)
    assert [row[1] for row in picture.table.rows] == [r.mean for r in many.comparison.records]
    svg = picture.svg()
    for record in many.comparison.records:
        assert f">{record.law}<" in svg
        assert f"best on {100 * record.wins:.0f} %" in svg
    assert picture.description == many.comparison.verdict()
    assert comparison_picture(compare_laws([("a", Rolling(()))])) is None


def test_same_forecast_same_bytes_and_settings_left_alone(one: Extrapolation) -> None:
    before = dict(matplotlib.rcParams)
    assert curve_picture(one).svg() == curve_picture(one).svg()
    assert curve_picture(one).pdf() == curve_picture(one).pdf()
    assert dict(matplotlib.rcParams) == before


def test_hostile_names_are_text(many: Extrapolations) -> None:
    made = extrapolate(*simulated(), name=HOSTILE + "\x1b[0m$x_1^$", variable=FORMULA)
    page = lc.report(made).html()
    assert HOSTILE not in page
    assert "\x1b" not in page
    ElementTree.fromstring(curve_picture(made).svg())
    ElementTree.fromstring(curves_picture([made, made]).svg())


def test_a_report_of_one_curve(one: Extrapolation) -> None:
    report = lc.report(one)
    assert report.title == "Scaling report: llama"
    (answer,) = report.answer
    assert f"forecast as {one.value[-1]:.3f} (90 % [" in answer
    assert "8 times the data" in answer
    assert [s.title for s in report.sections] == ["Findings", "Where the curve goes: llama"]
    html = report.html()
    read_page(html)
    assert "Average of" in html
    (embedded,) = report.embedded
    data = json.loads(json.dumps(embedded.data, allow_nan=False))
    assert Extrapolation.from_dict(data).value.tolist() == one.value.tolist()


def test_a_report_of_many_curves_and_a_comparison(many: Extrapolations, bare_fit: Fit) -> None:
    x, y = simulated()
    report = lc.report(many, forecast(name="single"), compare(x, y), bare_fit)
    names = [section.name for section in report.sections]
    assert len(names) == len(set(names))
    assert {"curves", "curve", "laws", "law"} <= set(names)
    html = report.html()
    read_page(html)
    ids = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
    assert "6 curves are forecast, 1 cannot be." in html
    assert "short: only two points" in html
    assert [e.name for e in report.embedded] == [
        "lawcast-fit", "lawcast-curve", "lawcast-curves", "lawcast-laws",
    ]  # fmt: skip


def test_two_curves_are_told_apart(one: Extrapolation) -> None:
    report = lc.report({"first": one, "second": forecast(1, at="1000x")})
    titles = [section.title for section in report.sections[1:]]
    assert titles == ["Where the curve goes: first", "Where the curve goes: second"]
    assert any(f.code == "X014" and f.message.startswith("second: ") for f in report.findings)


def test_findings_of_curves_are_explained_where_they_are_shown() -> None:
    assert {kind.code for kind in CURVE_FINDINGS} <= set(DECLARED)
    html = lc.report(forecast(at="1000x")).html()
    page = " ".join(read_page(html).words.split())
    meaning = DECLARED["X014"].meaning
    assert meaning in page
    assert "See Where the curve goes" in page


def test_a_redacted_report_holds_no_point() -> None:
    x, y = simulated(3)
    made = extrapolate(np.append(x, np.nan), np.append(y, 2.0), at="1000x", variable="tokens")
    assert {"X002", "X014"} <= {f.code for f in made.findings}
    report = lc.report(made, Extrapolations((made, made)), redact=True)
    assert report.embedded == ()
    for finding in report.findings:
        assert (finding.rows, finding.fix) == ((), "")
        assert DECLARED[finding.code].title in finding.message
    assert "30 points<" not in report.html()
