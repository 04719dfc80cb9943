"""Laws of one variable: loss against data, compute, parameters or steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawcast._values import Array
from lawcast.laws.law import RESPONSE, Law, Parameter, Term
from lawcast.laws.sums import EXPONENT_DOMAIN, sum_of_powers

_INF = float("inf")


def _floor(name: str = "E", symbol: str = "E", start: tuple[float, float] = (0.2, 1.0)) -> Parameter:
    return Parameter(
        name, symbol, "irreducible loss", "loss", (0.0, _INF), start, "log", lambda p: {RESPONSE: 1.0}
    )


CONSTANT = sum_of_powers(
    name="constant",
    title="no change",
    formula="y = E",
    variables=("x",),
    terms=(Term("E"),),
    meanings={"E": ("E", "level")},
    source="the no-change forecast that any other law has to beat",
    order=("E",),
    floor="E",
)

POWER = sum_of_powers(
    name="power",
    title="power law without a floor (M1)",
    formula="y = b·x^-c",
    variables=("x",),
    terms=(Term("b", {"x": "c"}),),
    meanings={"b": ("b", "loss at x = 1"), "c": ("c", "exponent")},
    source="Hestness et al. 2017; M1 of Alabdulmohsin et al. 2022, section 3",
    order=("b", "c"),
    rivals=("power-floor",),
)

POWER_FLOOR = sum_of_powers(
    name="power-floor",
    title="power law with a floor (M2)",
    formula="y = E + b·x^-c",
    variables=("x",),
    terms=(Term("E"), Term("b", {"x": "c"})),
    meanings={
        "E": ("E", "irreducible loss"),
        "b": ("b", "reducible loss at x = 1"),
        "c": ("c", "exponent of the reducible loss"),
    },
    source="M2 of Alabdulmohsin et al. 2022, section 3; Hestness et al. 2017",
    order=("E", "b", "c"),
    floor="E",
    rivals=("power", "m3"),
)


def _m3_value(x: Any, b: Any, g: Any, c: Any) -> Array:
    return np.asarray(b * (1.0 / x + g) ** c)


def _m3_gradient(x: Any, b: Any, g: Any, c: Any) -> tuple[Array, ...]:
    base = 1.0 / x + g
    power = base**c
    return power + 0 * b, b * c * power / base, b * power * np.log(base)


M3 = Law(
    name="m3",
    title="power law that bends into a floor (M3)",
    formula="y = b·(1/x + g)^c",
    variables=("x",),
    parameters=(
        Parameter(
            "b", "b", "loss where 1/x + g = 1", "loss·x^c", (0.0, _INF), (0.3, 3.0), "log",
            lambda p: {RESPONSE: 1.0, "x": p["c"]},
        ),
        Parameter(
            "g", "g", "inverse of the size at which the floor takes over", "1/x", (0.0, _INF),
            (1e-3, 10.0), "log", lambda p: {"x": -1.0},
        ),
        Parameter("c", "c", "exponent at small x", "1", EXPONENT_DOMAIN, (0.05, 1.5)),
    ),
    value=_m3_value,
    gradient=_m3_gradient,
    source="M3 of Alabdulmohsin et al. 2022, section 3; the floor is b·g^c",
    linear=("b",),
    exponents=("c",),
    rivals=("power-floor", "shifted"),
)  # fmt: skip


def _shifted_value(x: Any, E: Any, b: Any, s: Any, c: Any) -> Array:  # noqa: N803
    return np.asarray(E + b * (x + s) ** -c)


def _shifted_gradient(x: Any, E: Any, b: Any, s: Any, c: Any) -> tuple[Array, ...]:  # noqa: N803
    base = x + s
    power = base**-c
    return np.ones_like(power) + 0 * E, power + 0 * b, -b * c * power / base, -b * power * np.log(base)


SHIFTED = Law(
    name="shifted",
    title="power law with a floor and a shifted origin",
    formula="y = E + b·(x + s)^-c",
    variables=("x",),
    parameters=(
        _floor(),
        Parameter(
            "b", "b", "reducible loss where x + s = 1", "loss·x^c", (0.0, _INF), (0.05, 2.0),
            "log", lambda p: {RESPONSE: 1.0, "x": p["c"]},
        ),
        Parameter(
            "s", "s", "head start in x", "x", (0.0, _INF), (1e-3, 3.0), "log",
            lambda p: {"x": 1.0},
        ),
        Parameter("c", "c", "exponent of the reducible loss", "1", EXPONENT_DOMAIN, (0.05, 1.5)),
    ),
    value=_shifted_value,
    gradient=_shifted_gradient,
    source="power law with offset, as in Zipf-Mandelbrot; used for learning curves with warm-up",
    linear=("E", "b"),
    floor="E",
    exponents=("c",),
    rivals=("power-floor", "m3"),
)  # fmt: skip


def _softplus(t: Array) -> Array:
    return np.maximum(t, 0.0) + np.log1p(np.exp(-np.abs(t)))


def _m4_logit(x: Any, E: Any, e0: Any, a: Any, b: Any, c: Any) -> Array:  # noqa: N803
    """t with y = E + (e0 - E)·sigmoid(t).

    The definition becomes t - (1 - a)·softplus(t) = r with r = log q + (a - 1)·log(e0 - E), whose
    left side is increasing and bounded by min(t, a·t) or max(t, a·t); Newton from that bound
    converges without overshooting because the left side is concave (a < 1) or convex (a > 1).
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        r = np.log(b) - c * np.log(x) + (a - 1.0) * np.log(e0 - E)
        r, a = np.broadcast_arrays(r, a)
        t = np.where(r < 0, r, r / np.maximum(a, 1e-12))
        for _ in range(60):
            sigmoid = 0.5 * (1.0 + np.tanh(0.5 * t))
            step = (t - (1.0 - a) * _softplus(t) - r) / (1.0 - (1.0 - a) * sigmoid)
            t = t - step
            if not np.any(np.abs(step) > 1e-13 * (1.0 + np.abs(t))):
                break
    return t


def _m4_value(x: Any, E: Any, e0: Any, a: Any, b: Any, c: Any) -> Array:  # noqa: N803
    t = _m4_logit(x, E, e0, a, b, c)
    return np.asarray(E + (e0 - E) * 0.5 * (1.0 + np.tanh(0.5 * t)))


def _m4_gradient(x: Any, E: Any, e0: Any, a: Any, b: Any, c: Any) -> tuple[Array, ...]:  # noqa: N803
    t = _m4_logit(x, E, e0, a, b, c)
    above = (e0 - E) * 0.5 * (1.0 + np.tanh(0.5 * t))  # y - E
    below = (e0 - E) * 0.5 * (1.0 - np.tanh(0.5 * t))  # e0 - y
    # y moves by (y - E)(e0 - y) / ((e0 - y) + a (y - E)) for a unit of log b
    rate = above * below / (below + a * above)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            below / (below + a * above),
            a * above / (below + a * above),
            rate * np.log(below),
            rate / b,
            -rate * np.log(x),
        )


M4 = Law(
    name="m4",
    title="power law between a floor and a ceiling (M4)",
    formula="(y - E)/(e0 - y)^a = b·x^-c",
    variables=("x",),
    parameters=(
        _floor(),
        Parameter(
            "e0", "e0", "loss of a random guess (ceiling)", "loss", (0.0, _INF), (1.5, 10.0),
            "log", lambda p: {RESPONSE: 1.0},
        ),
        Parameter("a", "a", "how strongly the ceiling bends the curve", "1", (1e-3, 10.0), (0.05, 2.0), "log"),
        Parameter(
            "b", "b", "level of the power law", "loss^(1-a)·x^c", (0.0, _INF), (0.02, 2.0), "log",
            lambda p: {RESPONSE: 1.0 - p["a"], "x": p["c"]},
        ),
        Parameter("c", "c", "exponent of the reducible loss", "1", EXPONENT_DOMAIN, (0.05, 1.5)),
    ),
    value=_m4_value,
    gradient=_m4_gradient,
    source="M4 of Alabdulmohsin et al. 2022, section 3; solved for y by Newton's method",
    floor="E",
    exponents=("c",),
    rivals=("power-floor", "m3"),
)  # fmt: skip


def broken(breaks: int) -> Law:
    """The smoothly broken power law with ``breaks`` breaks (BNSL).

    Source: Caballero et al. 2023, equation 1. The first exponent is c0; after break i, at x = d_i
    with sharpness 1/f_i, the local exponent grows by c_i.
    """

    def logs(x: Any, theta: tuple[Any, ...]) -> tuple[Array, list[tuple[Array, Array]]]:
        log_x = np.log(x)
        power = -theta[2] * log_x
        parts = []
        for i in range(breaks):
            c, d, f = theta[3 + 3 * i : 6 + 3 * i]
            z = (log_x - np.log(d)) / f
            soft = _softplus(z)
            power = power - c * f * soft
            parts.append((z, soft))
        return power, parts

    def value(x: Any, *theta: Any) -> Array:
        power, _ = logs(x, theta)
        with np.errstate(over="ignore"):
            return np.asarray(theta[0] + theta[1] * np.exp(power))

    def gradient(x: Any, *theta: Any) -> tuple[Array, ...]:
        power, parts = logs(x, theta)
        with np.errstate(over="ignore", invalid="ignore"):
            unit = np.exp(power)
            reducible = theta[1] * unit
            slopes = [np.ones_like(unit) + 0 * theta[0], unit, -reducible * np.log(x)]
            for i, (z, soft) in enumerate(parts):
                c, d, f = theta[3 + 3 * i : 6 + 3 * i]
                sigmoid = 0.5 * (1.0 + np.tanh(0.5 * z))
                slopes += [
                    -reducible * f * soft,
                    reducible * c * sigmoid / d,
                    reducible * c * (sigmoid * z - soft),
                ]
        return tuple(slopes)

    parameters = [
        _floor("a", "a"),
        Parameter(
            "b", "b", "reducible loss at x = 1, unbroken", "loss·x^c0", (0.0, _INF), (0.05, 2.0),
            "log", lambda p: {RESPONSE: 1.0, "x": p["c0"]},
        ),
        Parameter("c0", "c0", "exponent before the first break", "1", (-5.0, 5.0), (0.0, 1.0)),
    ]  # fmt: skip
    for i in range(1, breaks + 1):
        parameters += [
            Parameter(f"c{i}", f"c{i}", f"change of the exponent at break {i}", "1", (-5.0, 5.0), (-0.7, 0.7)),
            Parameter(
                f"d{i}", f"d{i}", f"where break {i} is", "x", (0.0, _INF), (0.05, 20.0), "log",
                lambda p: {"x": 1.0},
            ),
            Parameter(f"f{i}", f"f{i}", f"width of break {i} in log x", "1", (0.02, 10.0), (0.1, 2.0), "log"),
        ]  # fmt: skip
    return Law(
        name="bnsl" if breaks == 1 else f"bnsl-{breaks}",
        title=f"smoothly broken power law, {breaks} break{'s' if breaks > 1 else ''} (BNSL)",
        formula=f"y = a + b·x^-c0·prod_i (1 + (x/d_i)^(1/f_i))^(-c_i·f_i), i = 1..{breaks}",
        variables=("x",),
        parameters=tuple(parameters),
        value=value,
        gradient=gradient,
        source="Caballero et al. 2023, equation 1",
        linear=("a", "b"),
        floor="a",
        exponents=("c0", *(f"c{i}" for i in range(1, breaks + 1))),
        rivals=("power-floor",),
    )
