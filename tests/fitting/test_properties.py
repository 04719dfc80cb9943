"""What must not change a result: the order of rows, units, columns that nobody asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lawcast as lc
from helpers import law_table, line_columns, line_law, sweep_columns

FAST: dict[str, Any] = {"law": "chinchilla", "diagnosis": False, "starts": 16}


def fitted(table: Any, **options: Any) -> lc.Fit:
    result = lc.fit(table, **(FAST | {"bootstrap": 60} | options))
    assert isinstance(result, lc.Fit)
    return result


def base(seed: int = 1) -> dict[str, Any]:
    table: dict[str, Any] = sweep_columns(40, seed=seed)
    return table | {"family": [f"f{k % 8}" for k in range(40)]}


def shuffled(table: dict[str, Any], seed: int) -> dict[str, Any]:
    order = np.random.default_rng(seed).permutation(len(table["loss"]))
    return {name: np.asarray(values)[order] for name, values in table.items()}


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), options=st.sampled_from([{}, {"cluster": "family"}]))
def test_row_order(seed: int, options: dict[str, Any]) -> None:
    first, second = fitted(base(), **options), fitted(shuffled(base(), seed), **options)
    assert first.estimate.tobytes() == second.estimate.tobytes()
    assert first.draws.tobytes() == second.draws.tobytes()
    assert first.left_out.tobytes() == second.left_out.tobytes()


def test_row_order_of_the_whole_diagnosis() -> None:
    first = fitted(base(), diagnosis=True)
    second = fitted(shuffled(base(), 7), diagnosis=True)
    assert first.summary() == second.summary()
    assert first.history == second.history
    assert first.predict(compute="10x") == second.predict(compute="10x")


@settings(max_examples=6)
@given(power=st.integers(-9, 9), which=st.sampled_from(["params", "tokens"]))
def test_unit_of_a_variable(power: int, which: str) -> None:
    """Exponents and floor stay; the coefficient takes the unit."""
    table = sweep_columns(40, seed=1)
    scaled = table | {which: table[which] * 10.0**power}
    # compute is derived from both, and only the fit is asked about here
    first = fitted(lc.read_runs(table))
    second = fitted(lc.read_runs(scaled), accept=["R007"])
    j = {"params": (1, 3), "tokens": (2, 4)}[which]
    keep = [k for k in range(5) if k != j[0]]
    np.testing.assert_allclose(second.estimate[keep], first.estimate[keep], rtol=1e-6)
    np.testing.assert_allclose(second.draws[:, [0, 3, 4]], first.draws[:, [0, 3, 4]], rtol=1e-3)
    unit = 10.0 ** (power * first.estimate[j[1]])
    np.testing.assert_allclose(second.estimate[j[0]], first.estimate[j[0]] * unit, rtol=1e-5)


def test_units_by_name_give_the_same_fit() -> None:
    table = sweep_columns(40, seed=1)
    table = {name: np.round(values, 3 if name == "loss" else -6) for name, values in table.items()}
    other = table | {"params": table["params"] / 1e6, "tokens": table["tokens"] / 1e9}
    first = fitted(lc.read_runs(table))
    second = fitted(lc.read_runs(other, params_unit="M", tokens_unit="B"))
    np.testing.assert_allclose(second.estimate, first.estimate, rtol=1e-9)
    np.testing.assert_allclose(second.draws, first.draws, rtol=1e-6)


def test_bits_and_nats() -> None:
    table = sweep_columns(40, seed=1)
    bits = table | {"loss": table["loss"] / np.log(2)}
    second = fitted(lc.read_runs(bits, loss_unit="bits"))
    np.testing.assert_allclose(second.estimate, fitted(table).estimate, rtol=1e-6)


@settings(max_examples=6)
@given(
    names=st.lists(
        st.text(st.characters(codec="ascii", categories=["L"]), min_size=3, max_size=8),
        max_size=3, unique_by=str.lower,
    ),
    seed=st.integers(0, 100),
)  # fmt: skip
def test_extra_columns(names: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    extra = {f"zz_{name}_{k}": rng.normal(size=40) for k, name in enumerate(names)}
    first, second = fitted(base()), fitted(lc.read_runs(base() | extra))
    assert first.draws.tobytes() == second.draws.tobytes()


@pytest.mark.parametrize("law", ["kaplan", "skaling", "data-constrained"])
def test_general_laws_do_not_mind_the_order(law: str) -> None:
    _, table = law_table(law, 0.004, np.random.default_rng(0))
    first = fitted(table, law=law, bootstrap=40)
    second = fitted(shuffled(table, 3), law=law, bootstrap=40)
    assert first.draws.tobytes() == second.draws.tobytes()


def test_user_laws_do_not_mind_the_order() -> None:
    table = line_columns()
    order = np.random.default_rng(0).permutation(40)
    other = {name: values[order] for name, values in table.items()}
    first, second = (fitted(t, law=line_law(), loss="l2") for t in (table, other))
    assert first.draws.tobytes() == second.draws.tobytes()


@pytest.mark.parametrize("loss", ["log-huber", "log-l2", "l2", "student-t", "asymmetric"])
def test_every_loss_gives_the_same_bytes_twice(loss: str) -> None:
    first, second = (fitted(base(), loss=loss, rng=4) for _ in range(2))
    assert first.draws.tobytes() == second.draws.tobytes()
    assert first.status.ok
