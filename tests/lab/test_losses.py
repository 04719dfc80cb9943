"""The table of losses: values, orders, names, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.losses import LOSSES, Loss, find_loss, huber_loss, loss_names, power_loss


def softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def test_values() -> None:
    f, y = np.array([1.0, -2.0, 0.5]), np.array([0.0, 1.0, 0.5])
    assert find_loss("l1")(f, y).tolist() == [1, 3, 0]
    assert find_loss("MSE")(f, y).tolist() == [1, 9, 0]
    assert find_loss("l4")(f, y).tolist() == [1, 81, 0]
    assert find_loss("l3")(f, y).tolist() == [1, 27, 0]
    assert find_loss("huber")(f, y).tolist() == [0.5, 2.5, 0]
    assert huber_loss(2.0)(f, y).tolist() == [0.5, 4.0, 0]
    assert find_loss("l2").mean(f, y) == pytest.approx(10 / 3)
    assert find_loss("0-1")(np.array([1, 2, 3]), np.array([1, 0, 3])).tolist() == [0, 1, 0]


@pytest.mark.parametrize("loss", [x for x in LOSSES if x.takes == "numbers"], ids=lambda x: x.name)
def test_the_order_is_that_of_small_residuals(loss: Loss) -> None:
    small, smaller = loss.mean([1e-3], [0.0]), loss.mean([1e-4], [0.0])
    assert np.log10(small / smaller) == pytest.approx(loss.order)


def test_divergence_is_cross_entropy_minus_entropy() -> None:
    rng = np.random.default_rng(0)
    f, y = softmax(rng.standard_normal((50, 4))), softmax(rng.standard_normal((50, 4)))
    kl = find_loss("kl")(f, y)
    assert kl == pytest.approx(find_loss("ce")(f, y) - find_loss("ce")(y, y))
    assert np.array_equal(kl, find_loss("cross-entropy-excess")(f, y))
    assert find_loss("ce")(f, y) == pytest.approx(-(y * np.log(f)).sum(axis=1))


@pytest.mark.parametrize("step", [1e-2, 1e-4, 1e-6, 1e-8])
def test_divergence_keeps_its_digits_near_the_truth(step: float) -> None:
    y = np.array([[0.2, 0.3, 0.5]])
    change = step * np.array([[1.0, -0.4, -0.6]])
    expected = float((change**2 / (2 * y)).sum())  # the leading term
    assert find_loss("kl")(y + change, y)[0] == pytest.approx(expected, rel=10 * step + 1e-7)


def test_divergence_at_zero_probabilities() -> None:
    kl = find_loss("kl")
    assert kl([[0.5, 0.5]], [[1.0, 0.0]])[0] == pytest.approx(np.log(2))
    assert kl([[1.0, 0.0]], [[0.5, 0.5]])[0] == np.inf
    assert kl([[1.0, 0.0]], [[1.0, 0.0]])[0] == 0


def test_names_are_unique_and_found() -> None:
    every = [name for loss in LOSSES for name in (loss.name, *loss.aliases)]
    assert len(every) == len(set(every))
    assert loss_names() == tuple(loss.name for loss in LOSSES)
    assert all(find_loss(name.upper()).name in loss_names() for name in every)
    assert find_loss("l2.5").order == 2.5
    assert power_loss(3).name == "l3"


def test_bad_input_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"no loss 'l_2'.*Any power works too"):
        find_loss("l_2")
    with pytest.raises(ArgumentError, match="above 0"):
        find_loss("l0")
    with pytest.raises(ArgumentError, match="above 0"):
        huber_loss(0.0)
    with pytest.raises(ArgumentError, match="point with point"):
        find_loss("l1")([1.0, 2.0], [1.0])
    with pytest.raises(ArgumentError, match="NaN"):
        find_loss("l1")([np.nan], [1.0])
    with pytest.raises(ArgumentError, match="sum to 1"):
        find_loss("kl")([[0.5, 0.6]], [[0.5, 0.5]])
    with pytest.raises(ArgumentError, match="below 0"):
        find_loss("kl")([[1.5, -0.5]], [[0.5, 0.5]])
    with pytest.raises(ArgumentError, match="no points"):
        find_loss("l1").mean([], [])
