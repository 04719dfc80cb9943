"""Fits that the report's tests share; small, because a report does not care how good a fit is."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import pytest

import lawcast as lc
from lawcast._data import packaged
from lawcast.fitting.result import Fit
from lawcast.runs.table import Runs

HOSTILE = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://example.org","x")'


@pytest.fixture(scope="session")
def runs() -> Runs:
    """Every third of the Chinchilla runs."""
    with packaged("chinchilla.csv") as path:
        table = lc.read_runs(path)
    return dataclasses.replace(table.take(np.arange(0, len(table), 3)), source="chinchilla.csv")


@pytest.fixture(scope="session")
def fit(runs: Runs) -> Fit:
    """A whole fit: draws, profiles, backtest, rivals."""
    return lc.fit(runs, bootstrap=60, rng=1)


@pytest.fixture(scope="session")
def bare_fit(runs: Runs) -> Fit:
    """No draws and no diagnosis."""
    return lc.fit(runs, bootstrap=0, diagnosis=False)


@pytest.fixture(scope="session")
def curve_fit() -> Fit:
    """A law of one variable, with column names that attack a page and a spreadsheet."""
    rng = np.random.default_rng(3)
    x = np.geomspace(1e3, 1e7, 24)
    y = 1.5 + 40 * x**-0.4
    data = {HOSTILE: x, FORMULA: y * np.exp(0.01 * rng.normal(size=24))}
    table = lc.read_runs(data, tokens=HOSTILE, loss=FORMULA)
    table = dataclasses.replace(table, source=f"{HOSTILE}.csv")
    return lc.fit(table, law="power-floor", variable="tokens", bootstrap=60)


def _rise(x, top, rate):
    return top * (1 - np.exp(-rate * x))


@pytest.fixture(scope="session")
def user_law() -> lc.Law:
    return lc.law(
        _rise,
        variables=[HOSTILE],
        parameters=["top", "rate"],
        start={"top": 2.0, "rate": 1.0},
        response=FORMULA,
        name="rise</script><!--",
    )


@pytest.fixture(scope="session")
def user_fit(user_law: lc.Law) -> Fit:
    """A user's law over values below zero."""
    rng = np.random.default_rng(4)
    x = np.linspace(-0.5, 3.0, 25)
    data = {HOSTILE: x, FORMULA: _rise(x, 1.5, 0.8) + 0.02 * rng.normal(size=25)}
    return lc.fit(data, law=user_law, loss="l2", bootstrap=60)


@pytest.fixture(scope="session")
def plane_fit() -> Fit:
    """A user's law of two variables: nothing to draw it along."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, 40))
    law = lc.law(
        lambda a, b, p, q, r: p + q * a + r * b,
        variables=["a", "b"],
        parameters=["p", "q", "r"],
        start={"p": 0.0, "q": 1.0, "r": 1.0},
        response="z",
    )
    z = 1 + 2 * a - b + 0.1 * rng.normal(size=40)
    return lc.fit({"a": a, "b": b, "z": z}, law=law, loss="l2", bootstrap=60)


@pytest.fixture(scope="session")
def refused_fit(runs: Runs) -> Fit:
    """The estimate that a refusal still hands over."""
    with pytest.raises(lc.FitRefused) as caught:
        lc.fit(runs.take(np.arange(6)), law="chinchilla")
    assert caught.value.fit is not None
    return caught.value.fit


@pytest.fixture(scope="session")
def every_fit(
    fit: Fit, bare_fit: Fit, curve_fit: Fit, user_fit: Fit, plane_fit: Fit, refused_fit: Fit
) -> dict[str, Fit]:
    return {
        "whole": fit,
        "bare": bare_fit,
        "curve": curve_fit,
        "user": user_fit,
        "plane": plane_fit,
        "refused": refused_fit,
    }


@pytest.fixture(scope="session")
def page(fit: Fit) -> str:
    """The report of the whole fit."""
    return lc.report(
        fit, fit.predict(compute="10x"), fit.predict(params="70B", tokens="1.4T")
    ).html()


@pytest.fixture(scope="session")
def every_page(every_fit: dict[str, Fit]) -> Callable[[str], str]:
    """The report of each kind of fit, made once."""
    return functools.cache(lambda kind: lc.report(every_fit[kind]).html())
