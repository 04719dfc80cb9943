"""The link from loss to score: recovered worlds, honest intervals, refusals, saved and shown."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, FitRefused, SavedFileError, Severity
from lawcast._values import Array
from lawcast.fitting.extrapolation.findings import KINDS
from lawcast.fitting.extrapolation.link import Link, carry, fit_link


def sigmoid(
    loss: Any,
    *,
    slope: float = 4.0,
    middle: float = 2.6,
    ceiling: float = 0.85,
    chance: float = 0.25,
) -> Array:
    return np.asarray(chance + (ceiling - chance) / (1.0 + np.exp(slope * (loss - middle))))


def world(n: int = 30, last: float = 1.8, sd: float = 0.005, seed: int = 0) -> tuple[Array, Array]:
    loss = np.linspace(3.4, last, n)
    return loss, sigmoid(loss) + np.random.default_rng(seed).normal(0.0, sd, n)


def codes(link: Link) -> list[str]:
    return [finding.code for finding in link.findings]


def interval(estimate: Any) -> tuple[float, float]:
    assert estimate is not None
    assert estimate.interval is not None
    return estimate.interval.low, estimate.interval.high


# --- simulated truth ----------------------------------------------------------------------------


def test_a_whole_sigmoid_is_recovered() -> None:
    link = fit_link(*world(), chance=0.25)
    for estimate, truth in (
        (link.slope, 4.0), (link.midpoint, 2.6), (link.ceiling, 0.85), (link.scatter, 0.005)
    ):  # fmt: skip
        low, high = interval(estimate)
        assert low <= truth <= high
        assert high - low < 0.5 * truth + 0.01
    assert link.status.ok
    assert codes(link) == []


def test_without_noise_the_numbers_are_exact() -> None:
    loss = np.linspace(3.4, 1.8, 20)
    link = fit_link(loss, sigmoid(loss), chance=0.25)
    assert link.estimate() == pytest.approx((0.85, 4.0, 2.6), rel=1e-4)
    assert link.curve([2.0, 1.5]) == pytest.approx(sigmoid(np.array([2.0, 1.5])), rel=1e-4)


def test_compute_is_the_same_link_in_its_logarithm() -> None:
    loss, score = world()
    # loss falls by one for every e² in compute, so the slope halves
    compute = 1e20 * np.exp(-2.0 * (loss - 2.6))
    over_loss = fit_link(loss, score, chance=0.25)
    over_compute = fit_link(compute, score, chance=0.25, on="compute")
    ceiling, slope, midpoint = over_compute.estimate()
    assert slope == pytest.approx(over_loss.estimate()[1] / 2.0, rel=1e-6)
    assert ceiling == pytest.approx(over_loss.estimate()[0], rel=1e-6)
    assert midpoint == pytest.approx(
        1e20 * np.exp(-2.0 * (over_loss.estimate()[2] - 2.6)), rel=1e-5
    )
    there = over_compute.predict(1e21)[0]
    here = over_loss.predict(2.6 - 0.5 * np.log(10.0))[0]
    assert there.value == pytest.approx(here.value, abs=1e-6)
    assert interval(there) == pytest.approx(interval(here), abs=1e-6)
    low, high = interval(over_compute.midpoint)
    assert low < midpoint < high


def test_an_unseen_ceiling_widens_and_a_given_one_narrows() -> None:
    loss, score = world(n=14, last=2.75)
    unknown = fit_link(loss, score, chance=0.25)
    known = fit_link(loss, score, chance=0.25, ceiling=0.85)
    assert "X023" in codes(unknown)
    assert "X023" not in codes(known)
    assert known.ceiling is not None
    assert known.ceiling.interval is None
    assert interval(unknown.ceiling)[1] > 0.93
    wide, narrow = unknown.predict(2.0)[0], known.predict(2.0)[0]
    assert interval(wide)[0] < sigmoid(2.0) < interval(wide)[1]
    assert np.diff(interval(wide))[0] > 2.0 * np.diff(interval(narrow))[0]


def test_binomial_noise_is_told_from_other_scatter() -> None:
    loss = np.linspace(3.4, 1.8, 40)
    score = np.random.default_rng(3).binomial(400, sigmoid(loss)) / 400
    link = fit_link(loss, score, chance=0.25, n_items=400)
    assert link.scatter is not None
    assert link.scatter.value < 0.01  # binomial noise alone is 0.025
    low, high = interval(link.predict(2.6)[0])
    noise = np.sqrt(0.55 * 0.45 / 400)
    assert high - low > 2 * 1.645 * noise
    small = fit_link(loss, score, chance=0.25, n_items=4000)
    assert small.scatter is not None
    assert 0.01 < small.scatter.value < 0.035


def covered(worlds: int, n: int, *, rho: float = 0.0, loss_sd: float = 0.0, seed: int = 0) -> float:
    """Share of worlds whose next score, one step beyond the data, lies in the 90 % interval."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(worlds):
        truth = {
            "slope": rng.uniform(2, 7), "middle": rng.uniform(2.2, 2.8),
            "ceiling": rng.uniform(0.6, 1.0),
        }  # fmt: skip
        loss = np.linspace(3.4, 2.4, n)
        noise = rng.normal(size=n)
        for i in range(1, n):
            noise[i] = rho * noise[i - 1] + np.sqrt(1.0 - rho**2) * noise[i]
        link = fit_link(loss, np.clip(sigmoid(loss, **truth) + 0.01 * noise, 0, 1), chance=0.25)
        new = sigmoid(2.2, **truth) + 0.01 * rng.normal()
        guess = 2.2 * np.exp(loss_sd * rng.normal())
        low, high = interval(link.predict(guess, loss_log_sd=loss_sd or None)[0])
        hits += bool(low <= new <= high)
    return hits / worlds


def test_intervals_cover_on_a_few_worlds() -> None:
    assert covered(60, 12) >= 0.82


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rho", "loss_sd"),
    [(12, 0.0, 0.0), (6, 0.0, 0.0), (30, 0.6, 0.0), (12, 0.0, 0.02)],
    ids=["twelve pairs", "six pairs", "correlated checkpoints", "uncertain loss"],
)
def test_intervals_cover_as_they_say(n: int, rho: float, loss_sd: float) -> None:
    assert 0.84 <= covered(300, n, rho=rho, loss_sd=loss_sd) <= 0.96


# --- carrying a loss ----------------------------------------------------------------------------


def test_an_uncertain_loss_widens_the_score() -> None:
    link = fit_link(*world(), chance=0.25)
    sharp, blurred = link.predict(2.6)[0], link.predict(2.6, loss_log_sd=0.05)[0]
    assert np.diff(interval(blurred))[0] > 5.0 * np.diff(interval(sharp))[0]
    # where the link is straight, the spread of the score is the slope times that of the loss
    steepest = (0.85 - 0.25) * 4.0 / 4.0
    assert np.diff(interval(blurred))[0] == pytest.approx(
        2 * 1.645 * 0.05 * 2.6 * steepest, rel=0.25
    )


def test_draws_of_the_loss_are_the_same_as_its_log_sd() -> None:
    link = fit_link(*world(), chance=0.25)
    normal = np.random.default_rng(7).standard_normal((5000, 1))
    given = link.predict([2.6, 2.2], draws=np.array([2.6, 2.2]) * np.exp(0.03 * normal))
    told = link.predict([2.6, 2.2], loss_log_sd=[0.03, 0.03])
    for a, b in zip(given, told, strict=True):
        assert interval(a) == pytest.approx(interval(b), abs=0.01)


def test_carry_stays_between_zero_and_one_and_in_order() -> None:
    loss, score = world(n=8, last=2.5, sd=0.05)
    link = fit_link(loss, np.clip(score, 0, 1), chance=0.25)
    value, low, high = carry(link, np.linspace(0.5, 8.0, 20)[None])
    assert value.shape == low.shape == high.shape == (20,)
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low <= value).all()
    assert (value <= high).all()
    wider = carry(link, np.array([[2.2]]), level=0.98)
    assert wider[2] - wider[1] > (lambda c: c[2] - c[1])(carry(link, np.array([[2.2]])))


def test_without_draws_there_is_a_value_and_no_interval() -> None:
    link = fit_link(*world(), chance=0.25, bootstrap=0)
    (there,) = link.predict(2.0)
    assert there.interval is None
    assert there.value == pytest.approx(float(sigmoid(2.0)), abs=0.01)
    with pytest.raises(ArgumentError, match="bootstrap=400"):
        carry(link, np.array([[2.0]]))


def test_the_seed_decides_and_the_order_of_pairs_does_not() -> None:
    loss, score = world()
    first = fit_link(loss, score, chance=0.25, rng=5)
    shuffled = np.random.default_rng(1).permutation(loss.size)
    again = fit_link(loss[shuffled], score[shuffled], chance=0.25, rng=5)
    other = fit_link(loss, score, chance=0.25, rng=6)
    assert first.to_dict() == again.to_dict()
    assert first.predict(2.0) == again.predict(2.0)
    assert not np.array_equal(first.draws, other.draws)
    generated = [fit_link(loss, score, rng=np.random.default_rng(2)).seed for _ in range(2)]
    assert generated[0] == generated[1]


# --- data that cannot bear it -------------------------------------------------------------------


def test_a_score_at_chance_is_refused_with_what_is_known() -> None:
    loss = np.linspace(3.4, 2.4, 20)
    score = 0.25 + np.random.default_rng(0).normal(0, 0.01, 20)
    with pytest.raises(FitRefused, match="cannot tell where the score leaves chance") as caught:
        fit_link(loss, score, chance=0.25)
    known = caught.value.fit
    assert known.midpoint is None
    assert known.slope is None
    assert known.scatter.value == pytest.approx(0.01, rel=0.3)
    assert not known.status.ok
    assert [f.severity for f in caught.value.findings] == [Severity.ERROR]
    assert Link.from_dict(known.to_dict()).summary() == known.summary()
    with pytest.raises(FitRefused, match="no estimate"):
        known.predict(2.0)


@pytest.mark.parametrize("n", [4, 6, 12, 40])
def test_noise_alone_is_seldom_taken_for_a_link(n: int) -> None:
    rng = np.random.default_rng(n)
    trusted = 0
    for _ in range(40):
        try:
            link = fit_link(np.linspace(3, 2, n), 0.6 + rng.normal(0, 0.01, n), bootstrap=100)
            trusted += link.status.ok
        except FitRefused:
            continue
    assert trusted <= 8  # one side of a 5 % test on each


@pytest.mark.parametrize(
    ("score", "options", "match"),
    [
        (np.full(6, 0.25), {"chance": 0.25}, "leaves chance"),
        (np.full(6, 1.0), {}, r"at the ceiling \(1\)"),
        (0.8 + np.array([1, -1, 1, -1, 1, -1]) * 1e-3, {"ceiling": 0.8}, "harder test"),
        (np.full(6, 0.6), {}, "every score is 0.600"),
        (np.array([0.3, 0.4, 0.5, np.nan, np.nan, np.nan]), {}, "at least 4 pairs"),
    ],
)
def test_refusals(score: Array, options: dict[str, Any], match: str) -> None:
    with pytest.raises(FitRefused, match=match) as caught:
        fit_link(np.linspace(3, 2, 6), score, **options)
    assert isinstance(caught.value.fit, Link)
    assert "\n" in caught.value.fit.summary()


def test_a_loss_that_does_not_vary_is_refused() -> None:
    with pytest.raises(FitRefused, match="same loss"):
        fit_link(np.full(6, 2.5), np.linspace(0.3, 0.5, 6))


def test_the_wrong_direction_is_found_and_not_relied_on() -> None:
    loss, score = world()
    link = fit_link(loss, 1.0 - score)
    assert link.status.code == "wrong-direction"
    assert not link.status.ok
    assert "X022" in codes(link)
    assert "1 - score" in next(f.fix for f in link.findings if f.code == "X022")
    assert interval(link.slope)[1] < 0


def test_a_flat_score_is_not_relied_on() -> None:
    loss = np.linspace(3.4, 2.4, 30)
    link = fit_link(loss, 0.6 + np.random.default_rng(1).normal(0, 0.02, 30), chance=0.25)
    assert link.status.code == "flat"
    low, high = interval(link.slope)
    assert low < 0 < high


def test_missing_pairs_are_set_aside_with_their_rows() -> None:
    loss, score = world()
    loss[3], score[7], loss[9] = np.nan, np.nan, np.inf
    link = fit_link(loss, score, chance=0.25)
    (finding,) = link.findings
    assert (finding.code, finding.rows) == ("X020", (4, 8, 10))
    assert link.x.size == loss.size - 3


def test_many_pairs_are_thinned_and_said_so() -> None:
    link = fit_link(*world(n=5000), chance=0.25, bootstrap=50)
    assert link.x.size == 2000
    assert codes(link) == ["X020"]


def test_a_wrong_chance_level_is_found_from_both_sides() -> None:
    loss, score = world()
    too_low, too_high = fit_link(loss, score, chance=0.0), fit_link(loss, score, chance=0.4)
    for link, word in ((too_low, "level off near 0.2"), (too_high, "below chance")):
        assert word in next(f.message for f in link.findings if f.code == "X024")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"score": 100 * np.linspace(0.3, 0.8, 6)}, "divide by 100"),
        ({"score": np.linspace(-0.5, 0.5, 6)}, "give shares"),
        ({"score": np.linspace(0.3, 0.8, 5)}, "one score for each loss"),
        ({"score": ["a"] * 6}, "not a list of numbers"),
        ({"loss": np.ones((6, 2))}, "one list of numbers"),
        ({"loss": np.linspace(-1, 1, 6), "on": "compute"}, "compute must be positive"),
        ({"on": "tokens"}, "on= is"),
        ({"chance": 25}, "divide by 100"),
        ({"chance": 0.9, "ceiling": 0.8}, "no room below"),
        ({"ceiling": 1.2}, "between 0 and 1"),
        ({"n_items": 0}, "number of questions"),
        ({"n_items": [10, 20]}, "number of questions"),
        ({"bootstrap": -1}, "count of draws"),
        ({"level": 90}, "between 0 and 1"),
        ({"rng": -1}, "seed"),
    ],
)
def test_bad_arguments_say_what_to_do(change: dict[str, Any], match: str) -> None:
    given = {"loss": np.linspace(3, 2, 6), "score": np.linspace(0.3, 0.8, 6), **change}
    with pytest.raises(ArgumentError, match=match):
        fit_link(given.pop("loss"), given.pop("score"), **given)


@pytest.mark.parametrize(
    ("loss", "options", "match"),
    [
        ([[2.0]], {}, "one loss or a list"),
        ([np.nan], {}, "missing or infinite"),
        ([2.0], {"level": 1.0}, "level lies"),
        ([2.0], {"loss_log_sd": 0.1, "draws": [[2.0]]}, "not both"),
        ([2.0], {"draws": [[2.0, 2.1]]}, "one column a loss"),
        ([2.0], {"loss_log_sd": -0.1}, "0 or more"),
    ],
)
def test_bad_predictions_say_what_to_do(loss: Any, options: dict[str, Any], match: str) -> None:
    link = fit_link(*world(n=8), chance=0.25, bootstrap=50)
    with pytest.raises(ArgumentError, match=match):
        link.predict(loss, **options)


# --- saved and shown ----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"n_items": 500, "ceiling": 0.9}, {"on": "compute"}])
def test_a_saved_link_comes_back_whole(options: dict[str, Any]) -> None:
    loss, score = world()
    x = np.exp(-loss) if options.get("on") == "compute" else loss
    link = fit_link(x, score, chance=0.25, **options)
    again = Link.from_dict(json.loads(json.dumps(link.to_dict())))
    assert again.to_dict() == link.to_dict()
    assert again.predict(x[-1]) == link.predict(x[-1])
    assert link.to_dict()["schema"] == "lawcast/link/1"


def test_another_document_is_not_a_link() -> None:
    with pytest.raises(SavedFileError, match="not a link"):
        Link.from_dict({"schema": "lawcast/fit/1"})


def test_every_view_shows_the_same_rows() -> None:
    link = fit_link(*world(n=12, last=2.5), chance=0.25, n_items=1000)
    text = link.summary()
    assert max(len(line) for line in text.splitlines()) <= 80
    for word in ("ceiling", "slope", "midpoint", "scatter", "Status", "X023"):
        assert word in text
        assert word in link._repr_html_()
    frame = link.to_dataframe()
    assert list(frame["parameter"]) == ["chance", "ceiling", "slope", "midpoint", "scatter"]
    assert frame.loc[3, "value"] == link.estimate()[2]


def test_the_findings_are_declared_in_order() -> None:
    assert [kind.code for kind in KINDS] == sorted({kind.code for kind in KINDS})


def test_masked_pairs_are_set_aside() -> None:
    loss = np.linspace(3.0, 2.0, 20)
    score = 0.25 + 0.5 / (1.0 + np.exp(6.0 * (loss - 2.5)))
    masked = np.ma.masked_greater(loss, 2.8)
    assert fit_link(masked, score, bootstrap=20).x.size == int((loss <= 2.8).sum())


def test_a_refused_link_still_prints() -> None:
    with pytest.raises(FitRefused) as caught:
        fit_link([], [])
    assert "none that can be used" in caught.value.fit.summary()
