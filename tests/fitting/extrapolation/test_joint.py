"""A loss and a score cast forward together: truth, coverage, bad input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import lawcast as lc

TOKENS = np.geomspace(1e9, 6e10, 20)


def true_loss(tokens: Any) -> Any:
    return 1.7 + 480.0 * np.asarray(tokens) ** -0.28


def true_score(loss: Any) -> Any:
    return 0.25 + 0.67 / (1.0 + np.exp(5.0 * (np.asarray(loss) - 2.5)))


def world(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    loss = true_loss(TOKENS) * np.exp(rng.normal(0, 0.004, TOKENS.size))
    return loss, rng.binomial(1000, true_score(loss)) / 1000


def made_from(seed: int, **arguments: Any) -> lc.ScoreExtrapolation:
    loss, score = world(seed)
    options = {"at": "2x,8x", "chance": 0.25, "n_items": 1000} | arguments
    return lc.extrapolate_score(TOKENS, loss, score, **options)


def test_the_truth_is_covered_at_least_as_often_as_it_says() -> None:
    truth = true_score(true_loss(TOKENS[-1] * np.array([2.0, 8.0])))
    covered = [(m.low <= truth) & (truth <= m.high) for m in map(made_from, range(20))]
    # one world is one draw for the two targets; 20 worlds at 90 % miss five or more in 4 %
    assert np.mean(covered, axis=0).min() >= 0.8


def test_the_score_is_the_link_at_the_forecast_loss() -> None:
    made = made_from(1)
    np.testing.assert_allclose(made.value, made.link.curve(made.loss.value), atol=0.02)
    assert (made.low < made.value).all()
    assert (made.value < made.high).all()
    assert (made.high <= 1.0).all()


def test_a_wider_loss_makes_a_wider_score() -> None:
    loss, score = world(2)
    noisy = loss * np.exp(np.random.default_rng(0).normal(0, 0.02, loss.size))
    clean = lc.extrapolate_score(TOKENS, loss, score, at="4x", chance=0.25, ceiling=0.92)
    rough = lc.extrapolate_score(TOKENS, noisy, score, at="4x", chance=0.25, ceiling=0.92)
    assert rough.high - rough.low > clean.high - clean.low


def test_no_interval_for_the_loss_means_none_for_the_score() -> None:
    made = made_from(3, at="2x,1e6x")
    assert made.scores[0].interval is not None
    assert made.scores[1].interval is None
    assert "no interval" in made.summary()


def test_checkpoints_without_a_score_still_shape_the_loss() -> None:
    loss, score = world(4)
    score[::2] = np.nan
    made = lc.extrapolate_score(TOKENS, loss, score, at="2x", chance=0.25, n_items=1000)
    alone = lc.extrapolate(TOKENS, loss, at="2x")
    np.testing.assert_allclose(made.loss.value, alone.value)
    assert made.link.x.size == 10


def test_views_and_json() -> None:
    made = made_from(5, variable="tokens", name="run <1>")
    text = made.summary()
    assert max(map(len, text.splitlines())) <= 80
    assert "Score" in text
    assert "ceiling" in text
    assert "run &lt;1&gt;" in made._repr_html_()
    assert {"score", "score_low", "score_high"} <= set(made.to_dataframe().columns)
    again = lc.ScoreExtrapolation.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.summary() == text
    np.testing.assert_array_equal(again.low, made.low)


def test_the_same_seed_gives_the_same_numbers() -> None:
    np.testing.assert_array_equal(made_from(6).high, made_from(6).high)
    assert not np.array_equal(made_from(6).high, made_from(6, rng=1).high)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"score": [0.5] * 3}, "belong together"),
        ({"score": np.linspace(30, 80, 20)}, r"percent|\[0, 1\]|between"),
        ({"bootstrap": 0}, "bootstrap"),
        ({"chance": 1.5}, "chance"),
        ({"level": 2.0}, "level"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], words: str) -> None:
    loss, score = world(7)
    options = {"score": score} | arguments
    with pytest.raises(lc.ArgumentError, match=words):
        lc.extrapolate_score(TOKENS, loss, at="2x", **options)


def test_a_score_at_chance_is_refused() -> None:
    loss, _ = world(8)
    score = np.random.default_rng(0).binomial(1000, 0.25, 20) / 1000
    with pytest.raises(lc.FitRefused):
        lc.extrapolate_score(TOKENS, loss, score, chance=0.25, n_items=1000)
