"""Near-copies: found where there are many, and one of each pair goes."""

import numpy as np
import pytest

import lawcast as lc
from lawcast.geometry.copies import near_copies

RNG = np.random.default_rng(5)
X = RNG.standard_normal((2000, 5))
COPIES = X[:300] + 0.01 * RNG.standard_normal((300, 5))


def codes(dim):
    return [finding.code for finding in dim.findings]


def test_copies_do_not_move_the_answer():
    found = lc.intrinsic_dimension(np.concatenate([X, COPIES]))
    assert "D032" in codes(found)
    assert found.count == pytest.approx(2000, abs=15)
    assert found.value == pytest.approx(5.0, rel=0.06)


def test_copies_among_few_that_ask():
    found = lc.intrinsic_dimension(np.concatenate([X, COPIES]), queries=1500)
    assert "D032" in codes(found)
    assert found.count == 2300
    assert found.sample.queries == 1500


@pytest.mark.parametrize(
    "clean",
    [X, np.exp(X), X / RNG.gamma(2.0, size=(2000, 1)), RNG.random((2000, 1)), np.tanh(3 * X)],
    ids=["Gaussian", "lognormal", "heavy tails", "a line", "saturated"],
)
def test_uneven_densities_are_no_copies(clean):
    assert "D032" not in codes(lc.intrinsic_dimension(clean, draws=0))


def test_short_lists_of_neighbours_show_none():
    assert not near_copies(np.log(np.sort(RNG.random((50, 8)), axis=1))).any()
