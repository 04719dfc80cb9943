"""Laws of one variable: loss against data, compute, parameters or steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawcast._values import Array
from lawcast.laws.law import RESPONSE, Law, Parameter, SearchForm, Term, both
from lawcast.laws.sums import EXPONENT_DOMAIN, sum_of_powers

_INF = float("inf")


def _floor(
    name: str = "E", symbol: str = "E", start: tuple[float, float] = (0.2, 1.0)
) -> Parameter:
    return Parameter(
        name,
        symbol,
        "irreducible loss",
        "loss",
        (0.0, _INF),
        start,
        "log",
        lambda p: {RESPONSE: 1.0},
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


def _m3(x: Any, b: Any, g: Any, c: Any) -> tuple[Array, tuple[Array, ...]]:
    base = 1.0 / x + g
    log_base = np.log(base)
    power = np.exp(c * log_base)
    value = b * power
    return value, (power + 0 * b, c * value / base, value * log_base)


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
    **both(_m3),
    source="M3 of Alabdulmohsin et al. 2022, section 3; the floor is b·g^c",
    linear=("b",),
    exponents=("c",),
    rivals=("power-floor", "shifted"),
)  # fmt: skip


def _shifted(x: Any, E: Any, b: Any, s: Any, c: Any) -> tuple[Array, tuple[Array, ...]]:
    base = x + s
    log_base = np.log(base)
    power = np.exp(-c * log_base)
    reducible = b * power
    slopes = (
        np.ones_like(reducible) + 0 * E,
        power + 0 * b,
        -c * reducible / base,
        -reducible * log_base,
    )
    return E + reducible, slopes


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
    **both(_shifted),
    source="power law with offset, as in Zipf-Mandelbrot; used for learning curves with warm-up",
    linear=("E", "b"),
    floor="E",
    exponents=("c",),
    rivals=("power-floor", "m3"),
)  # fmt: skip


def _softplus_sigmoid(t: Array) -> tuple[Array, Array]:
    tail = np.exp(-np.abs(t))
    return np.maximum(t, 0.0) + np.log1p(tail), np.where(t >= 0, 1.0, tail) / (1.0 + tail)


_MOST_HALLEY = 40


def _m4_logit(r: Array, a: Array) -> tuple[Array, Array]:
    """softplus and sigmoid of the t with t - (1 - a)·softplus(t) = r.

    The left side is increasing and concave (a < 1) or convex (a > 1), and t lies beside the bound
    r (r < 0) or r/a. Halley's method from that bound takes two to six rounds.
    """
    rest = 1.0 - a
    # beyond 700 the sigmoid is 0 or 1 and the exponential would overflow
    t = np.clip(np.where(r < 0, r, r / a), -700.0, 700.0)
    for _ in range(_MOST_HALLEY):
        power = np.exp(t)
        above = 1.0 + power
        sigmoid = power / above
        slope = 1.0 - rest * sigmoid
        step = t - rest * np.log(above)
        step -= r
        step /= slope
        # the second-order part of Halley's method, kept from overshooting where it is rough
        bend = rest * sigmoid
        bend /= above
        bend /= slope
        bend *= step
        bend *= 0.5
        bend += 1.0
        step /= np.clip(bend, 0.5, 2.0, out=bend)
        before = t
        t = np.clip(t - step, -700.0, 700.0)
        # convergence is cubic: the next step would be below rounding
        if not np.any(np.abs(t - before) > 1e-4):
            break
    return _softplus_sigmoid(t)


def _m4_search(
    x: Any, E: Any, gap: Any, bend: Any, level: Any, c: Any
) -> tuple[Array, tuple[Array, ...]]:
    """Value and gradient in E, gap = e0 - E, bend = a/gap, level = b·gap^a and c.

    Far below the ceiling the law is y - E = level·x^-c·(1 - bend·(y - E) + ...), so these do not
    trade off against each other where the data hardly see the ceiling. With y = E +
    gap·sigmoid(t) the definition becomes t - (1 - a)·softplus(t) = log(level/gap) - c·log x.
    """
    log_x = np.log(x)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        a = bend * gap
        soft, sigmoid = _m4_logit(np.log(level / gap) - c * log_x, a)
        rate = gap * sigmoid * (1.0 - sigmoid) / (1.0 - (1.0 - a) * sigmoid)  # d y / d log level
        by_a = -rate * soft
        slopes = (
            np.ones_like(rate) + 0 * E,
            sigmoid - rate / gap + by_a * bend,
            by_a * gap,
            rate / level,
            -rate * log_x,
        )
        return E + gap * sigmoid, slopes


def _m4(x: Any, E: Any, e0: Any, a: Any, b: Any, c: Any) -> tuple[Array, tuple[Array, ...]]:
    """Value and gradient in the declared parameters."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        gap = np.where(np.asarray(e0 > E), e0 - E, np.nan)
        level = b * gap**a
        value, (_, by_gap, by_bend, by_level, by_c) = _m4_search(x, E, gap, a / gap, level, c)
        by_log = by_level * level
        ceiling = by_gap - by_bend * a / gap**2 + by_log * a / gap
        slopes = (1.0 - ceiling, ceiling, by_bend / gap + by_log * np.log(gap), by_log / b, by_c)
        return value, slopes


def _m4_enter(theta: Array) -> Array:
    E, e0, a, b, c = np.moveaxis(theta, -1, 0)
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.maximum(e0 - E, 1e-6 * np.abs(e0))
        return np.stack([E, gap, a / gap, b * gap**a, c], axis=-1)


def _m4_leave(inner: Array) -> Array:
    E, gap, bend, level, c = np.moveaxis(inner, -1, 0)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.stack([E, E + gap, bend * gap, level * gap ** (-bend * gap), c], axis=-1)


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
        Parameter(
            "a", "a", "how strongly the ceiling bends the curve", "1", (0.0, _INF), (0.05, 2.0),
            "log",
        ),
        Parameter(
            "b", "b", "level of the power law", "loss^(1-a)·x^c", (0.0, _INF), (0.02, 2.0), "log",
            lambda p: {RESPONSE: 1.0 - p["a"], "x": p["c"]},
        ),
        Parameter("c", "c", "exponent of the reducible loss", "1", EXPONENT_DOMAIN, (0.05, 1.5)),
    ),
    **both(_m4),
    search=SearchForm(_m4_enter, _m4_leave, _m4_search, {"e0": (1e-3, 1e2), "a": (1e-4, 1e1)}),
    source="M4 of Alabdulmohsin et al. 2022, section 3; solved for y by Halley's method",
    floor="E",
    exponents=("c",),
    rivals=("power-floor", "m3"),
)  # fmt: skip


def broken(breaks: int) -> Law:
    """The smoothly broken power law with ``breaks`` breaks (BNSL).

    Source: Caballero et al. 2023, equation 1. The first exponent is c0; after break i, at x = d_i
    with sharpness 1/f_i, the local exponent grows by c_i.
    """

    def value_and_gradient(x: Any, *theta: Any) -> tuple[Array, tuple[Array, ...]]:
        log_x = np.log(x)
        power = -theta[2] * log_x
        parts = []
        for i in range(breaks):
            c, d, f = theta[3 + 3 * i : 6 + 3 * i]
            z = (log_x - np.log(d)) / f
            soft, sigmoid = _softplus_sigmoid(z)
            power = power - c * f * soft
            parts.append((c, d, f, z, soft, sigmoid))
        with np.errstate(over="ignore", invalid="ignore"):
            unit = np.exp(power)
            reducible = theta[1] * unit
            slopes = [np.ones_like(unit) + 0 * theta[0], unit + 0 * theta[1], -reducible * log_x]
            for c, d, f, z, soft, sigmoid in parts:
                slopes += [
                    -reducible * f * soft,
                    reducible * c * sigmoid / d,
                    reducible * c * (sigmoid * z - soft),
                ]
            return theta[0] + reducible, tuple(slopes)

    def search(x: Any, a: Any, level: Any, end: Any, *rest: Any) -> tuple[Array, tuple[Array, ...]]:
        log_x = np.log(x)
        power = -end * log_x
        parts = []
        for i in range(breaks):
            c, d, f = rest[3 * i : 3 * i + 3]
            z, z_1 = (log_x - np.log(d)) / f, -np.log(d) / f
            soft, sigmoid = _softplus_sigmoid(z)
            soft_1, sigmoid_1 = _softplus_sigmoid(z_1)
            shape = log_x - f * (soft - soft_1)
            power = power + c * shape
            bend = sigmoid * z - sigmoid_1 * z_1 - (soft - soft_1)
            parts.append((shape, c * (sigmoid - sigmoid_1) / d, c * bend))
        with np.errstate(over="ignore", invalid="ignore"):
            unit = np.exp(power)
            reducible = level * unit
            slopes = [np.ones_like(unit) + 0 * a, unit + 0 * level, -reducible * log_x]
            for by_c, by_d, by_f in parts:
                slopes += [reducible * by_c, reducible * by_d, reducible * by_f]
            return a + reducible, tuple(slopes)

    def at_one(theta: Array) -> tuple[Array, Array]:
        """Sum of the c_i, and the factor by which the breaks lower the curve at x = 1."""
        c, d, f = (theta[..., 3 + k :: 3] for k in range(3))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            soft, _ = _softplus_sigmoid(-np.log(d) / f)
            return c.sum(axis=-1), np.exp(-(c * f * soft).sum(axis=-1))

    def enter(theta: Array) -> Array:
        inner = np.array(theta, dtype=float)
        change, factor = at_one(inner)
        inner[..., 1] *= factor
        inner[..., 2] += change
        return inner

    def leave(inner: Array) -> Array:
        theta = np.array(inner, dtype=float)
        change, factor = at_one(theta)
        theta[..., 1] /= factor
        theta[..., 2] -= change
        return theta

    # searched over: the reducible loss at x = 1, the exponent beyond the last break (a curve
    # that rises without end is no forecast), and breaks that the data can see
    bounds = {"c0": (0.0, 5.0), **{f"d{i}": (1e-6, 1e6) for i in range(1, breaks + 1)}}

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
            Parameter(
                f"c{i}", f"c{i}", f"change of the exponent at break {i}", "1", (-5.0, 5.0),
                (-0.7, 0.7),
            ),
            Parameter(
                f"d{i}", f"d{i}", f"where break {i} is", "x", (0.0, _INF), (0.05, 20.0), "log",
                lambda p: {"x": 1.0},
            ),
            Parameter(
                f"f{i}", f"f{i}", f"width of break {i} in log x", "1", (0.05, 10.0), (0.1, 2.0),
                "log",
            ),
        ]  # fmt: skip
    return Law(
        name="bnsl" if breaks == 1 else f"bnsl-{breaks}",
        title=f"smoothly broken power law, {breaks} break{'s' if breaks > 1 else ''} (BNSL)",
        formula=f"y = a + b·x^-c0·prod_i (1 + (x/d_i)^(1/f_i))^(-c_i·f_i), i = 1..{breaks}",
        variables=("x",),
        parameters=tuple(parameters),
        **both(value_and_gradient),
        search=SearchForm(enter, leave, search, bounds),
        source="Caballero et al. 2023, equation 1",
        linear=("a", "b"),
        floor="a",
        exponents=("c0", *(f"c{i}" for i in range(1, breaks + 1))),
        rivals=("power-floor",),
    )
