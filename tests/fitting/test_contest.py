"""Laws side by side on a table of runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lawcast as lc


@pytest.fixture(scope="module")
def runs() -> lc.Runs:
    rng = np.random.default_rng(0)
    params = np.repeat(np.geomspace(1e7, 1e10, 8), 6)
    tokens = np.tile(np.geomspace(1e9, 1e12, 6), 8)
    loss = 1.8 + 480.0 * params**-0.35 + 2100.0 * tokens**-0.37
    return lc.read_runs(
        {"params": params, "tokens": tokens, "loss": loss * np.exp(rng.normal(0, 0.003, 48))}
    )


def test_the_true_law_misses_least(runs: lc.Runs) -> None:
    made = lc.compare(runs, ["kaplan", "chinchilla"], holdout="largest")
    assert [one.law for one in made.laws] == ["chinchilla", "kaplan"]
    assert made.laws[0].error < made.laws[1].error
    assert made.laws[0].inside == pytest.approx(0.003, rel=0.5)
    text = made.summary()
    assert max(map(len, text.splitlines())) <= 80
    assert "chinchilla misses" in text
    again = lc.Contest.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.summary() == text
    assert len(made.to_dataframe()) == 2
    assert "kaplan" in made._repr_html_()


def test_its_errors_are_those_of_the_fit(runs: lc.Runs) -> None:
    made = lc.compare(runs, ["chinchilla"])
    alone = lc.fit(runs, law="chinchilla", bootstrap=0, rng=0)
    assert [c.error for c in made.laws[0].history.cuts] == [c.error for c in alone.history.cuts]


def test_a_refused_law_is_named_with_the_reason(runs: lc.Runs) -> None:
    few = runs.take(np.arange(0, 48, 10))
    made = lc.compare(few, ["chinchilla"])
    assert made.laws[0].reason
    assert made.laws[0].error is None
    assert "Refused" in made.summary()


@pytest.mark.parametrize(
    ("laws", "arguments", "error"),
    [
        ([], {}, lc.ArgumentError),
        (["chinchilla"], {"holdout": "random"}, lc.ArgumentError),
        (["chinchilla"], {"by": "family"}, lc.ArgumentError),
        (["chinchila"], {}, lc.UnknownNameError),
        (np.ones(3), {}, lc.ArgumentError),
    ],
)
def test_bad_arguments(runs: lc.Runs, laws, arguments, error) -> None:
    with pytest.raises(error):
        lc.compare(runs, laws, **arguments)
