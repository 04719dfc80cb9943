"""The dimension at every scale, plateaus, and noise that shows at small scales."""

import math

import numpy as np
import pytest

from lawcast.geometry.ball import ball_log_distances
from lawcast.geometry.points import Points
from lawcast.geometry.result import Plateau, Scale
from lawcast.geometry.scales import fall, find_plateau, measure_scales, rise, settled
from lawcast.geometry.survey import take_survey


def survey(X, k=64):
    return take_survey(
        Points.from_array(X), min(k, len(X) - 1), np.random.default_rng(0), queries=None,
        metric="euclidean", box=None, precision="float32", engine="numpy", memory=2**27,
        threads=None, progress=None, angles=False, far=True,
    )  # fmt: skip


def made(values, error=0.01):
    return tuple(
        Scale(2**i, 2 ** (i + 1), 0.1 * 1.5**i, value, value, error * value, 1000)
        for i, value in enumerate(values)
    )


def ball(rng, n, d):
    X = rng.standard_normal((n, d))
    return X * rng.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)


@pytest.mark.parametrize("d", [1, 3, 8])
def test_a_ball_has_one_dimension_at_all_scales(d):
    scales = measure_scales(survey(ball(np.random.default_rng(d), 1500, d)))
    assert [scale.ranks for scale in scales] == [
        "1-2", "2-4", "4-8", "8-16", "16-32", "32-64", "64-128", "128-256",
    ]  # fmt: skip
    for scale in scales:
        assert abs(scale.value - d) < 4 * scale.error + 0.02 * d
    assert (np.diff([scale.radius for scale in scales]) > 0).all()
    assert [scale.points for scale in scales] == [1500] * 6 + [500] * 2
    plateau = find_plateau(scales)
    assert plateau is not None
    assert plateau.first == 0
    assert plateau.value == pytest.approx(d, rel=0.05)
    assert settled(scales, plateau) is None
    assert fall(scales) < 1.3


def test_the_naive_value_is_the_ratio_of_ranks():
    found = survey(ball(np.random.default_rng(0), 400, 3))
    first, second, *_ = measure_scales(found)
    gaps = np.diff(found.means.logs[[0, 1, 3]])
    assert first.naive == pytest.approx(1 / gaps[0])
    assert second.naive == pytest.approx((1 / 2 + 1 / 3) / gaps[1])
    assert first.radius == pytest.approx(math.exp((found.means.logs[0] + found.means.logs[1]) / 2))


def test_the_error_is_that_of_repeated_samples():
    rng = np.random.default_rng(7)
    samples = [measure_scales(survey(ball(rng, 400, 4), k=16)) for _ in range(60)]
    for i in range(4):
        spread = np.std([math.log(one[i].value) for one in samples], ddof=1)
        claimed = np.mean([one[i].error / one[i].value for one in samples])
        assert 0.65 < claimed / spread < 1.5


def test_few_points_have_few_scales():
    scales = measure_scales(survey(ball(np.random.default_rng(1), 20, 2)))
    assert [scale.high for scale in scales] == [2, 4, 8, 16]


def test_a_plateau_needs_three_octaves_that_agree():
    assert find_plateau(made([5, 5, 5])) == Plateau(0, 2, pytest.approx(5))
    assert find_plateau(made([5, 5])) is None
    assert find_plateau(()) is None
    assert find_plateau(made([5, 8, 12, 20, 33])) is None


def test_the_first_plateau_is_taken_as_far_as_it_goes():
    found = find_plateau(made([20, 10, 5, 5.1, 4.9, 5, 9, 9, 9]))
    assert (found.first, found.last) == (2, 5)
    assert found.value == pytest.approx(5, rel=0.02)
    assert 2 in found
    assert 6 not in found


def test_a_slow_drift_is_no_plateau():
    assert find_plateau(made([5 * 1.08**i for i in range(8)], error=0.001)) is None


def test_wide_errors_do_not_tell_scales_apart():
    assert find_plateau(made([5, 6, 5], error=0.001)) is None
    assert find_plateau(made([5, 6, 5], error=0.1)) is not None


@pytest.mark.parametrize("bad", [math.inf, 0.0, math.nan])
def test_scales_without_a_number_are_in_no_plateau(bad):
    scales = made([bad, 5, 5, 5, bad])
    found = find_plateau(scales)
    assert (found.first, found.last) == (1, 3)
    assert find_plateau(made([5, 5, bad, 5, 5])) is None


def test_noise_is_a_fall_to_a_plateau():
    falling = made([20, 10, 5, 5, 5, 5])
    assert settled(falling, find_plateau(falling)) == find_plateau(falling)
    for values in ([5, 5, 5, 5], [5.5, 5, 5, 5, 5], [3, 5, 5, 5], [20, 4, 5, 5, 5, 5]):
        scales = made(values)
        assert settled(scales, find_plateau(scales)) is None, values


def test_two_octaves_are_enough_after_a_fall_by_half():
    scales = made([20, 15, 9, 5, 5.1])
    assert find_plateau(scales) is None
    found = settled(scales, None)
    assert (found.first, found.last) == (3, 4)
    assert found.value == pytest.approx(5.05, rel=1e-3)
    for values in ([20, 15, 14, 12, 12.1], [20, 15, 11, 8, 5], [20, 5], [20]):
        assert settled(made(values), None) is None, values


def test_the_fall_is_from_the_first_to_the_lowest():
    assert fall(made([20, 10, 5, 7])) == 4.0
    assert fall(made([5, 7, 9])) == 1.0
    assert fall(made([20, math.inf, 0.0, 10])) == 2.0
    assert fall(made([math.inf, 5])) == 1.0
    assert fall(()) == 1.0


def test_the_rise_is_from_the_first_to_the_highest():
    assert rise(made([2, 2.5, 3, 1])) == 1.5
    assert rise(made([3, 2, 1])) == 1.0
    assert rise(made([2, math.inf, 3])) == 1.5
    assert rise(made([math.inf, 5])) == 1.0
    assert rise(()) == 1.0


def test_noise_in_ten_directions_about_a_plane_is_seen():
    rng = np.random.default_rng(2)
    X = np.zeros((4000, 10))
    X[:, :2] = rng.random((4000, 2))
    X += 0.004 * rng.standard_normal(X.shape)
    scales = measure_scales(survey(X))
    plateau = find_plateau(scales)
    assert settled(scales, plateau) == plateau
    assert plateau.value == pytest.approx(2, rel=0.15)
    assert scales[0].value > 4


def test_ties_at_every_rank_have_no_finite_scale():
    found = survey(np.eye(70), k=64)
    assert all(math.isinf(scale.value) for scale in measure_scales(found))
    assert find_plateau(measure_scales(found)) is None


def test_scales_are_calibrated_at_the_number_of_points():
    naive = ball_log_distances(20.0, 500, (1, 2))
    X = ball(np.random.default_rng(3), 500, 20)
    first = measure_scales(survey(X))[0]
    assert first.naive == pytest.approx(1 / (naive[1] - naive[0]), rel=0.15)
    assert first.value > 1.1 * first.naive
