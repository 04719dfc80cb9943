"""Figures: what they show in numbers, that they are the same bytes each time, and their files."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

import lawcast as lc
from lawcast._tables import Table
from lawcast.fitting.result import Fit
from lawcast.reporting import look
from lawcast.reporting.figures import pictures_of, save_figures
from lawcast.reporting.figures_data import design_picture
from lawcast.reporting.figures_fit import correlations, residual_picture
from lawcast.reporting.figures_profile import profile_picture
from lawcast.reporting.path import path_of, slope_over_last_decade
from lawcast.reporting.picture import Picture, guarded
from lawcast.runs.table import Runs

ALL = ["design", "law", "residuals", "parameters", "backtest", "profiles"]


def test_a_whole_fit_has_every_figure(fit: Fit) -> None:
    assert list(pictures_of(fit)) == ALL


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("bare", ["design", "law", "residuals"]),
        ("curve", ["law", "residuals", "parameters", "backtest", "profiles"]),
        ("user", ["law", "residuals", "parameters", "backtest"]),
        ("plane", ["law", "residuals", "parameters", "backtest"]),
        ("refused", ["design", "law", "residuals"]),
    ],
)
def test_a_fit_has_the_figures_it_can_bear(
    every_fit: dict[str, Fit], kind: str, names: list[str]
) -> None:
    pictures = pictures_of(every_fit[kind])
    assert list(pictures) == names
    for picture in pictures.values():
        assert re.search(r"\d", picture.description)
        assert picture.table.rows
        ElementTree.fromstring(picture.svg())


def test_the_law_figure_shows_what_predict_says(fit: Fit) -> None:
    far = fit.predict(compute="10x")
    table = pictures_of(fit, [far])["law"].table.to_dataframe()
    marked = table[table["what"] == "prediction"].iloc[0]
    assert far.interval is not None
    assert far.new_run is not None
    assert marked["loss"] == far.value
    assert (marked["mean low"], marked["run high"]) == (far.interval.low, far.new_run.high)
    line = table[table["what"] == "law"]
    at = line.iloc[7]
    here = fit.predict(compute=float(at["compute"]))
    assert here.interval is not None
    assert at["loss"] == pytest.approx(here.value, rel=1e-12)
    assert at["mean high"] == pytest.approx(here.interval.high, rel=1e-12)
    assert line["compute"].max() >= 2 * marked["compute"] * (1 - 1e-9)
    runs = table[table["what"] == "run"]
    assert np.array_equal(runs["loss"], fit.runs["loss"])


def test_the_slope_of_the_optimal_law_is_its_exponent(fit: Fit) -> None:
    path = path_of(fit)
    assert path is not None
    found = slope_over_last_decade(fit, path)
    assert found is not None
    alpha, beta = (fit.parameters[name].value for name in ("alpha", "beta"))
    assert found[0].value == pytest.approx(-alpha * beta / (alpha + beta), rel=1e-6)
    interval = found[0].interval
    assert interval is not None
    assert interval.low < found[0].value < interval.high


def test_the_slope_of_a_power_with_floor_is_its_exponent(curve_fit: Fit) -> None:
    path = path_of(curve_fit)
    assert path is not None
    found = slope_over_last_decade(curve_fit, path)
    assert found is not None
    exponent = curve_fit.law.exponents[0]
    assert found[0].value == pytest.approx(-curve_fit.parameters[exponent].value, rel=1e-9)


def test_a_law_without_best_split_is_drawn_at_the_usual_ratio(runs: Runs) -> None:
    table = runs.take(runs["tokens"] > 2 * runs["params"])
    size, data = table["params"], table["tokens"]
    fit = lc.fit(
        {"params": size, "tokens": data, "loss": 2 + 30 * data**-0.3},
        law=lc.law(
            lambda n, d, e, b, c: e + b * d**-c + 0 * n,
            variables=["params", "tokens"], parameters=["e", "b", "c"],
            start={"e": 1.0, "b": 10.0, "c": 0.5}, positive=True,
        ),
        bootstrap=0, diagnosis=False,
    )  # fmt: skip
    path = path_of(fit)
    assert path is not None
    assert path.along == "fixed-ratio"
    assert "tokens per parameter" in pictures_of(fit)["law"].description


def test_observed_against_fitted_where_there_is_no_line(plane_fit: Fit) -> None:
    assert path_of(plane_fit) is None
    table = pictures_of(plane_fit)["law"].table.to_dataframe()
    assert np.array_equal(table["fitted"], plane_fit.fitted)


def test_residuals_beyond_the_frame_are_counted(fit: Fit) -> None:
    picture = residual_picture(fit)
    assert picture is not None
    residuals = 100 * fit.residuals
    low, high = picture.figure.axes[0].get_ylim()
    far = int((np.abs(residuals) > high).sum())
    assert low == -high
    assert far > 0
    assert f"({far} beyond the frame" in picture.description
    assert len(picture.table.rows) == residuals.size


def test_redacted_figures_name_no_run(fit: Fit, plane_fit: Fit) -> None:
    pictures = pictures_of(fit, redact=True)
    assert list(pictures) == ALL[1:]
    assert "run" not in {row[0] for row in pictures["law"].table.rows}
    groups = pictures["residuals"].table.to_dataframe()
    assert groups["runs"].min() >= 5
    assert "law" not in pictures_of(plane_fit, redact=True)


def test_correlations_are_of_the_draws(fit: Fit) -> None:
    matrix = correlations(fit)
    assert matrix is not None
    assert np.allclose(np.diag(matrix), 1.0)
    by_hand = np.corrcoef(np.log(fit.draws[:, 1]), fit.draws[:, 3])[0, 1]
    assert matrix[1, 3] == pytest.approx(by_hand)


def test_figures_are_the_same_bytes_each_time(curve_fit: Fit, tmp_path: Path) -> None:
    first = {p.name: p.read_bytes() for p in save_figures(curve_fit, tmp_path / "a" / "b")}
    second = {p.name: p.read_bytes() for p in save_figures(curve_fit, tmp_path / "c")}
    assert first == second
    names = ALL[1:]
    assert sorted(first) == sorted(f"{n}.{e}" for n in names for e in ("svg", "pdf", "csv"))
    assert all(first[f"{n}.pdf"].startswith(b"%PDF") for n in names)
    for name in names:
        assert b"<dc:date>" not in first[f"{name}.svg"]


def test_figures_cannot_be_saved_where_a_file_is(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    picture = design_picture(runs)
    assert picture is not None
    with pytest.raises(lc.WriteError, match="cannot make the folder"):
        picture.save(tmp_path / "taken")


def _profiles(fit: Fit) -> str:
    picture = profile_picture(fit)
    assert picture is not None
    return picture.svg()


def test_settings_of_the_user_neither_matter_nor_change(fit: Fit) -> None:
    plain = _profiles(fit)
    with matplotlib.rc_context({"lines.linewidth": 9.0, "font.size": 22.0, "svg.hashsalt": "x"}):
        before = dict(matplotlib.rcParams)
        assert _profiles(fit) == plain
        assert dict(matplotlib.rcParams) == before


def test_names_from_the_user_are_text_and_nothing_else(user_fit: Fit, tmp_path: Path) -> None:
    for picture in pictures_of(user_fit).values():
        root = ElementTree.fromstring(picture.inline_svg("p-"))
        assert not [e for e in root.iter() if e.tag in ("script", "style", "image")]
    law = pictures_of(user_fit)["law"]
    assert "<script>alert" in "".join(ElementTree.fromstring(law.svg()).itertext())
    law.save(tmp_path)
    with (tmp_path / "law.csv").open(newline="") as stream:
        header = next(csv.reader(stream))
    assert header[2].startswith("'=HYPERLINK")


def test_a_table_for_a_spreadsheet_runs_nothing() -> None:
    table = guarded(Table(("=a", "b"), (("+1", -2.0), ("@x", "-y"), ("ok", None))))
    assert table.columns == ("'=a", "b")
    assert table.rows == (("'+1", -2.0), ("'@x", "'-y"), ("ok", None))


@pytest.mark.parametrize("name", ["$x^{$ and \\frac", "多言語", "a\x00b\nc", "x" * 500, ""])
def test_any_name_can_label_an_axis(name: str) -> None:
    from matplotlib.figure import Figure

    with look.look():
        figure = look.new_figure(3, 2)
        assert isinstance(figure, Figure)
        look.set_axis(figure.subplots(), "x", name, 1.0, 1e6, log=True)
    svg = Picture("n", name, "1", figure, Table(("a",), ((1,),))).svg()
    ElementTree.fromstring(svg)
    assert len(look.tidy(name)) <= 40


@pytest.mark.parametrize(
    ("low", "high"), [(1e18, 1e24), (2.0, 5.0), (1.9, 2.1), (1e3, 5e4), (1e-12, 1e12), (7.0, 7.01)]
)
def test_log_ticks_are_few_and_inside(low: float, high: float) -> None:
    ticks = look.log_ticks(low, high)
    assert 2 <= len(ticks) <= 9
    assert all(low <= t <= high * (1 + 1e-9) for t in ticks)
    labels = [look.tick_text("loss", t) for t in ticks]
    assert len(set(labels)) == len(labels)


def test_tick_labels_read_as_people_write_them() -> None:
    assert look.tick_text("params", 7e9) == "7B"
    assert look.tick_text("compute", 1e21) == "10²¹"
    assert look.tick_text("compute", 3e21) == "3×10²¹"
    assert look.tick_text("x", 1e-7) == "10⁻⁷"
    assert look.tick_text("x", 0.25) == "0.25"


def test_groups_of_neighbouring_runs() -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(np.arange(10.0), 10)
    y = x + rng.normal(size=100)
    y[3] = 1e6  # one wild run
    bins = look.bins_of(x, y, most=5)
    assert sum(b.count for b in bins) == 100
    assert all(abs(b.mean - b.x) < 1.0 for b in bins)
    assert look.bins_of(x[:4], y[:4]) == []


def test_design_needs_two_sizes(runs: Runs) -> None:
    assert design_picture(runs) is not None
    one = runs.take(runs["params"] == runs["params"][0])
    assert design_picture(one) is None


def test_the_law_is_named_as_what_is_drawn(fit: Fit) -> None:
    picture = pictures_of(fit)["law"]
    legend = picture.figure.axes[0].get_legend()
    assert legend is not None
    assert "fitted law at the best split" in [t.get_text() for t in legend.get_texts()]
    assert "at the best split of compute" in picture.description


def test_structure_of_residuals_is_only_what_a_check_found(bare_fit: Fit) -> None:
    import dataclasses

    from lawcast.fitting.findings import F010

    plain = dataclasses.replace(bare_fit, findings=())
    first = residual_picture(plain)
    bent = residual_picture(
        dataclasses.replace(plain, findings=(F010.found("the residuals bend with D: it misses"),))
    )
    assert first is not None
    assert bent is not None
    assert "furthest" not in first.description
    assert bent.description == first.description[:-1] + "; the residuals bend with D."


def test_ticks_of_small_panels_stand_apart(fit: Fit) -> None:
    picture = residual_picture(fit)
    assert picture is not None
    for ax in picture.figure.axes:
        low, high = ax.get_xlim()
        places = np.log(ax.get_xticks() / low) / np.log(high / low)
        assert len(places) >= 2
        assert np.diff(places).min() >= 0.199


def test_backtest_is_in_percent_with_units(fit: Fit) -> None:
    from lawcast.reporting.figures_backtest import backtest_table

    assert fit.history is not None
    table = backtest_table(fit.history).to_dataframe()
    assert table["largest compute fitted"].str.endswith(" FLOP").all()
    cut = fit.history.cuts[0]
    assert table["rms error"][0] == f"{100 * cut.error:.2g} %"
    numbers = pictures_of(fit)["backtest"].table.to_dataframe()
    assert numbers["rms error (%)"][0] == pytest.approx(100 * cut.error)
    assert "largest compute fitted (FLOP)" in numbers


def test_files_hold_ten_significant_digits() -> None:
    table = guarded(Table(("a",), ((1 / 3,), (2.0e21 / 3,), (7,), (np.float64(0.1) + 0.2,))))
    assert table.csv().split() == ["a", "0.3333333333", "6.666666667e+20", "7", "0.3"]


def test_axis_labels_say_things_once() -> None:
    assert look.label_of("params") == "parameters N"
    assert look.label_of("compute") == "compute C (FLOP)"
    assert look.label_of("loss") == "loss (nats/token)"
