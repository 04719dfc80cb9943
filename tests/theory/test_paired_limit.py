"""Loss less its limit: exact, measured and fitted limits, and no limit at all."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

import lawcast as lc
from lawcast._errors import ArgumentError, FitRefused, SavedFileError, TableError
from lawcast.theory.paired_limit import paired_limit
from lawcast.theory.paired_result import PairedLimit

FIGURES = logging.getLogger("figures")
"""What slow tests measured; -n 0 --log-cli-level=INFO shows it."""

D = 2.0 ** np.arange(9, 16)


def codes(result: PairedLimit) -> set[str]:
    return {finding.code for finding in result.findings}


def noisy(seed: int, factor: float = 40.0, limit: float = 0.3, noise: float = 0.02) -> np.ndarray:
    """A variance-limited loss: limit + factor/D, with noise of the difference."""
    rng = np.random.default_rng(seed)
    return limit + factor / D * (1 + noise * rng.normal(size=D.size))


@pytest.mark.parametrize("factor", [40.0, -40.0])
def test_the_exponent_is_one_from_above_and_from_below(factor: float) -> None:
    result = paired_limit(D, noisy(1, factor), limit=0.3, variable="tokens")
    assert result.status.code == "power-law"
    assert result.status.ok
    assert result.exponent.value == pytest.approx(1.0, abs=0.03)
    assert 1.0 in result.exponent.interval
    assert result.noise_of == "difference"
    assert np.sign(result.curves[0].factor) == np.sign(factor)
    assert result.line(D) == pytest.approx(40.0 / D, rel=0.05)
    assert result.difference == pytest.approx(noisy(1, factor) - 0.3)


def test_an_exact_law_without_noise() -> None:
    for limit in (0.3, None):
        result = paired_limit(D, 0.3 + 40.0 / D, limit=limit)
        assert result.exponent.value == pytest.approx(1.0, abs=1e-3)
        assert result.curves[0].limit.value == pytest.approx(0.3, abs=1e-4)


def test_losses_that_are_not_positive_and_losses_without_a_slope() -> None:
    x = np.geomspace(1, 1e3, 10)
    for loss, limit in ((-1 + x**-0.3, -1.0), (-1 + x**-0.3, None), (5 - x**-0.3, None)):
        result = paired_limit(x, loss, limit=limit)
        assert result.exponent.value == pytest.approx(0.3, abs=1e-3)
        assert result.exponent.value in result.exponent.interval
        assert result.status.ok
    rises = paired_limit(x, x**0.2, limit=0.0)
    assert rises.exponent.value == pytest.approx(-0.2)
    assert "grows as x^0.200" in rises.status.text
    assert paired_limit(x, np.ones(10)).status.code == "unbounded"
    with pytest.raises(ArgumentError, match="another unit"):
        paired_limit(x, 1e-200 * x**-0.3, limit=0.0)


@pytest.mark.parametrize("noise", [0.0, 0.002, 0.02])
def test_without_subtraction_it_fails_plainly(noise: float) -> None:
    result = paired_limit(D, noisy(2, 20.0, noise=noise), limit=0.0)
    assert abs(result.exponent.value) < 0.05
    assert not result.status.ok
    assert result.status.code == "bent"
    assert "not a power law to 0" in result.status.text
    assert "no exponent" in result.status.text
    assert codes(result) == {"T021"}
    # the same runs say what would help
    assert result.others["free"].value == pytest.approx(1.0, abs=0.15)


def test_a_flat_loss_that_shows_no_bend_is_no_exponent_either() -> None:
    rng = np.random.default_rng(3)
    loss = (0.3 + 4.0 / D) * (1 + 0.02 * rng.normal(size=D.size))
    result = paired_limit(D, loss, limit=0.0)
    assert result.status.code == "flat"
    assert not result.status.ok
    assert "T025" in codes(result)


def test_the_limit_of_another_model_is_told() -> None:
    result = paired_limit(D, noisy(4), limit=0.298)
    assert result.status.code == "bent"
    assert "this limit" in result.status.text
    assert result.limit_p < 0.05


def test_several_curves_have_limits_of_their_own() -> None:
    x, p = np.tile(D, 2), np.repeat([32, 64], D.size)
    loss = np.concatenate([noisy(5, 20.0, 0.3), noisy(6, -9.0, 0.2)])
    by_name = paired_limit(x, loss, limit={32.0: 0.3, "64": 0.2}, same=p)
    by_row = paired_limit(x, loss, limit=np.where(p == 32, 0.3, 0.2), same=p)
    fitted = paired_limit(x, loss, same=p)
    for result in (by_name, by_row, fitted):
        assert result.exponent.value == pytest.approx(1.0, abs=0.06)
        assert [one.label for one in result.curves] == ["32", "64"]
        assert [np.sign(one.factor) for one in result.curves] == [1, -1]
    assert by_name.exponent == by_row.exponent
    assert [one.limit.value for one in fitted.curves] == pytest.approx([0.3, 0.2], abs=1e-3)
    one_limit = paired_limit(x, loss, limit=0.3, same=p)
    assert not one_limit.status.ok


def test_repeats_at_the_limit_carry_their_error() -> None:
    rng = np.random.default_rng(7)
    loss = noisy(7)
    exact = paired_limit(D, loss, limit=0.3)
    close = paired_limit(D, loss, repeats=0.3 + 1e-5 * rng.normal(size=20))
    far = paired_limit(D, loss, repeats=0.3 + 1e-3 * rng.normal(size=5))
    assert close.exponent.value == pytest.approx(exact.exponent.value, abs=0.01)
    assert "T020" not in codes(close)
    assert "T020" in codes(far)
    assert far.exponent.interval.width > 1.3 * exact.exponent.interval.width
    some = paired_limit(D, loss, repeats=0.3 + 3e-4 * rng.normal(size=5))
    assert some.bent[0] < some.bent[1]
    assert some.bent[1] - some.bent[0] > 0.005
    told = next(f.message for f in some.findings if f.code == "T020")
    assert f"{some.bent[1]:#.3g}" in told
    assert far.curves[0].limit.interval is not None


def test_a_fitted_limit_shows_its_price() -> None:
    rng = np.random.default_rng(8)
    x = np.geomspace(1, 1e3, 12)
    loss = (1.0 + x**-0.4) * (1 + 0.01 * rng.normal(size=12))
    known, fitted = paired_limit(x, loss, limit=1.0), paired_limit(x, loss)
    assert fitted.exponent.interval.width > 2 * known.exponent.interval.width
    assert codes(fitted) >= {"T024"}
    assert fitted.price is not None
    assert (
        fitted.price["free"].estimate.interval.width > fitted.price["known"].estimate.interval.width
    )
    assert known.others["free"].value == pytest.approx(fitted.exponent.value, abs=0.05)
    assert known.others["none"].value < 0.25
    assert paired_limit(x, loss, draws=0).price is None
    assert known.noise_of == "loss"


def test_an_exponent_without_bounds_is_called_so() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    loss = 1.0 + 0.01 * np.random.default_rng(9).normal(size=5)
    result = paired_limit(x, loss)
    assert "T023" in codes(result)
    assert not result.status.ok
    assert "–" in result.table.text()


def test_differences_of_both_signs_are_named() -> None:
    rng = np.random.default_rng(10)
    loss = 0.3 + 4.0 / D + 2e-3 * rng.normal(size=D.size)
    loss[-1] = 0.298
    result = paired_limit(D, loss, limit=0.3)
    finding = next(f for f in result.findings if f.code == "T022")
    assert D.size - 1 in finding.rows
    assert result.bend_p is None


def test_groups_are_left_out_whole() -> None:
    rng = np.random.default_rng(11)
    x, seeds = np.tile(D, 6), np.repeat(np.arange(6), D.size)
    tilt = 0.1 * rng.normal(size=6)[seeds] * np.log(x / D[0])
    loss = 0.3 + 40.0 / x * np.exp(tilt + 0.01 * rng.normal(size=x.size))
    alone = paired_limit(x, loss, limit=0.3)
    together = paired_limit(x, loss, limit=0.3, groups=seeds)
    assert together.exponent.value == alone.exponent.value
    assert together.exponent.interval.width > 1.5 * alone.exponent.interval.width
    assert "6 groups" in together.exponent.interval.method
    with pytest.raises(ArgumentError, match="three at least"):
        paired_limit(x, loss, limit=0.3, groups=seeds % 2)
    with pytest.raises(ArgumentError, match="fewer than 3 sizes"):
        paired_limit(D, noisy(1), limit=0.3, groups=[0, 0, 0, 1, 2, 2, 2][:2] + [0] * 3 + [1, 2])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 0.3, "repeats": [0.3, 0.31]}, "not both"),
        ({"repeats": [0.3]}, "two or more"),
        ({"repeats": [0.3, np.nan]}, "two or more finite"),
        ({"limit": [0.3, 0.2]}, "not one a row"),
        ({"limit": [0.3] * 6 + [0.2]}, "differs within one curve"),
        ({"limit": {"32": 0.3}}, "has nothing for ''"),
        ({"limit": "low"}, "row of numbers"),
        ({"same": ["a"] * 3}, "one label a row"),
        ({"same": "params"}, "a name works with a table"),
        ({"level": 2}, "a level lies"),
        ({"draws": 5}, "draws="),
        ({"rng": "x"}, "a seed of 0"),
    ],
)
def test_arguments_out_of_range(options: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        paired_limit(D, noisy(1), **options)


def test_rows_that_cannot_be_used() -> None:
    with pytest.raises(TableError, match="T010"):
        paired_limit(D, noisy(1), limit=np.nan)
    with pytest.raises(TableError, match=r"T012.*equal their exact limit") as caught:
        paired_limit(D, [0.3, *noisy(1)[1:]], limit=0.3)
    assert caught.value.findings[0].rows == (0,)
    with pytest.raises(TableError, match="T011"):
        paired_limit([0.0, *D[1:]], noisy(1))
    with pytest.raises(FitRefused, match="2 different sizes; an exponent needs 3"):
        paired_limit(np.repeat(D[:2], 4), np.arange(8) + 1.0, limit=0.3)
    with pytest.raises(FitRefused, match="3 different sizes; an exponent and its limit need 4"):
        paired_limit(D[:3], noisy(1)[:3])
    with pytest.raises(
        FitRefused, match=r"3 of 3 groups have fewer than 4 .* has 3\): 1.02B, a, c"
    ):
        paired_limit(D, noisy(1), same=["a"] * 3 + ["1017958924.64"] * 2 + ["c"] * 2)


def test_a_group_with_few_sizes_is_left_out_and_told() -> None:
    labels = list("aaaaabb")
    result = paired_limit(D, noisy(1), limit={"a": 0.3, "b": 0.3}, same=labels, draws=0)
    alone = paired_limit(D[:5], noisy(1)[:5], limit=0.3, draws=0)
    assert result.exponent.value == alone.exponent.value
    assert [one.label for one in result.curves] == ["a"]
    finding = next(f for f in result.findings if f.code == "T028")
    assert finding.rows == (5, 6)
    assert "1 of 2 groups has fewer than 3 different sizes" in finding.message


def test_models_that_differ_at_one_compute_leave_no_verdict() -> None:
    rng = np.random.default_rng(0)
    compute = np.tile(np.geomspace(1e18, 1e22, 9), 5)
    params = 1e8 * (compute / 1e18) ** 0.5 * np.repeat([0.25, 0.5, 1.0, 2.0, 4.0], 9)
    loss = 1.7 + 1e4 * compute**-0.25 * np.exp(0.05 * rng.normal(size=45))
    runs = lc.read_runs({"params": params, "tokens": compute / (6 * params), "loss": loss})
    result = paired_limit(runs, variable="compute", draws=0)
    assert "T026" in {f.code for f in result.findings}
    assert result.status.code == "mixed"
    assert not result.status.ok
    assert "runs of one compute differ in params" in result.summary()
    best = runs.take(np.arange(18, 27))
    alone = paired_limit(best, variable="compute", draws=0)
    assert "T026" not in {f.code for f in alone.findings}
    assert alone.status.code == "power-law"
    opened = PairedLimit.from_dict(result.to_dict())
    assert [f.code for f in opened.findings] == [f.code for f in result.findings]


def test_a_price_is_told_once_in_words() -> None:
    text = paired_limit(np.geomspace(1, 1e3, 12), 0.5 + np.geomspace(1, 1e3, 12) ** -0.4
                        * np.exp(0.01 * np.random.default_rng(1).normal(size=12)),
                        draws=60).summary()  # fmt: skip
    assert " ".join(text.split()).count("times as wide") == 1


def test_a_table_of_runs() -> None:
    params = np.repeat([1e6, 2e6], D.size)
    loss = np.concatenate([noisy(1), noisy(2, limit=0.2)])
    runs = lc.read_runs({"params": params, "tokens": np.tile(D, 2), "loss": loss})
    result = paired_limit(
        runs, variable="tokens", same="params", limit={"1000000": 0.3, "2000000": 0.2}
    )
    assert result.exponent.value == pytest.approx(1.0, abs=0.03)
    assert result.to_dataframe().index.tolist() == runs.row_ids.tolist()


def test_views_and_saving() -> None:
    for options in ({"limit": 0.3}, {"repeats": [0.3, 0.301, 0.299]}, {}, {"limit": 0.0}):
        result = paired_limit(D, noisy(12), **options)
        text = result.summary()
        assert all(len(line) <= 80 for line in text.splitlines())
        data = json.dumps(result.to_dict(), allow_nan=False)
        opened = PairedLimit.from_dict(json.loads(data))
        assert json.dumps(opened.to_dict()) == data
        assert opened.summary() == text
        assert "<table>" in result._repr_html_()
        assert json.dumps(paired_limit(D, noisy(12), **options).to_dict()) == data
    content = json.loads(data)
    for damaged in ({**content, "curves": []}, {**content, "way": "sun"}, {"schema": 3}):
        with pytest.raises(SavedFileError):
            PairedLimit.from_dict(damaged)


def test_a_huge_range_works_or_is_refused() -> None:
    for decades in (40, 79):
        x = np.geomspace(1.0, 10.0**decades, 12)
        loss = (0.3 + x**-0.05) * (1.0 + 0.01 * np.random.default_rng(0).normal(size=12))
        made = paired_limit(x, loss, limit=0.3, draws=60)
        assert made.exponent.value == pytest.approx(0.05, abs=0.002)
        assert np.isfinite(made.line(x)).all()
    with pytest.raises(ArgumentError, match="90 decades"):
        paired_limit(np.geomspace(1.0, 1e90, 12), loss, draws=0)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["exact", "repeated", "fitted"])
@pytest.mark.parametrize("noise_of", ["loss", "difference"])
def test_coverage(way: str, noise_of: str) -> None:
    x = np.geomspace(1, 300, 12)
    inside = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = 1.0 + x**-0.4
        spread = truth if noise_of == "loss" else x**-0.4
        loss = truth + 0.01 * spread * rng.normal(size=12)
        repeats = 1.0 + 0.02 * rng.normal(size=6)
        options = {"exact": {"limit": 1.0}, "repeated": {"repeats": repeats}, "fitted": {}}[way]
        result = paired_limit(x, loss, draws=0, **options)
        inside.append(0.4 in result.exponent.interval)
    FIGURES.info(f"limit {way}, noise of the {noise_of}: {np.mean(inside):.3f}")
    assert 0.82 <= np.mean(inside) <= 0.97


@pytest.mark.slow
def test_a_right_limit_is_rarely_called_wrong() -> None:
    wrong = [
        paired_limit(D, noisy(seed), limit=0.3, draws=0).status.code == "bent"
        for seed in range(200)
    ]
    FIGURES.info(f"a right limit called wrong: {np.mean(wrong):.3f}")
    assert np.mean(wrong) <= 0.10


def test_no_rows_are_refused() -> None:
    with pytest.raises(ArgumentError, match="there are no rows"):
        lc.paired_limit([], [])


@pytest.mark.parametrize("draws", [20_001, 10**12])
def test_more_draws_than_memory_holds_are_refused(draws: int) -> None:
    with pytest.raises(ArgumentError, match=r"draws= is at most 20,000"):
        lc.paired_limit([1.0, 2.0, 4.0], [3.0, 2.0, 1.5], draws=draws)
