"""The signs of trouble on data that has them, and what each does to the interval."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lawcast.geometry.combination import combine, used_ranks
from lawcast.geometry.points import Points
from lawcast.geometry.survey import take_survey
from lawcast.geometry.uncertainty import Doubts, doubt, ends, read_signs

RNG = np.random.default_rng(1)
QUIET = Doubts(sampling=0.01, shape=0.0, bend=0.0, uneven=0.0, above=0.0)


def read(X):
    survey = take_survey(
        Points.from_array(X), 64, np.random.default_rng(0), queries=None, metric="euclidean",
        box=None, precision="float32", engine="numpy", memory=2**27, threads=None, progress=None,
        angles=True, far=False,
    )  # fmt: skip
    k = len(used_ranks(survey.count))
    combined = combine(survey.means.logs[:k], survey.means.skewness, survey.count, survey.count)
    return combined, read_signs(survey, combined, k)


def ball(n, d):
    X = RNG.standard_normal((n, d))
    return X * RNG.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)


def sphere(n, d):
    X = RNG.standard_normal((n, d + 1))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def torus(n, d):
    turn = 2 * math.pi * RNG.random((n, d))
    return np.concatenate([np.cos(turn), np.sin(turn)], axis=1)


BALL = read(ball(1500, 10))


def test_a_ball_shows_no_sign_of_trouble():
    _, signs = BALL
    assert abs(signs.more_angles) < 0.05
    assert abs(signs.bend) < 0.1
    assert signs.difference < 0.2
    assert signs.unevenness < 1.0
    assert signs.correction > 0.1


@pytest.mark.parametrize("make", [sphere, torus])
def test_data_without_a_boundary_is_told_from_a_ball(make):
    assert read(make(1500, 10))[1].closed > 0.9
    assert BALL[1].closed < 0.1
    assert BALL[1].spread > 2 * read(make(1500, 10))[1].spread


def test_circles_that_bend_between_neighbours_show_more_by_angles():
    _, signs = read(torus(1500, 8))
    assert signs.more_angles > BALL[1].more_angles + 0.05


def test_a_density_that_varies_a_million_fold_is_uneven():
    X = ball(1500, 5)
    _, even = read(X)
    _, uneven = read(np.exp(1.5 * RNG.standard_normal((1500, 5))))
    assert uneven.unevenness > even.unevenness + 0.5


def test_two_dimensions_in_one_set_differ():
    mixed = np.zeros((1500, 12))
    mixed[:750, :2] = ball(750, 2)
    mixed[750:] = 5 + ball(750, 12)
    assert read(mixed)[1].difference > read(ball(1500, 7))[1].difference + 0.2


def test_signs_of_a_dimension_beyond_all_are_finite():
    _, signs = read(RNG.standard_normal((200, 4000)))
    assert all(math.isfinite(value) for value in
               (signs.spread, signs.unevenness, signs.difference, signs.correction))  # fmt: skip


def test_the_ends_of_a_quiet_interval_are_the_normal_quantiles():
    low, high = ends(math.log(5.0), QUIET, 0.90)
    assert math.log(high / 5.0) == pytest.approx(1.6448536 * 0.01)
    assert low * high == pytest.approx(25.0)
    wider = ends(math.log(5.0), QUIET, 0.99)
    assert wider[0] < low
    assert wider[1] > high


def test_parts_without_sign_add_in_squares_and_others_on_their_side():
    two = replace(QUIET, shape=0.03, uneven=0.04, sampling=0.0)
    assert math.log(ends(0.0, two, 0.90)[1]) == pytest.approx(1.6448536 * 0.05)
    low, high = ends(0.0, QUIET, 0.90)
    bent = ends(0.0, replace(QUIET, bend=0.3), 0.90)
    assert bent == pytest.approx((low * math.exp(-0.3), high))
    uneven = ends(0.0, replace(QUIET, above=0.2), 0.90)
    assert uneven == pytest.approx((low, high * math.exp(0.2)))


def test_each_sign_widens_the_interval_and_none_narrows_it():
    combined, signs = BALL
    calm = doubt(combined, signs, 0.02)
    assert calm.sampling == 0.02
    assert calm.shape > 0
    for worse, part in (
        (replace(signs, bend=0.5), "bend"),
        (replace(signs, difference=0.4), "uneven"),
        (replace(signs, unevenness=2.0), "above"),
    ):
        assert getattr(doubt(combined, worse, 0.02), part) > getattr(calm, part)
    further = replace(combined, weight=np.array(0.0))
    corrected = doubt(further, replace(signs, correction=0.6), 0.02)
    assert corrected.shape > doubt(further, replace(signs, correction=0.1), 0.02).shape


def test_the_bend_is_bounded_by_a_factor_of_two():
    combined, signs = BALL
    assert doubt(combined, replace(signs, bend=50.0), 0.02).bend <= math.log(2) + 1e-12


def test_sampling_is_never_claimed_to_be_nothing():
    assert doubt(*BALL, 0.0).sampling > 0
