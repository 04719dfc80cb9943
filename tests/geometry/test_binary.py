"""The binary intrinsic dimension, on bits whose number or entropy is known."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from scipy.stats import binom

import lawcast as lc
from lawcast.geometry.binary import choose, fit_ladder, measure_distances, unit_of
from lawcast.geometry.points import Points


def fair(seed, n, width):
    return np.random.default_rng(seed).integers(0, 2, (n, width)).astype(np.int8)


def copied(seed, n, k, copies):
    return np.repeat(fair(seed, n, k), copies, axis=1)


def biased(seed, n, width, p):
    return (np.random.default_rng(seed).random((n, width)) < p).astype(np.int8)


def chain(seed, n, width, flips):
    rng = np.random.default_rng(seed)
    changes = rng.random((n, width)) < flips
    changes[:, 0] = rng.random(n) < 0.5
    return (changes.cumsum(axis=1) % 2).astype(np.int8)


def hidden(seed, n, k, width):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, k)) @ rng.standard_normal((k, width)) > 0).astype(np.int8)


def bid(X, **options):
    return lc.intrinsic_dimension(X, metric="hamming", **options)


def codes(found):
    return {finding.code: finding for finding in found.findings}


def say(text):
    sys.stdout.write(f"{text}\n")


def exact_fit(chances):
    """The fit to an exact distribution of distances."""
    counts = np.round(chances * 1e15).astype(np.int64)
    return choose(fit_ladder(counts, len(chances) - 1, int(counts.sum())))


@pytest.mark.parametrize("width", [5, 16, 64, 300, 2000])
def test_the_exact_distances_of_fair_bits_give_their_number(width):
    found = exact_fit(binom.pmf(np.arange(width + 1), width, 0.5))
    assert found.d0 == pytest.approx(width, rel=1e-4)
    assert found.d1 == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("width", "n", "within"), [(16, 500, 0.02), (16, 2000, 0.01), (64, 500, 0.03),
                               (64, 2000, 0.01), (300, 500, 0.05), (300, 2000, 0.015)],
)  # fmt: skip
def test_independent_bits(width, n, within):
    found = bid(fair(3, n, width))
    say(f"{width} bits, n = {n}: {found.value:.2f} {found.interval}")
    assert found.method == "bid"
    assert found.value == pytest.approx(width, rel=within)
    assert found.adequacy.ok
    assert "D030" not in codes(found)


@pytest.mark.parametrize(("k", "copies"), [(20, 2), (20, 3), (60, 5)])
def test_copies_count_once(k, copies):
    X = copied(4, 1000, k, copies)
    X[:, ::2] ^= 1  # the opposite is a copy too
    found = bid(X)
    assert found.value == pytest.approx(k, rel=0.02)
    assert f"{k * (copies - 1)} of {k * copies} columns" in codes(found)["D029"].message


def test_uneven_copies_count_once():
    found = bid(np.repeat(fair(5, 1000, 30), np.arange(30) % 5 + 1, axis=1))
    assert found.value == pytest.approx(30, rel=0.02)


def test_near_copies_count_between_once_and_root_of_their_number():
    # near its middle the distribution of c·binomial(k) is that of d0 = k√c, d1 = 2 − 2/√c
    found = bid(copied(6, 1000, 20, 9) ^ biased(6, 1000, 180, 0.02))
    say(f"20 bits, 9 near copies: {found.value:.1f}")
    assert 20 < found.value < 60
    assert "D030" in codes(found)


@pytest.mark.parametrize(("p", "rel"), [(0.3, 0.015), (0.2, 0.02), (0.05, 0.05)])
def test_biased_bits_are_near_their_collision_entropy(p, rel):
    width = 300
    differ = 2 * p * (1 - p)
    entropy = -width * math.log2(1 - differ)
    limit = exact_fit(binom.pmf(np.arange(width + 1), width, differ))
    say(f"p = {p}: d0 {limit.d0:.1f}, collision entropy {entropy:.1f} bits of {width}")
    assert limit.d0 == pytest.approx(entropy, rel=rel)
    assert bid(biased(7, 1500, width, p)).value == pytest.approx(limit.d0, rel=0.06)


def test_chains_lie_between_their_entropy_and_their_length():
    # the bulk of the distances gives N sqrt((1 − ρ²)/(1 + ρ²)) with ρ = 1 − 2 flips
    values = []
    for flips in (0.1, 0.2, 0.3, 0.5):
        found = bid(chain(8, 1500, 200, flips))
        rho = (1 - 2 * flips) ** 2
        collision = -200 * math.log2(flips**2 + (1 - flips) ** 2)
        bulk = 200 * math.sqrt((1 - rho) / (1 + rho))
        say(f"flips {flips}: {found.value:.1f}, {collision:.1f} to {bulk:.1f}")
        assert 0.97 * collision < found.value < 1.03 * bulk
        values.append(found.value)
    assert values == sorted(values)


def test_one_hot_columns_count_in_steps_of_two():
    rows = np.random.default_rng(9).integers(0, 4, (1000, 30))
    found = bid(np.eye(4)[rows].reshape(1000, -1))
    assert found.value == pytest.approx(60, rel=0.06)  # two bits each
    assert "multiple of 2" in codes(found)["D029"].message


def test_rows_in_groups_are_read_within_the_groups():
    rng = np.random.default_rng(10)
    X = fair(10, 10, 100)[rng.integers(0, 10, 1500)] ^ biased(11, 1500, 100, 0.1)
    found = bid(X)
    # between two rows of a group 0.18 of the bits differ: -100 log2 0.82 = 28.6 bits
    assert found.value == pytest.approx(28.6, rel=0.1)
    assert "no good fit" in codes(found)["D031"].message


@pytest.mark.parametrize(("k", "width"), [(2, 100), (5, 100), (20, 300)])
def test_thresholds_of_few_latent_variables_give_a_finite_stable_number(k, width):
    # the same planes, other points
    values = [bid(hidden(12, n, k, width)[:n]).value for n in (500, 1000, 1500)]
    assert all(0 < value < width / 2 for value in values)
    assert max(values) / min(values) < 1.25


def test_all_codes_with_repeats_and_a_column_of_zeros():
    X = np.c_[fair(13, 3000, 8), np.zeros(3000, np.int8)]
    found = bid(X)
    assert found.count == 256
    assert found.value == pytest.approx(8, rel=1e-6)
    assert {"D003", "D005"} <= set(codes(found))
    assert "D007" not in codes(found)


def test_order_of_columns_and_rows_and_flips_change_nothing():
    X = biased(14, 400, 60, 0.35)
    rng = np.random.default_rng(0)
    first = bid(X)
    flipped = X ^ rng.integers(0, 2, 60).astype(np.int8)
    for other in (X[:, rng.permutation(60)], flipped):
        again = bid(other)
        assert (again.value, again.interval) == (first.value, first.interval)
    mixed = bid(X[rng.permutation(400)])
    assert mixed.value == first.value
    assert mixed.interval.high == pytest.approx(first.interval.high, rel=0.05)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float16, np.float64])
def test_the_type_of_the_bits_changes_nothing(dtype):
    X = fair(15, 200, 20)
    assert bid(X.astype(dtype)).value == bid(X).value


def test_distances_are_counted_right():
    X = np.unique(fair(16, 300, 40), axis=0)
    apart = (X[:, None] != X).sum(axis=2)
    options = {"memory": 2**16, "threads": None, "progress": None}
    points = Points.from_array(X)
    whole = measure_distances(points, None, np.random.default_rng(0), **options)
    np.testing.assert_array_equal(whole.counts()[1:], np.bincount(apart.ravel(), minlength=41)[1:])
    assert whole.pairs == len(X) * (len(X) - 1) // 2
    part = measure_distances(points, 50, np.random.default_rng(0), **options)
    wanted = np.bincount(apart[part.queries].ravel(), minlength=41)
    np.testing.assert_array_equal(part.counts()[1:], wanted[1:])
    chosen = fair(17, len(X), 3)
    tables = np.arange(41.0)[None] ** [[1], [2]]
    by_hand = [[c @ (apart**power) @ c for c in chosen.T.astype(int)] for power in (1, 2)]
    np.testing.assert_allclose(whole.sums(tables, chosen), by_hand, rtol=1e-6)


def test_the_unit_of_distances():
    assert unit_of(np.array([0, 0, 4, 0, 7, 0, 1])) == 2
    assert unit_of(np.array([9, 0, 0, 1, 1])) == 1
    assert unit_of(np.array([9, 0, 0])) == 1


def test_a_sample_of_points_asks_where_told():
    found = bid(fair(18, 2000, 64), queries=200)
    assert found.sample.queries == 200
    assert found.value == pytest.approx(64, rel=0.02)
    assert "200 of 2,000" in codes(found)["D026"].message


def test_too_few_points_give_a_wide_interval_and_no_trust():
    found = bid(fair(19, 25, 300))
    assert not found.adequacy.ok
    assert found.adequacy.points_needed > 25
    assert not found.status.ok
    assert "D020" in codes(found)


def test_no_draws_no_interval():
    found = bid(fair(20, 100, 30), draws=0)
    assert found.interval is None
    assert found.draws == 0


def test_a_seed_gives_the_same_bytes_and_a_file_the_same_answer(tmp_path):
    X = fair(21, 200, 30)
    first, again = bid(X, rng=4), bid(X, rng=4)
    assert first.to_dict() == again.to_dict()
    assert lc.Dimension.from_dict(first.to_dict()).to_dict() == first.to_dict()
    assert "half-samples; choice of the largest distance" in first.summary()


def test_what_is_asked_for_by_name():
    X = fair(22, 300, 64)
    assert bid(X, method="bid").value == bid(X).value
    rough = bid(X, method="twonn-ml")
    assert rough.method == "twonn-ml"
    assert "D024" in codes(rough)
    with pytest.raises(lc.ArgumentError, match="add metric='hamming'"):
        lc.intrinsic_dimension(X, method="bid")
    with pytest.raises(lc.ArgumentError, match="leave out engine="):
        bid(X, engine="faiss")
    with pytest.raises(lc.ArgumentError, match="data of 0 and 1"):
        bid(2 * X)


def test_rows_that_differ_all_alike_are_refused():
    with pytest.raises(lc.FitRefused, match=r"same number of columns.*one-hot"):
        bid(np.eye(40))


def test_the_continuous_default_does_not_run_it():
    found = lc.intrinsic_dimension(np.random.default_rng(0).standard_normal((200, 3)), draws=0)
    assert "bid" not in found.estimates


MADE = {
    "16 bits": (16, lambda seed, n: fair(seed, n, 16)),
    "64 bits": (64, lambda seed, n: fair(seed, n, 64)),
    "300 bits": (300, lambda seed, n: fair(seed, n, 300)),
    "20 bits, 3 copies": (20, lambda seed, n: copied(seed, n, 20, 3)),
}


def coverage(name, n, repeats):
    truth, make = MADE[name]
    held = [bid(make(1000 + seed, n), rng=seed).interval for seed in range(repeats)]
    share = float(np.mean([interval.low <= truth <= interval.high for interval in held]))
    say(f"{name}, n = {n}: {share:.3f} of {repeats} intervals at 90 % hold the truth")
    return share


@pytest.mark.parametrize("name", ["16 bits", "20 bits, 3 copies"])
def test_intervals_hold_the_truth(name):
    assert coverage(name, 150, 24) >= 0.83


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 500])
@pytest.mark.parametrize("name", MADE)
def test_intervals_hold_the_truth_often_enough(name, n):
    assert coverage(name, n, 150) >= 0.87
