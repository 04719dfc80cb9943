"""How often the intervals hold the true dimension: ball, cube, sphere and Clifford torus."""

import math

import numpy as np
import pytest

import lawcast as lc


def ball(rng, n, d):
    X = rng.standard_normal((n, d))
    return X * rng.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)


def cube(rng, n, d):
    return rng.random((n, d))


def sphere(rng, n, d):
    X = rng.standard_normal((n, d + 1))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def torus(rng, n, d):
    turn = 2 * math.pi * rng.random((n, d))
    return np.concatenate([np.cos(turn), np.sin(turn)], axis=1)


SHAPES = (ball, cube, sphere, torus)


def held(make, d, n, seeds):
    """How many of the 95 % intervals hold d."""
    number = SHAPES.index(make)
    count = 0
    for seed in seeds:
        X = make(np.random.default_rng([seed, d, n, number]), n, d)
        interval = lc.intrinsic_dimension(X, level=0.95, rng=seed).interval
        count += interval.low <= d <= interval.high
    return count


def test_intervals_of_a_few_shapes_hold_the_dimension():
    cells = [(make, d) for make in SHAPES for d in (2, 10)]
    total = sum(held(make, d, 600, range(2)) for make, d in cells)
    assert total >= 14  # of 16; at 90 % coverage fewer come once in 50 times


@pytest.mark.slow
@pytest.mark.parametrize("n", [1000, 2500])
def test_coverage(n):
    seeds = range(10)
    table = {
        (make.__name__, d): held(make, d, n, seeds)
        for make in SHAPES
        for d in (1, 2, 3, 5, 8, 10, 15, 20)
    }
    overall = sum(table.values()) / (len(table) * len(seeds))
    assert 0.90 <= overall <= 0.995, table
    for make in SHAPES:
        own = [k for (name, _), k in table.items() if name == make.__name__]
        assert sum(own) / (len(own) * len(seeds)) >= 0.85, (make.__name__, table)
