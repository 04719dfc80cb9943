"""The verdict: which data is refused a plain answer, and in what words."""

import math

import numpy as np
import pytest

import lawcast as lc
from lawcast.geometry.adequacy import judge
from lawcast.geometry.result import Scale
from lawcast.geometry.uncertainty import Doubts, Signs

CALM = {name: 0.0 for name in Signs.__dataclass_fields__} | {"spread": 30.0}
QUIET = Doubts(0.01, 0.01, 0.0, 0.0, 0.0)


def verdict(
    value=10.0, low=9.0, high=11.0, count=2500, doubts=QUIET, tied=False, fall=1.0, settled=False,
    span=50, **signs,
):  # fmt: skip
    scales = tuple(
        Scale(low, 2 * low, 1.0, d, d, 0.1, count) for low, d in ((1, 10.0), (2, 10.0 / fall))
    )
    return judge(
        value, low, high, twonn=8.0, extrapolated=12.0, count=count,
        signs=Signs(**(CALM | signs)), doubts=doubts, tied=tied, settled=settled, scales=scales,
        span=span,
    )  # fmt: skip


def test_a_calm_sample_carries_its_answer():
    found = verdict()
    assert found.ok
    assert found.lower is None
    assert found.points_needed is None


def test_the_facts_are_always_there():
    found = verdict()
    assert found.extrapolated_ratio == pytest.approx(1.5)
    assert found.horizon == pytest.approx(2 * math.log10(2500))
    assert 0 < found.slope < 1


def test_the_slope_says_how_much_distances_still_show():
    slopes = [verdict(value=d).slope for d in (1.0, 10.0, 50.0, 300.0)]
    assert slopes[0] == pytest.approx(1.0, abs=0.05)
    assert (np.diff(slopes) < 0).all()
    assert verdict(value=10.0, count=10**6).slope > verdict(value=10.0).slope


def test_no_upper_bound_is_said():
    found = verdict(value=math.inf, low=35.0, high=math.inf)
    assert not found.ok
    assert found.lower == 35.0
    assert found.text == "d >= 35; this sample cannot bound it above"
    assert found.slope == 0.0


def test_a_bend_says_how_low_and_how_many_points():
    found = verdict(value=20.0, low=10.0, high=22.0, bend=0.6)
    assert not found.ok
    assert "may be as low as 10" in found.text
    assert found.points_needed > 2500


def test_points_beyond_all_reach_are_not_counted():
    found = verdict(value=100.0, low=50.0, high=110.0, bend=5.0, span=200)
    assert found.points_needed is None
    assert "would tell" in found.text
    assert "about n" not in found.text


def test_unevenness_leaves_no_upper_bound():
    for sign in ({"difference": 1.0}, {"unevenness": 9.0}):
        found = verdict(**sign)
        assert not found.ok
        assert found.lower == 9.0
        assert "perhaps well above 10" in found.text


def test_discrete_data_gives_a_rough_number():
    found = verdict(tied=True)
    assert not found.ok
    assert "discrete" in found.text


def test_a_long_fall_over_the_scales_is_told():
    found = verdict(fall=5.0)
    assert not found.ok
    assert "falls from 10 between the nearest neighbours to 2.0" in found.text
    assert verdict(fall=5.0, settled=True).ok


def test_a_fall_is_told_before_a_bend():
    assert "depends on the scale" in verdict(value=20.0, bend=0.6, fall=5.0).text


def test_too_few_points_show_no_bend():
    assert "bend" not in verdict(value=20.0, low=10.0, high=22.0, bend=0.6, count=150).text


def test_unevenness_is_not_above_the_flat_of_the_data():
    found = verdict(value=10.0, difference=1.0, span=10)
    assert "at most 10" in found.text
    assert "well above" not in found.text


def test_a_column_of_row_numbers_leaves_no_answer():
    X = np.random.default_rng(0).standard_normal((500, 3))
    found = lc.intrinsic_dimension(np.c_[np.arange(500), X])
    assert not found.status.ok
    assert found.adequacy.reason == "row numbers"
    assert "D011" in found.adequacy.text


def test_few_dimensions_bear_a_bend_and_unevenness():
    for sign in ({"unevenness": 9.0}, {"bend": 0.6}):
        assert verdict(value=2.0, low=1.9, high=2.1, **sign).ok
    assert not verdict(value=2.0, low=1.9, high=2.1, difference=1.0).ok


def test_an_interval_that_doubles_is_too_wide():
    found = verdict(low=6.0, high=15.0)
    assert not found.ok
    assert found.text.startswith("d between 6.0 and 15")
    assert found.points_needed > 2500
    assert "about n = " in found.text


def test_the_number_of_points_is_said_in_one_digit():
    text = verdict(low=6.0, high=15.0, count=2371).text
    digits = text.partition("about n = ")[2].split()[0].replace(",", "")
    assert len(digits.rstrip("0")) == 1 or "e" in digits


@pytest.mark.parametrize("n", [25, 200])
def test_too_few_points_for_five_hundred_dimensions(n):
    X = np.random.default_rng(n).standard_normal((n, 500))
    found = lc.intrinsic_dimension(X)
    assert not found.status.ok
    assert not found.adequacy.ok
    assert "D020" in [finding.code for finding in found.findings]


def test_enough_points_for_four():
    found = lc.intrinsic_dimension(np.random.default_rng(0).random((2000, 4)))
    assert found.status.ok
    assert found.adequacy.ok
    assert found.findings == ()


def test_a_bound_never_exceeds_the_number_of_coordinates():
    noise = np.random.default_rng(0).standard_normal((100, 100))
    found = lc.intrinsic_dimension(np.eye(100) + 1e-9 * noise)
    assert found.value <= 100
    assert found.adequacy.lower is None or found.adequacy.lower <= 100
