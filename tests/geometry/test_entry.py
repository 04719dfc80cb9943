"""lc.intrinsic_dimension from end to end: classes, layers, queries, metrics, seeds."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import lawcast as lc

RNG = np.random.default_rng(21)
X3 = RNG.random((800, 3))


def ball(rng, n, d):
    X = rng.standard_normal((n, d))
    return X * rng.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)


def saved(found):
    return json.dumps(found.to_dict(), allow_nan=False)


def test_the_answer_and_all_that_belongs_to_it():
    found = lc.intrinsic_dimension(X3)
    assert isinstance(found, lc.Dimension)
    assert found.value == pytest.approx(3.0, rel=0.1)
    assert found.interval.low <= found.value <= found.interval.high
    assert found.interval.level == 0.90
    assert found.status.ok
    assert next(iter(found.estimates)) == "combined"
    assert found.estimates["combined"].value == found.value
    assert (found.count, found.width, found.draws) == (800, 3, 64)
    assert len(found.local) == 800
    assert np.median(found.local) == pytest.approx(3.0, rel=0.15)
    assert found.plateau is not None


def test_local_dimensions_are_those_of_their_rows():
    X = np.zeros((600, 5))
    X[::2, :1] = RNG.random((300, 1))
    X[1::2] = 10 + RNG.random((300, 5))
    found = lc.intrinsic_dimension(X)
    line = found.local_rows % 2 == 0
    assert np.median(found.local[line]) == pytest.approx(1.0, rel=0.15)
    assert np.median(found.local[~line]) > 3


def test_local_rows_skip_what_was_set_aside():
    X = np.concatenate([np.full((3, 3), np.nan), X3[:100], X3[:10]])
    found = lc.intrinsic_dimension(X)
    np.testing.assert_array_equal(found.local_rows, np.arange(3, 103))


def test_classes_are_measured_one_by_one():
    X = np.zeros((900, 6))
    X[:300, :1], X[300:600, :2], X[600:] = (RNG.random((300, d)) for d in (1, 2, 6))
    labels = np.repeat(["line", "plane", "cube"], 300)
    order = RNG.permutation(900)
    found = lc.intrinsic_dimension(X[order], labels=labels[order])
    assert isinstance(found, lc.Dimensions)
    assert set(found) == {"line", "plane", "cube"}
    for name, d in (("line", 1), ("plane", 2), ("cube", 6)):
        assert found[name].value == pytest.approx(d, rel=0.15)
        assert found[name].count == 300
        assert found[name].name == name
    alone = lc.intrinsic_dimension(X[order][labels[order] == "plane"])
    assert found["plane"].value == alone.value
    assert found["plane"].interval == alone.interval


def test_local_rows_of_a_class_are_those_of_the_whole():
    labels = np.arange(800) % 4 == 1
    found = lc.intrinsic_dimension(X3, labels=labels)
    np.testing.assert_array_equal(found["True"].local_rows, np.flatnonzero(labels))


def test_labels_follow_the_rows_that_are_set_aside():
    X = np.concatenate([np.full((5, 3), np.inf), X3[:200]])
    labels = np.array(["gone"] * 5 + ["a", "b"] * 100)
    found = lc.intrinsic_dimension(X, labels=labels)
    assert {name: found[name].count for name in found} == {"a": 100, "b": 100}


def test_a_small_class_is_refused_and_the_others_are_not():
    labels = np.array(["rare"] * 7 + ["many"] * 793)
    found = lc.intrinsic_dimension(X3, labels=labels)
    assert list(found) == ["many"]
    assert "7 distinct points" in found.refused["rare"]
    with pytest.raises(lc.FitRefused, match="no class could be measured"):
        lc.intrinsic_dimension(X3[:30], labels=np.arange(30) % 3)


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_layers_in_order_and_a_dead_one_stops_nobody(kind):
    layers = {"a": X3[:200], "dead": np.ones((200, 8)), "c": RNG.random((200, 2))}
    found = lc.intrinsic_dimension(list(layers.values()) if kind == "list" else layers)
    names = ("layer 0", "layer 1", "layer 2") if kind == "list" else tuple(layers)
    assert found.names == names
    assert tuple(found) == (names[0], names[2])
    assert "equal" in found.refused[names[1]]
    assert found[names[0]].value == pytest.approx(3, rel=0.2)
    assert found[names[2]].value == pytest.approx(2, rel=0.2)


def test_a_layer_has_the_answer_that_it_has_by_itself():
    layers = {"a": RNG.random((1200, 3)), "b": X3}
    both = lc.intrinsic_dimension(layers)
    alone = lc.intrinsic_dimension(X3)
    assert both["b"].value == alone.value
    assert both["b"].interval == alone.interval
    assert both["b"].scales == alone.scales


def test_layers_of_different_widths_and_kinds():
    found = lc.intrinsic_dimension(
        [X3, pd.DataFrame(X3[:300]), X3[:216].reshape(216, 3, 1), X3.astype(np.float16)]
    )
    assert found.refused == {}
    assert "D001" in [f.code for f in found["layer 2"].findings]


def test_options_that_belong_to_one_array():
    for option in ({"labels": [0]}, {"key": "x"}, {"name": "x"}):
        with pytest.raises(lc.ArgumentError, match="belong to one array"):
            lc.intrinsic_dimension([X3, X3], **option)
    with pytest.raises(lc.ArgumentError, match="empty mapping"):
        lc.intrinsic_dimension({})


def test_labels_that_read_the_same():
    labels = np.array([1, "1"] * 400, dtype=object)
    with pytest.raises(lc.LawcastError):
        lc.intrinsic_dimension(X3, labels=labels)


def test_a_list_of_rows_is_one_set():
    rows = [list(row) for row in X3[:100]]
    assert lc.intrinsic_dimension(rows).value == lc.intrinsic_dimension(X3[:100]).value
    as_arrays = [row for row in X3[:100]]
    assert lc.intrinsic_dimension(as_arrays).value == lc.intrinsic_dimension(X3[:100]).value


@pytest.mark.parametrize("d", [2, 10])
def test_a_sample_of_queries_agrees_with_all(d):
    X = ball(np.random.default_rng(d), 3000, d)
    exact = lc.intrinsic_dimension(X, draws=0)
    some = lc.intrinsic_dimension(X, queries=600, level=0.99)
    assert some.interval.low <= exact.value <= some.interval.high
    assert some.sample.queries == 600
    assert "D026" in [finding.code for finding in some.findings]
    assert len(some.local) == 600


def test_more_queries_than_points_are_all_points():
    found = lc.intrinsic_dimension(X3, queries=10**9)
    assert found.sample.queries == 800
    assert saved(found) == saved(lc.intrinsic_dimension(X3))


def test_a_cap_of_the_sphere_by_angles():
    rng = np.random.default_rng(1)
    flat = ball(rng, 1500, 4)
    cap = np.concatenate([0.3 * flat, np.ones((1500, 1))], axis=1) * rng.uniform(1, 9, (1500, 1))
    by_angle = lc.intrinsic_dimension(cap, metric="cosine")
    assert by_angle.value == pytest.approx(4, rel=0.08)
    assert 4 in by_angle.interval
    # with their lengths the same points fill a cone
    assert lc.intrinsic_dimension(cap).value > 4.4
    assert max(scale.radius for scale in by_angle.scales) < math.pi


@pytest.mark.parametrize("d", [3, 4, 6, 8, 10])
def test_a_flat_torus_by_its_period(d):
    torus = np.random.default_rng(d).random((1000, d))
    found = lc.intrinsic_dimension(7.0 * torus, metric="periodic", box=7.0)
    assert found.value == pytest.approx(d, rel=0.06)


def test_a_box_with_sides_of_its_own():
    sides = np.array([1.0, 20.0, 3.0])
    found = lc.intrinsic_dimension(
        np.random.default_rng(0).random((1000, 3)) * sides, metric="periodic", box=sides
    )
    assert found.sample.box == (1.0, 20.0, 3.0)
    assert 2.3 < found.value < 3.2


def test_random_bits_are_known_to_be_discrete():
    bits = np.random.default_rng(0).integers(0, 2, (600, 24))
    found = lc.intrinsic_dimension(bits, metric="hamming")
    assert found.method == "bid"
    assert found.value == pytest.approx(24, rel=0.05)
    by_ratios = lc.intrinsic_dimension(bits, metric="hamming", method="twonn")
    euclidean = lc.intrinsic_dimension(bits)
    for one in (by_ratios, euclidean):
        assert {"D007", "D024"} <= {finding.code for finding in one.findings}
    assert not euclidean.status.ok
    with pytest.raises(lc.ArgumentError, match="add metric='hamming'"):
        lc.intrinsic_dimension(bits, method="bid")


def test_images_are_flattened_and_said_so():
    found = lc.intrinsic_dimension(RNG.random((100, 4, 3)))
    assert found.width == 12
    assert "4 × 3" in found.findings[-1].message or any(
        "4 × 3" in finding.message for finding in found.findings
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"queries": 300}, {"method": "ess"}, {"method": "twonn"}, {"metric": "cosine"},
     {"labels": np.arange(800) % 2}],
    ids=str,
)  # fmt: skip
def test_the_same_seed_gives_the_same_bytes(options):
    one, two = (saved(lc.intrinsic_dimension(X3, rng=5, **options)) for _ in range(2))
    assert one == two


def test_another_seed_gives_another_interval():
    one, two = (lc.intrinsic_dimension(X3, rng=seed) for seed in (0, 1))
    assert one.interval != two.interval
    assert one.value == pytest.approx(two.value, rel=1e-6)


def test_a_generator_goes_on_where_it_was():
    one, two = (lc.intrinsic_dimension(X3, rng=np.random.default_rng(5)) for _ in range(2))
    assert saved(one) == saved(two)
    assert one.interval == lc.intrinsic_dimension(X3, rng=5).interval
    assert one.sample.seed is None
    going = np.random.default_rng(5)
    first, second = (lc.intrinsic_dimension(X3, rng=going).interval for _ in range(2))
    assert first != second


@pytest.mark.parametrize("n", [400, 2500])
def test_threads_change_no_byte(n):
    X = np.random.default_rng(n).standard_normal((n, 40))
    one, two = (saved(lc.intrinsic_dimension(X, threads=threads)) for threads in (1, 2))
    assert one == two


def test_memory_changes_the_answer_in_no_digit_that_matters():
    X = np.random.default_rng(0).standard_normal((1500, 20))
    one, two = (lc.intrinsic_dimension(X, memory=memory) for memory in (2**20, 2**28))
    assert two.value == pytest.approx(one.value, rel=1e-9)


def test_precision_changes_the_search_alone():
    one, two = (lc.intrinsic_dimension(X3, precision=p) for p in ("float32", "float64"))
    assert one.value == pytest.approx(two.value, rel=1e-9)
    assert two.sample.precision == "float64"


def test_the_level_widens_the_interval():
    widths = [lc.intrinsic_dimension(X3, level=level).interval.width for level in (0.5, 0.9, 0.99)]
    assert widths == sorted(widths)


def test_no_draws_no_interval():
    found = lc.intrinsic_dimension(X3, draws=0)
    assert found.interval is None
    assert found.draws == 0
    assert all(estimate.interval is None for estimate in found.estimates.values())


def test_progress_is_told():
    told = []
    lc.intrinsic_dimension(X3, progress=lambda *step: told.append(step))
    assert {"neighbours", "half-samples"} <= {stage for stage, _, _ in told}
    assert all(0 <= done <= total for _, done, total in told)


@pytest.mark.parametrize("layers", [False, True])
def test_an_interrupt_passes(layers):
    def interrupt(stage, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lc.intrinsic_dimension([X3, X3] if layers else X3, progress=interrupt)


def test_saved_and_opened_again():
    found = lc.intrinsic_dimension(X3)
    assert saved(lc.Dimension.from_dict(json.loads(saved(found)))) == saved(found)
