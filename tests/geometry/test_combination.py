"""The default answer: its parts on distances of balls, and what it does where they disagree."""

import math

import numpy as np
import pytest

from lawcast.geometry.ball import ball_log_distances
from lawcast.geometry.calibration import calibrate_angles
from lawcast.geometry.combination import FEWEST, RANKS, combine, used_ranks, without_boundary

N = 2500
ALL = tuple(range(1, RANKS + 1))


def skewness_of(d, count=N):
    """The mean skewness that is calibrated to d."""
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if calibrate_angles(middle, count) < d else (low, middle)
    return low


def test_ranks_by_the_number_of_points():
    assert used_ranks(5) == (1, 2, 3)
    assert len(used_ranks(20)) == 6
    assert used_ranks(39) == used_ranks(10**7) == ALL
    assert len(used_ranks(2)) == FEWEST


@pytest.mark.parametrize("d", [1, 2, 4, 7, 15, 60])
def test_a_ball_has_its_dimension_by_every_part(d):
    found = combine(ball_log_distances(d, N, ALL), np.array(skewness_of(d)), N, N)
    for part in (found.value, found.distances, found.extrapolated, found.angles):
        assert math.exp(float(part)) == pytest.approx(d, rel=0.01)
    assert abs(float(found.bend)) < 0.02


def test_the_answer_moves_from_distances_to_angles():
    weights = []
    for d in (3, 5.9, 6.5, 9, 11.5, 12.5, 40):
        found = combine(ball_log_distances(d, N, ALL), np.array(skewness_of(0.97 * d)), N, N)
        weights.append(float(found.weight))
        between = sorted([float(found.extrapolated), float(found.angles)])
        assert between[0] - 1e-9 <= float(found.value) <= between[1] + 1e-9
    assert weights[:2] == [0.0, 0.0]
    assert (np.diff(weights) >= 0).all()
    assert weights[-1] > 0.99


def test_angles_that_show_far_more_are_not_believed():
    logs = ball_log_distances(20, N, ALL)
    agree = combine(logs, np.array(skewness_of(20.0)), N, N)
    bent = combine(logs, np.array(skewness_of(40.0)), N, N)
    fewer = combine(logs, np.array(skewness_of(14.0)), N, N)
    assert float(agree.weight) > 0.99
    assert float(bent.weight) < 1e-6
    assert math.exp(float(bent.value)) == pytest.approx(20, rel=0.01)
    assert float(fewer.weight) > 0.5


def test_without_angles_the_distances_answer():
    found = combine(ball_log_distances(20, N, ALL), None, N, N)
    assert float(found.value) == float(found.extrapolated) == float(found.angles)
    assert float(found.weight) == 0.0


def bending(slope, d=4.0):
    """Mean logs of a sample whose dimension rises with the radius, and then is calibrated."""
    logs = ball_log_distances(d, N, ALL)
    square = np.exp(logs[:-1] + logs[1:] - 2 * logs[-1])
    gaps = np.diff(logs) / np.exp(slope * square)
    return np.concatenate([logs[:1], logs[0] + np.cumsum(gaps)])


def test_a_rise_with_the_radius_is_extrapolated_to_none():
    found = combine(bending(0.5), None, N, 10**9)  # so many queries that the prior is silent
    assert float(found.bend) > 0.25
    assert math.exp(float(found.distances)) > 1.15 * 4
    assert abs(float(found.extrapolated) - math.log(4)) < 0.35 * (
        float(found.distances) - math.log(4)
    )


def test_few_points_are_not_extrapolated_far():
    few, many = (combine(bending(0.5), None, N, m) for m in (20, 10**9))
    assert 0 < float(few.bend) < float(many.bend) / 2


def test_no_finite_dimension_at_a_rank_is_none_at_all():
    logs = ball_log_distances(4, N, ALL)
    logs[1] = logs[0]
    for skew in (None, np.array(skewness_of(20.0)), np.array(1.0)):
        found = combine(logs, skew, N, N)
        assert float(found.value) == float(found.extrapolated) == math.inf
        assert float(found.bend) == float(found.weight) == 0.0


def test_angles_without_end_leave_the_distances():
    found = combine(ball_log_distances(20, N, ALL), np.array(1.0), N, N)
    assert float(found.angles) == math.inf
    assert float(found.value) == float(found.extrapolated)


def test_a_batch_is_combined_row_by_row():
    logs = np.stack([ball_log_distances(d, N, ALL) for d in (2, 8, 15, 50)])
    skew = np.array([skewness_of(d) for d in (2.1, 7.7, 15.0, 55.0)])
    batch = combine(logs, skew, N, N)
    for i in range(4):
        one = combine(logs[i], skew[i], N, N)
        for name in ("value", "distances", "extrapolated", "angles", "weight", "bend"):
            assert getattr(batch, name)[i] == pytest.approx(float(getattr(one, name)), abs=1e-9)


def test_fewer_ranks_do():
    found = combine(ball_log_distances(5, 30, (1, 2, 3)), None, 30, 30)
    assert math.exp(float(found.value)) == pytest.approx(5, rel=0.02)


def test_no_boundary_lowers_the_answer_in_high_dimensions_alone():
    high = combine(ball_log_distances(20, N, ALL), None, N, N)
    low = combine(ball_log_distances(2, N, ALL), None, N, N)
    assert float(without_boundary(high, 0.0).value) == float(high.value)
    assert float(without_boundary(low, 1.0).value) == float(low.value)
    half, full = (float(without_boundary(high, share).value) for share in (0.5, 1.0))
    assert full < half < float(high.value)
    assert math.exp(full) > 0.85 * 20
