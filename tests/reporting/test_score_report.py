"""Figures and report sections of scores, links and laws compared on a table."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import lawcast as lc
from lawcast._errors import ReadError, SavedFileError
from lawcast.fitting.contest import Contest, Contestant
from lawcast.fitting.extrapolation.joint import ScoreExtrapolation
from lawcast.fitting.extrapolation.link_result import Link
from lawcast.reporting.figures_score import link_picture, score_picture
from lawcast.reporting.picture import Picture
from lawcast.reporting.saved import read_saved
from lawcast.runs.table import Runs
from reporting.conftest import HOSTILE
from reporting.pages import read_page


def simulated(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.geomspace(1e8, 4e9, 20)
    loss = (1.8 + 300 * x**-0.3) * np.exp(rng.normal(0, 0.002, 20))
    score = 0.25 + 0.6 / (1 + np.exp(4 * (loss - 2.6))) + rng.normal(0, 0.005, 20)
    return x, loss, score


def forecast(name: str = "", at: object = ("2x", "8x"), **options: object) -> ScoreExtrapolation:
    x, loss, score = simulated()
    return lc.extrapolate_score(
        x, loss, score, at=at, chance=0.25, variable="tokens", name=name, bootstrap=60, **options
    )


@pytest.fixture(scope="module")
def made() -> ScoreExtrapolation:
    return forecast("llama")


@pytest.fixture(scope="module")
def contest(runs: Runs) -> Contest:
    return lc.compare(runs, ["chinchilla", "kaplan"])


def rows_of(picture: Picture, what: str) -> list[tuple[object, ...]]:
    return [row for row in picture.table.rows if row[0] == what]


def test_the_figure_holds_both_curves_and_the_forecasts(made: ScoreExtrapolation) -> None:
    picture = score_picture(made)
    assert len(rows_of(picture, "point")) == len(rows_of(picture, "pair")) == 20
    one = made.loss
    columns = (one.at, one.value, one.low, one.high, made.value, made.low, made.high)
    targets = [row[1:] for row in rows_of(picture, "target")]
    assert targets == list(zip(*(c.tolist() for c in columns), strict=True))
    link = rows_of(picture, "link")
    losses = np.array([row[2] for row in link], dtype=float)
    assert losses.min() < np.nanmin(one.low)
    assert losses.max() > made.link.x.max()
    assert [row[5] for row in link] == made.link.curve(losses).tolist()
    assert all(row[6] <= row[5] <= row[7] for row in link)


def test_words_in_the_figure(made: ScoreExtrapolation) -> None:
    picture = score_picture(made)
    svg = picture.svg()
    ElementTree.fromstring(svg)
    assert picture.title == f"llama: score {made.value[-1]:.3f} expected at 8x"
    assert made.link.ceiling is not None
    words = ("chance 0.25", f"ceiling {made.link.ceiling.value:.3g}, estimated", "tokens D",
             "loss (falls to the right)", "90 % of new scores, were the loss known",
             f"8x: {made.value[-1]:.3f} [")  # fmt: skip
    for word in words:
        assert f">{word}" in svg
    assert f"forecast as {made.value[-1]:.3f} (90 % [" in picture.description
    assert made.link.status.text in picture.description
    assert ">ceiling 0.9, given" in score_picture(forecast(ceiling=0.9)).svg()


def test_loss_falls_to_the_right_and_forecasts_are_in_view(made: ScoreExtrapolation) -> None:
    _, right = score_picture(made).figure.axes
    left_end, right_end = right.get_xlim()
    assert left_end > made.link.x.max() > np.nanmin(made.loss.low) > right_end
    low, high = right.get_ylim()
    assert low < min(0.25, np.nanmin(made.low))
    assert max(np.nanmax(made.high), made.link.score.max()) < high


def test_a_redacted_figure_has_no_points(made: ScoreExtrapolation) -> None:
    for picture in (score_picture(made, points=False), link_picture(made.link, points=False)):
        assert picture is not None
        assert not rows_of(picture, "point") + rows_of(picture, "pair")
        assert "20 pairs of" not in picture.svg()


def test_targets_without_interval_and_many_targets() -> None:
    far = forecast(at=["2x", "1e6x"])
    picture = score_picture(far)
    assert ">1e+06x: " in picture.svg()
    assert ", no interval" in picture.svg()
    assert rows_of(picture, "target")[1][6:] == (None, None)
    assert "(no interval)" in picture.description
    many = score_picture(forecast(at=[f"{k}x" for k in range(2, 9)]))
    assert "the farthest 5 of 7:" in many.svg()
    assert len(rows_of(many, "target")) == 7


def test_a_falling_score_and_a_link_on_compute_are_drawn() -> None:
    x, loss, score = simulated()
    falling = lc.extrapolate_score(x, loss, 1 - score, bootstrap=60)
    ElementTree.fromstring(score_picture(falling).svg())
    link = lc.fit_link(1e10 * x, score, on="compute", bootstrap=60)
    picture = link_picture(link)
    assert picture is not None
    assert picture.figure.axes[0].get_xscale() == "log"
    assert picture.table.columns[1] == "compute"
    bare = link_picture(lc.fit_link(loss, score, bootstrap=0))
    assert bare is not None
    assert all(row[3:] == (None, None) for row in rows_of(bare, "link"))
    assert "of new scores" not in bare.svg()


def test_same_forecast_same_bytes(made: ScoreExtrapolation) -> None:
    assert score_picture(made).svg() == score_picture(made).svg()


def test_a_report_of_a_score(made: ScoreExtrapolation) -> None:
    report = lc.report(made)
    assert report.title == "Scaling report: llama"
    (answer,) = report.answer
    assert f"The score of llama is forecast as {made.value[-1]:.3f} (90 % [" in answer
    assert "8 times the data, from a loss of" in answer
    assert [s.title for s in report.sections] == ["Findings", "Where the score goes: llama"]
    assert [f.code for f in report.findings] == [f.code for f in made.findings]
    html = report.html()
    words = " ".join(read_page(html).words.split())
    assert "Bend" in words
    assert "sigmoid(slope" in words
    (embedded,) = report.embedded
    again = ScoreExtrapolation.from_dict(json.loads(json.dumps(embedded.data, allow_nan=False)))
    assert again.value.tolist() == made.value.tolist()


def test_a_report_of_everything_together(
    made: ScoreExtrapolation, contest: Contest, runs: Runs
) -> None:
    report = lc.report(made, made.loss, made.link, made.link, contest, runs)
    names = [section.name for section in report.sections]
    assert names == ["findings", "data", "score", "curve", "link", "link-2", "contest", "reproduce"]
    html = report.html()
    ids = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
    read_page(html)


def test_a_report_of_a_contest(contest: Contest) -> None:
    refused = Contestant("power", None, None, "too few runs")
    report = lc.report(dataclasses.replace(contest, laws=(*contest.laws, refused)))
    best = contest.laws[0]
    assert best.error is not None
    assert f"{best.law} misses the larger of these" in report.answer[0]
    words = " ".join(read_page(report.html()).words.split())
    assert "power: too few runs" in words
    for one in contest.laws:
        assert one.law in words
    assert Contest.from_dict(report.embedded[0].data).runs == contest.runs


def test_a_report_of_a_link_that_was_refused() -> None:
    with pytest.raises(lc.FitRefused) as caught:
        lc.fit_link([3.0, 2.8, 2.6, 2.4, 2.2], [0.25] * 5, chance=0.25)
    link = caught.value.fit
    assert isinstance(link, Link)
    assert link_picture(link) is None
    report = lc.report(link)
    assert "Every score is at chance" in report.answer[0]
    read_page(report.html())
    empty = dataclasses.replace(link, x=np.zeros(0), score=np.zeros(0))
    read_page(lc.report(empty).html())


def test_a_redacted_report_holds_no_pair(made: ScoreExtrapolation) -> None:
    report = lc.report(made, made.link, redact=True)
    assert report.embedded == ()
    assert all((f.rows, f.fix) == ((), "") for f in report.findings)
    assert "pairs of loss and score<" not in report.html()


def test_hostile_names_are_text() -> None:
    page = lc.report(forecast(HOSTILE + "\x1b[0m$x_1^$")).html()
    assert HOSTILE not in page
    assert "\x1b" not in page


def test_a_report_opens_as_what_it_shows(
    made: ScoreExtrapolation, contest: Contest, tmp_path: Path
) -> None:
    place = tmp_path / "r.html"
    lc.report(made, contest, made.link).save(place)
    kinds = [type(one) for one in read_saved(place)]
    assert sorted(k.__name__ for k in kinds) == ["Contest", "Link", "ScoreExtrapolation"]
    lc.report(made, redact=True).save(place)
    with pytest.raises(SavedFileError, match="--redact"):
        read_saved(place)
    with pytest.raises(ReadError, match="there is no file"):
        read_saved(place.with_name("none.json"))
