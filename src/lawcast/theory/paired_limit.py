"""Loss less its limit at the same other resource: the exponent of the difference.

A loss that is limited by variance does not fall to zero: L(D, P) - L(∞, P) does, at the same P, and
as a power law of D (Bahri et al. 2021, theorem 1). The sign of the difference may be either, so its
size is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, Finding, FitRefused, TableError, worst_first
from lawcast._values import (
    DEFAULT_LEVEL,
    Array,
    Estimate,
    Interval,
    check_level,
    check_seed,
    half_width,
)
from lawcast.theory import local_findings as kinds
from lawcast.theory.columns import (
    Columns,
    Index,
    Points,
    as_numbers,
    check_count,
    label_word,
    number_labels,
    read_points,
    rows_where,
)
from lawcast.theory.limits import (
    Curves,
    best_exponents,
    check_span,
    estimate,
    power,
    profile,
    profile_ends,
    search_grid,
)
from lawcast.theory.mixture import find_mixture
from lawcast.theory.paired_result import (
    NOT_JUDGED,
    CurveLimit,
    PairedLimit,
    few_labels,
    judge,
)
from lawcast.theory.price import LimitPrice, price_of_limit
from lawcast.theory.slopes import student

_EXACT = 1e-12  # share of the squares that rounding may leave
_ROUNDS = 8  # of a fit and the weights that follow from it
FEWEST_SIZES = 3
"""Two sizes always lie on a power law."""

Limits = float | ArrayLike | Mapping[str, float]
Repeats = ArrayLike | Mapping[str, ArrayLike]


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of the limits (c,): value, standard error (0 exact, inf fitted)."""

    way: str
    value: Array
    error: Array


@dataclass(frozen=True, eq=False)
class _Fitted:
    """One way of dealing with the limits."""

    curves: Curves
    value: float
    ends: tuple[float | None, float | None]
    factor: Array
    limit: Array
    squares: float
    scale: float
    noise_of: str


def paired_limit(
    x: ArrayLike | Columns,
    loss: ArrayLike | str | None = None,
    *,
    variable: str | None = None,
    limit: Limits | None = None,
    repeats: Repeats | None = None,
    same: ArrayLike | str | None = None,
    groups: ArrayLike | str | None = None,
    level: float = DEFAULT_LEVEL,
    draws: int = 400,
    rng: int | np.random.Generator = 0,
) -> PairedLimit:
    """The exponent of |loss - limit|, with the limit exact, measured or fitted.

    Args:
        x: (n,) sizes, positive; or a table of runs.
        loss: (n,) losses; or the name of a column of the table (``"loss"`` unless given).
        variable: for a table, its column of sizes; for arrays, a name for the axis.
        limit: the exact limit: a number, one for each label of ``same``, or (n,) numbers.
        repeats: losses of repeated runs at the limit, (k,) or one row for each label of ``same``;
            the limit is their mean, and its standard error widens the interval. Without ``limit``
            and ``repeats`` the limit is fitted.
        same: (n,) labels, or a column: rows of one label have the other resource in common, and
            so a limit and a factor of their own. None takes all rows as one curve.
        groups: (n,) labels, or a column, of rows that share their randomness, such as seeds. The
            interval is then that of leaving out whole groups in turn.
        level: of every interval.
        draws: simulated data sets for the price of fitting; 0 for none.
        rng: seed or generator of those.

    Returns:
        A :class:`PairedLimit`; its ``status`` says whether the slope is an exponent at all.

    Raises:
        ArgumentError, UnknownNameError: an argument is out of range or contradicts another.
        TableError: rows that cannot be used, or equal to their exact limit, all at once.
        FitRefused: too few sizes.
    """
    level = check_level(level)
    draws = check_count(draws, "draws", 50, "no simulated price")
    seed = None if isinstance(rng, np.random.Generator) else check_seed(rng)
    generator = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed)
    points = read_points(x, loss, variable=variable, groups=groups)
    largest = float(np.abs(points.loss).max())
    if not 1e-100 < largest < 1e100:
        raise ArgumentError(
            f"the largest loss is {largest:g} in size, too far from 1 for its square; pass losses "
            "in another unit"
        )
    check_span(points.x)
    curve, labels = _curves_of(x, same, points.count)
    known = _known(limit, repeats, points, curve, labels, level)
    mixture = find_mixture(x, points.variable, apart=groups, curve=None if same is None else curve)
    design, found = _with_sizes_enough(_Design(points, curve, labels, known))
    points, curve, labels, known = design.points, design.curve, design.labels, design.known
    if points.groups is not None:
        count = int(points.groups.max()) + 1
        if count < 3:
            raise ArgumentError(
                f"groups= has {count} group{'s' * (count > 1)}, and an interval of whole groups "
                "needs three at least; leave groups= out to take the rows as independent"
            )
        if count < 6:
            found.append(kinds.FEW_GROUPS.found(
                f"the interval rests on {count} groups; six or more tell how groups differ"
            ))  # fmt: skip
    fitted = _fit(points, curve, known, level)
    free = fitted if known.way == "fitted" else _fit_free(points, curve, labels, level, fitted)
    nothing = _Known("exact", np.zeros(len(labels)), np.zeros(len(labels)))
    none = _fit(points, curve, nothing, level)
    interval = _interval(points, curve, known, fitted, level)
    result = PairedLimit(
        exponent=Estimate(fitted.value, interval),
        way=known.way,
        others=_others(known, free, none, level),
        curves=_limits(labels, curve, known, fitted, level),
        points=replace(points, groups=None, names=()),
        curve=curve,
        noise=fitted.scale,
        noise_of=fitted.noise_of,
        bend_p=_bend_p(points, curve, fitted),
        limit_p=_limit_p(points, curve, known, fitted),
        bent=_bent(points, curve, known, fitted),
        price=_price(points, curve, fitted, level, draws, generator),
        level=level,
        seed=seed,
        findings=(),
        status=NOT_JUDGED,
    )
    judged, more = judge(result)
    if mixture is not None:
        found.append(mixture.finding)
        if mixture.scattered and judged.status.ok:
            judged = replace(judged, status=mixture.status)
    return replace(judged, findings=worst_first([*found, *more]))


def _curves_of(
    x: ArrayLike | Columns, same: ArrayLike | str | None, n: int
) -> tuple[Index, tuple[str, ...]]:
    if same is None:
        return np.zeros(n, dtype=np.intp), ("",)
    if isinstance(same, str):
        if not isinstance(x, Columns):
            raise ArgumentError("same= is (n,) labels; a name works with a table of runs alone")
        same = x[same]
    return number_labels(same, n, "same")


def _known(
    limit: Limits | None,
    repeats: Repeats | None,
    points: Points,
    curve: Index,
    labels: tuple[str, ...],
    level: float,
) -> _Known:
    if limit is not None and repeats is not None:
        raise ArgumentError("pass limit= (exact) or repeats= (measured), not both")
    count = len(labels)
    if repeats is not None:
        values, errors = np.zeros(count), np.zeros(count)
        for c, runs in enumerate(_of_each(repeats, labels, "repeats")):
            losses = as_numbers(runs, "repeats")
            if losses.size < 2 or not np.all(np.isfinite(losses)):
                raise ArgumentError(
                    "repeats= holds two or more finite losses at the limit for every curve; one "
                    "run says nothing of its own error. Pass limit= if it is exact"
                )
            few = student(level, losses.size - 1) / half_width(level)
            values[c] = losses.mean()
            errors[c] = few * losses.std(ddof=1) / np.sqrt(losses.size)
        return _Known("repeated", values, errors)
    if limit is None:
        return _Known("fitted", np.zeros(count), np.full(count, np.inf))
    if isinstance(limit, Mapping):
        values = np.array([_one(each) for each in _of_each(limit, labels, "limit")])
    elif np.ndim(np.asarray(limit)) == 0:
        values = np.full(count, _one(limit))
    else:
        rows = as_numbers(limit, "limit")
        if rows.shape != points.loss.shape:
            raise ArgumentError(f"limit= has {rows.size} numbers, not one a row: {points.count}")
        values = np.array([rows[curve == c][0] for c in range(count)])
        if not np.array_equal(rows, values[curve], equal_nan=True):
            raise ArgumentError(
                "limit= differs within one curve; a limit belongs to all rows with the same other "
                "resource. Name what they have in common with same="
            )
    if not np.all(np.isfinite(values)):
        raise TableError((kinds.MISSING.found("limit= holds a missing or infinite number"),))
    zero = points.loss == values[curve]
    if zero.any():
        raise TableError((kinds.AT_FLOOR.found(
            f"{int(zero.sum())} of {points.count} losses equal their exact limit, so their "
            "difference has no size", fix="leave these rows out",
            rows=rows_where(points, zero), row_label=points.row_label,
        ),))  # fmt: skip
    return _Known("exact", values, np.zeros(count))


def _of_each(given: object, labels: tuple[str, ...], name: str) -> Sequence[ArrayLike]:
    if not isinstance(given, Mapping):
        return [given] * len(labels)  # type: ignore[list-item]
    words = {label_word(key): value for key, value in given.items()}
    missing = [label for label in labels if label not in words]
    if missing:
        raise ArgumentError(f"{name}= has nothing for {missing[0]!r}, a label of same=")
    return [words[label] for label in labels]


def _one(value: ArrayLike) -> float:
    """One number, of a limit."""
    numbers = as_numbers(np.ravel(np.asarray(value)), "limit")
    if numbers.size != 1:
        raise ArgumentError(f"limit= has one number for each label of same=, not {numbers.size}")
    return float(numbers[0])


@dataclass(frozen=True, eq=False)
class _Design:
    """The rows that are fitted, their curves, and what is known of the limits."""

    points: Points
    curve: Index
    labels: tuple[str, ...]
    known: _Known


def _with_sizes_enough(design: _Design) -> tuple[_Design, list[Finding]]:
    """The curves with sizes enough, and what to know of the others.

    Raises:
        FitRefused: no curve has enough.
    """
    points, curve, labels, known = design.points, design.curve, design.labels, design.known
    needed = FEWEST_SIZES + (known.way == "fitted")
    sizes = np.array([np.unique(points.x[curve == c]).size for c in range(len(labels))])
    few = np.flatnonzero(sizes < needed)
    if not few.size:
        return design, []
    what = "an exponent and its limit need" if known.way == "fitted" else "an exponent needs"
    lacking = np.isin(curve, few)
    if len(labels) == 1:
        text = (f"there {'is' if sizes[0] == 1 else 'are'} {sizes[0]} different "
                f"size{'s' * int(sizes[0] != 1)}; {what} {needed} at least")  # fmt: skip
    else:
        text = (f"{few.size} of {len(labels)} groups {'has' if few.size == 1 else 'have'} fewer "
                f"than {needed} different sizes, which {what} (the largest of them has "
                f"{sizes[few].max()}): {few_labels([labels[c] for c in few])}")  # fmt: skip
    if few.size == len(labels):
        fix = "add runs at other sizes"
        if len(labels) > 1:
            fix += ", or name a column of fewer values with same="
        finding = kinds.FEW_SIZES.found(
            text, fix=fix, rows=rows_where(points, lacking), row_label=points.row_label
        )
        raise FitRefused(f"{text}. Fix: {fix}", (finding,))
    finding = kinds.SET_ASIDE.found(
        f"{text}; they are left out", fix="add runs at other sizes of these groups",
        rows=rows_where(points, lacking), row_label=points.row_label,
    )  # fmt: skip
    kept = np.flatnonzero(sizes >= needed)
    rows = ~lacking
    groups, names = points.groups, points.names
    if groups is not None:
        left, groups = np.unique(groups[rows], return_inverse=True)
        groups, names = groups.astype(np.intp), tuple(names[g] for g in left)
    left_points = replace(
        points, x=points.x[rows], loss=points.loss[rows], rows=points.rows[rows], groups=groups,
        names=names,
    )  # fmt: skip
    return _Design(
        left_points, np.searchsorted(kept, curve[rows]).astype(np.intp),
        tuple(labels[c] for c in kept), _Known(known.way, known.value[kept], known.error[kept]),
    ), [finding]  # fmt: skip


def _fit(
    points: Points, curve: Index, known: _Known, level: float, noise_of: str | None = None
) -> _Fitted:
    """Fit one way; what the noise is a share of is chosen by likelihood unless it is given."""
    tried = [
        _fit_weighted(points, curve, known, level, kind)
        for kind in (("loss", "difference") if noise_of is None else (noise_of,))
    ]
    return min(tried, key=_surprise)


def _surprise(fit: _Fitted) -> float:
    n = fit.curves.u.size
    return float(0.5 * n * np.log(fit.squares / n) - 0.5 * np.sum(np.log(fit.curves.weight)))


def _fit_weighted(
    points: Points, curve: Index, known: _Known, level: float, noise_of: str
) -> _Fitted:
    u, count = np.log(points.x), known.value.size
    y = (points.loss - known.value[curve])[None, :]
    grid = search_grid(known.way == "fitted")
    nonnegative = bool(np.all(points.loss > 0.0))
    # a share of a loss means something where all are positive; else the noise is taken as equal
    size = points.loss if nonnegative else np.full(u.size, np.sqrt(np.mean(points.loss**2)))
    weight, scale = size**-2.0, 0.0
    least = -known.value if nonnegative else np.full(count, -np.inf)
    # the weights of a difference, and of a measured limit beside the noise, come from the fit
    for _ in range(_ROUNDS):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(known.error > 0.0, scale**2 / known.error**2, np.inf)
        if known.way != "fitted" and not scale:
            ratio = np.full(count, np.inf)
        curves = Curves(u, curve, weight, ratio, least)
        made = profile(curves, y, grid)
        value = best_exponents(made.squares, grid)
        best = profile(curves, y, value)
        factor, limit = best.factor[:, 0, 0], best.limit[:, 0, 0]
        squares = float(best.squares[0, 0])
        freedom = u.size - 1 - count * (2 if known.way == "fitted" else 1)
        scale = float(np.sqrt(squares / max(freedom, 1)))
        if noise_of == "difference":
            middle = np.array([u[curve == c].mean() for c in range(count)])
            model = np.abs(factor[curve] * power(float(value[0]), u - middle[curve]))
            weight = np.maximum(model, 1e-9 * size) ** -2.0
    ends = profile_ends(made.squares[0], grid, level, max(freedom, 1))
    return _Fitted(
        curves, float(value[0]), ends, factor, known.value + limit, squares, scale, noise_of
    )


def _fit_free(
    points: Points, curve: Index, labels: tuple[str, ...], level: float, fitted: _Fitted
) -> _Fitted | None:
    """The same with the limits fitted, where there are rows enough for that."""
    fewest = min(int(np.unique(points.x[curve == c]).size) for c in range(len(labels)))
    if fewest <= FEWEST_SIZES:
        return None
    known = _Known("fitted", np.zeros(len(labels)), np.full(len(labels), np.inf))
    return _fit(points, curve, known, level, fitted.noise_of)


def _interval(
    points: Points, curve: Index, known: _Known, fitted: _Fitted, level: float
) -> Interval | None:
    if points.groups is None:
        return _ends_interval(fitted, level)
    count = int(points.groups.max()) + 1
    left_out = []
    for g in range(count):
        keep = points.groups != g
        if any(np.unique(points.x[keep & (curve == c)]).size < FEWEST_SIZES
               for c in range(known.value.size)):  # fmt: skip
            raise ArgumentError(
                f"without group {points.names[g]!r} a curve has fewer than {FEWEST_SIZES} sizes, "
                "so groups cannot be left out in turn; leave groups= out"
            )
        part = replace(fitted.curves, u=fitted.curves.u[keep], curve=curve[keep],
                       weight=fitted.curves.weight[keep])  # fmt: skip
        y = (points.loss - known.value[curve])[None, keep]
        left_out.append(float(estimate(part, y)[0]))
    spread = np.sqrt((count - 1) / count * np.sum((np.array(left_out) - np.mean(left_out)) ** 2))
    half = student(level, count - 1) * float(spread)
    method = f"leaving out each of {count} groups in turn (jackknife), Student t"
    return Interval(fitted.value - half, fitted.value + half, level, method)


def _ends_interval(fitted: _Fitted, level: float) -> Interval | None:
    low, high = fitted.ends
    return Interval(
        -np.inf if low is None else min(low, fitted.value),
        np.inf if high is None else max(high, fitted.value),
        level,
        "profile likelihood, F threshold",
    )


def _others(
    known: _Known, free: _Fitted | None, none: _Fitted, level: float
) -> dict[str, Estimate]:
    """What the other ways say of the same runs."""
    made = {} if known.way == "exact" and not known.value.any() else {"none": none}
    if free is not None and known.way != "fitted":
        made = {"free": free, **made}
    return {way: Estimate(fit.value, _ends_interval(fit, level)) for way, fit in made.items()}


def _limits(
    labels: tuple[str, ...], curve: Index, known: _Known, fitted: _Fitted, level: float
) -> tuple[CurveLimit, ...]:
    made = []
    for c, label in enumerate(labels):
        value, ends = float(fitted.limit[c]), None
        if known.way == "repeated":
            half = half_width(level) * float(known.error[c])
            value = float(known.value[c])
            ends = Interval(value - half, value + half, level, "repeated runs, Student t")
        made.append(CurveLimit(
            label=label,
            limit=Estimate(value, ends),
            factor=float(fitted.factor[c]),
            count=int(np.count_nonzero(curve == c)),
        ))  # fmt: skip
    return tuple(made)


def _bend_p(points: Points, curve: Index, fitted: _Fitted) -> float | None:
    """p of a straight line in log |difference| against a parabola; None where signs differ."""
    from scipy.special import fdtrc

    y = points.loss - fitted.limit[curve]
    count = fitted.limit.size
    if any(np.unique(np.sign(y[curve == c])).size > 1 for c in range(count)) or np.any(y == 0.0):
        return None
    freedom = points.count - count - 2
    if freedom < 1:
        return None
    u, v = np.log(points.x), np.log(np.abs(y))
    root = np.sqrt(fitted.curves.weight) * np.abs(y)
    own = (curve[:, None] == np.arange(count)).astype(float)
    straight = np.column_stack([own, u - u.mean()]) * root[:, None]
    bent = np.column_stack([straight, (u - u.mean()) ** 2 * root])
    left = [float(np.sum((root * v - m @ np.linalg.lstsq(m, root * v)[0]) ** 2))
            for m in (straight, bent)]  # fmt: skip
    if left[0] <= 1e-18 * float(np.sum((root * v) ** 2)):
        return 1.0  # straight to rounding
    ratio = (left[0] - left[1]) / max(left[1] / freedom, 1e-300)
    return float(fdtrc(1, freedom, max(ratio, 0.0)))


def _limit_p(points: Points, curve: Index, known: _Known, fitted: _Fitted) -> float | None:
    """p of the limits that were given against fitted ones, with the same weights."""
    from scipy.special import fdtrc

    count = known.value.size
    freedom = points.count - 1 - 2 * count
    y = (points.loss - known.value[curve])[None, :]
    small = fitted.squares <= _EXACT * float(np.sum(fitted.curves.weight * y[0] ** 2))
    if known.way == "fitted" or freedom < 1 or small:
        return None
    free = replace(fitted.curves, known=np.zeros(count))
    grid = search_grid(True)
    best = best_exponents(profile(free, y, grid).squares, grid)
    left = float(profile(free, y, best).squares[0, 0])
    ratio = (fitted.squares - left) / count / max(left / freedom, 1e-300)
    return float(fdtrc(count, freedom, max(ratio, 0.0)))


def _bent(
    points: Points, curve: Index, known: _Known, fitted: _Fitted
) -> tuple[float, float] | None:
    """The exponent if every measured limit were one standard error lower, and higher."""
    if known.way != "repeated":
        return None
    exact = replace(fitted.curves, known=np.full(known.value.size, np.inf))
    y = np.stack([points.loss - (known.value + k * known.error)[curve] for k in (-1.0, 1.0)])
    low, high = estimate(exact, y)
    return float(low), float(high)


def _price(
    points: Points,
    curve: Index,
    fitted: _Fitted,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> LimitPrice | None:
    """The price at the design of the curve with most rows; None where it has no meaning."""
    largest = int(np.argmax(np.bincount(curve)))
    x = points.x[curve == largest]
    u = np.log(x)
    first = float(fitted.factor[largest]) * float(power(fitted.value, u.min() - u.mean()))
    limit = float(fitted.limit[largest])
    exact = fitted.scale <= 1e-6 or fitted.scale >= 1.0
    usable = draws and not exact and limit > 0.0 and limit + first > 0.0 and first != 0.0
    if not usable or fitted.value <= 0.01 or np.unique(x).size <= FEWEST_SIZES:
        return None
    share = limit / (limit + first)
    return price_of_limit(
        x, fitted.value, share, fitted.scale, noise_of=fitted.noise_of, level=level,
        draws=draws, rng=rng,
    )  # fmt: skip
