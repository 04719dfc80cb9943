"""Sums of power terms: value, gradient and units follow from the declared terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lawcast._values import Array
from lawcast.laws.law import RESPONSE, Law, Parameter, Powers, Term

EXPONENT_DOMAIN = (0.0, 5.0)
"""Exponents of decay: 0 is no dependence; above 5 no run could see the term."""


def sum_of_powers(
    *,
    name: str,
    title: str,
    formula: str,
    variables: tuple[str, ...],
    terms: tuple[Term, ...],
    meanings: Mapping[str, tuple[str, str]],
    source: str,
    order: tuple[str, ...],
    floor: str | None = None,
    rivals: tuple[str, ...] = (),
) -> Law:
    """A law E + sum_i A_i prod_j x_j^-a_ij from its terms.

    Args:
        name, title, formula, variables, source, floor, rivals: as in :class:`Law`.
        terms: the power terms; a term without exponents is the floor.
        meanings: symbol and meaning by parameter name.
        order: parameter names in the order to report them.
    """
    place = {parameter: j for j, parameter in enumerate(order)}
    column = {variable: j for j, variable in enumerate(variables)}
    count = len(variables)

    def parts(arguments: tuple[Any, ...]) -> list[Array]:
        logs = [np.log(x) for x in arguments[:count]]
        theta = arguments[count:]
        values = []
        for term in terms:
            value = theta[place[term.coefficient]]
            if term.exponents:
                decay = sum(theta[place[e]] * logs[column[v]] for v, e in term.exponents.items())
                value = value * np.exp(-decay)
            values.append(value)
        return values

    def value(*arguments: Any) -> Array:
        total = sum(parts(arguments))
        shape = np.broadcast_shapes(*(np.shape(a) for a in arguments))
        return np.broadcast_to(np.asarray(total, dtype=float), shape)

    def gradient(*arguments: Any) -> tuple[Array, ...]:
        theta = arguments[count:]
        slopes: list[Any] = [0.0] * len(order)
        for term, part in zip(terms, parts(arguments), strict=True):
            j = place[term.coefficient]
            slopes[j] = slopes[j] + part / theta[j]
            for variable, exponent in term.exponents.items():
                k = place[exponent]
                slopes[k] = slopes[k] - part * np.log(arguments[column[variable]])
        shape = np.broadcast_shapes(*(np.shape(a) for a in arguments))
        return tuple(np.broadcast_to(np.asarray(s, dtype=float), shape) for s in slopes)

    coefficients = {term.coefficient: term for term in terms}
    parameters = tuple(
        _coefficient(p, coefficients[p], meanings[p])
        if p in coefficients
        else Parameter(p, meanings[p][0], meanings[p][1], "1", EXPONENT_DOMAIN, (0.05, 1.5))
        for p in order
    )
    return Law(
        name=name,
        title=title,
        formula=formula,
        variables=variables,
        parameters=parameters,
        value=value,
        gradient=gradient,
        source=source,
        terms=terms,
        linear=tuple(term.coefficient for term in terms),
        floor=floor,
        exponents=tuple(p for p in order if p not in coefficients),
        rivals=rivals,
    )


def _coefficient(name: str, term: Term, meaning: tuple[str, str]) -> Parameter:
    unit = "loss" + "".join(f"·{v}^{e}" for v, e in term.exponents.items())
    start = (0.02, 2.0) if term.exponents else (0.2, 1.0)
    return Parameter(
        name, meaning[0], meaning[1], unit, (0.0, np.inf), start, "log", _powers_of(term)
    )


def _powers_of(term: Term) -> Callable[[Mapping[str, Array]], Powers]:
    return lambda p: {RESPONSE: 1.0, **{v: p[e] for v, e in term.exponents.items()}}
