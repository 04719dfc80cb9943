"""A fitted link from loss to score, and how an uncertain loss is carried through it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, Finding, FitRefused, SavedFileError
from lawcast._tables import Card, Table, bracket, significant
from lawcast._values import (
    Array,
    Estimate,
    Interval,
    Status,
    check_level,
    document,
    open_document,
    opens,
    pack_array,
    unpack_array,
)
from lawcast.fitting.intervals import fewest_draws

if TYPE_CHECKING:
    import pandas as pd

_CARRIED = 4000
_DRAWN = 4  # slope, midpoint, ceiling, scatter


@dataclass(frozen=True)
class Link:
    """A score as a saturating function of the loss, or of compute.

    Args:
        chance: score of a guess, as given.
        ceiling: score that is approached; its interval is None where it was given.
        ceiling_given: whether it was given.
        slope: steepness, per unit of loss (per unit of log compute); None where not known.
        midpoint: loss (compute) at which the score is half way; None where not known.
        scatter: standard deviation of a score around the link, beyond the binomial noise of a
            test of ``n_items`` questions where that is known; None where not known.
        on: ``"loss"`` or ``"compute"``.
        n_items: questions in the test, for the binomial noise sqrt(s(1-s)/n); None if unknown.
        draws: (b, 4) slope, midpoint, ceiling and scatter; with ``on="compute"`` the midpoint is
            the natural logarithm of compute.
        x: (n,) losses (compute) used, worst first.
        score: (n,) scores.
        level: nominal coverage of the intervals above.
        block: pairs that are resampled together.
        seed: entropy of the draws.
        findings: what to know, worst first.
        status: whether to rely on the link.
    """

    chance: float
    ceiling: Estimate | None
    ceiling_given: bool
    slope: Estimate | None
    midpoint: Estimate | None
    scatter: Estimate | None
    on: str
    n_items: float | None
    draws: Array
    x: Array
    score: Array
    level: float
    block: int
    seed: int
    findings: tuple[Finding, ...]
    status: Status

    def curve(self, loss: ArrayLike) -> Array:
        """Scores of the fitted link, without uncertainty, at losses (or compute) of any shape.

        Raises:
            FitRefused: the link has no estimate, as on a refusal.
            ArgumentError: a value is not a number, or compute is not positive.
        """
        ceiling, slope, midpoint = self.estimate()
        x = on_scale(numbers(loss, self.on), self.on)
        middle = math.log(midpoint) if self.on == "compute" else midpoint
        return self.chance + (ceiling - self.chance) * _rise(x, slope, middle, self.on)

    def predict(
        self,
        loss: ArrayLike,
        *,
        level: float | None = None,
        loss_log_sd: ArrayLike | None = None,
        draws: ArrayLike | None = None,
    ) -> list[Estimate]:
        """The score of one new run at each loss.

        Args:
            loss: one or (q,) losses; compute with ``on="compute"``.
            level: nominal coverage; the link's own when None.
            loss_log_sd: standard deviation of log loss, one or (q,): the loss is uncertain.
            draws: (b, q) draws of the loss, in place of ``loss_log_sd``.

        Returns:
            One estimate a loss, as :func:`carry` makes it. The interval is None where the link
            has too few draws for the level; the value is then the fitted curve.

        Raises:
            FitRefused: the link has no estimate.
            ArgumentError: shapes that do not fit, values that are not numbers, a level out of
                range, or both ways to give the uncertainty.
        """
        level = check_level(self.level if level is None else level)
        x = np.atleast_1d(numbers(loss, self.on))
        if x.ndim != 1:
            raise ArgumentError(f"predict takes one {self.on} or a list, not shape {x.shape}")
        if loss_log_sd is not None and draws is not None:
            raise ArgumentError("give loss_log_sd= or draws=, not both: each says how uncertain")
        spread = x[None]
        if draws is not None:
            spread = np.asarray(draws, dtype=float)
            if spread.ndim != 2 or spread.shape[1] != x.size or not len(spread):
                raise ArgumentError(
                    f"draws= has shape {spread.shape}; give (b, {x.size}), one column a {self.on}"
                )
        elif loss_log_sd is not None:
            sd = numbers(loss_log_sd, "loss_log_sd")
            if (sd < 0).any() or sd.shape not in ((), x.shape):
                raise ArgumentError(
                    "loss_log_sd= is one number of 0 or more, or one for each "
                    f"{self.on}, not {loss_log_sd!r}"
                )
            normal = stream(self.seed, 2).standard_normal((_CARRIED, 1))
            spread = x * np.exp(sd * normal)
        if len(self.draws) < fewest_draws(level):
            return [Estimate(float(value)) for value in self.curve(x)]
        value, low, high = carry(self, spread, level=level)
        return [
            Estimate(float(v), _interval(a, b, level))
            for v, a, b in zip(value, low, high, strict=True)
        ]

    def table(self) -> Table:
        """Parameters as a table."""
        rows: list[tuple[Any, ...]] = [("chance", self.chance, None, None, "given")]
        for name in ("ceiling", "slope", "midpoint", "scatter"):
            estimate: Estimate | None = getattr(self, name)
            interval = None if estimate is None else estimate.interval
            rows.append(
                (
                    name,
                    None if estimate is None else estimate.value,
                    None if interval is None else interval.low,
                    None if interval is None else interval.high,
                    self._source(name),
                )
            )
        return Table(
            ("parameter", "value", "low", "high", "source"),
            tuple(rows),
            notes=(f"intervals at {100 * self.level:.0f} %",),
        )

    def to_dataframe(self) -> pd.DataFrame:
        """One row a parameter: value, interval and where it comes from."""
        return self.table().to_dataframe()

    def card(self) -> Card:
        """The labelled lines behind every view."""
        argument = "(midpoint - loss)" if self.on == "loss" else "log(compute/midpoint)"
        seen = top = "none that can be used"
        if self.x.size:
            seen = "{} {} to {}".format(self.on, *(significant(v) for v in self.x[[0, -1]]))
            top = "score {} to {}".format(*(significant(v) for v in _ends(self.score)))
        rows = [
            ("Link", f"score = chance + (ceiling - chance) · sigmoid(slope · {argument})"),
            ("", f"{self.x.size} pairs, {seen}, {top}"),
        ]
        for name, value, low, high, source in self.table().rows:
            if value is None:
                continue
            span = "" if low is None else f" {bracket(low, high)}"
            rows.append(("", f"{name:<9}{significant(value)}{span}  {source}"))
        if len(self.draws):
            rows.append(
                ("", f"{100 * self.level:.0f} % intervals, {len(self.draws)} draws, "
                     f"blocks of {self.block} pairs")
            )  # fmt: skip
        rows.append(("Status", self.status.text))
        told = [f for f in self.findings if f.message != self.status.text]
        rows.extend(("!", f"{f.code} {f.message}") for f in told)
        return Card(tuple(rows))

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return self.card().text()

    def _repr_html_(self) -> str:
        return self.card().html()

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/link/1`` with the pairs and the draws, packed."""
        content: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name).to_dict()
            for name in ("ceiling", "slope", "midpoint", "scatter")
        }
        content.update({name: getattr(self, name) for name in _PLAIN})
        content.update({name: pack_array(getattr(self, name)) for name in _PACKED})
        content["findings"] = [f.to_dict() for f in self.findings]
        content["status"] = self.status.to_dict()
        return document("link", 1, content)

    @classmethod
    @opens("link")
    def from_dict(cls, data: Mapping[str, Any]) -> Link:
        """The link that :meth:`to_dict` described.

        Raises:
            SavedFileError: not a saved link, or a damaged one.
        """
        content = open_document(dict(data), "link", 1)
        parts: dict[str, Any] = {name: content[name] for name in _PLAIN}
        for name in ("ceiling", "slope", "midpoint", "scatter"):
            saved = content[name]
            parts[name] = None if saved is None else Estimate.from_dict(saved)
        parts.update({name: unpack_array(content[name]) for name in _PACKED})
        parts["findings"] = tuple(Finding.from_dict(f) for f in content["findings"])
        parts["status"] = Status.from_dict(content["status"])
        link = cls(**parts)
        if link.x.shape != link.score.shape or link.draws.shape != (len(link.draws), _DRAWN):
            raise SavedFileError("a saved link is damaged: its lists do not fit each other")
        return link

    def estimate(self) -> tuple[float, float, float]:
        """Ceiling, slope and midpoint.

        Raises:
            FitRefused: the link has none, as on a refusal.
        """
        if self.ceiling is None or self.slope is None or self.midpoint is None:
            raise FitRefused(f"this link has no estimate to predict from: {self.status.text}")
        return self.ceiling.value, self.slope.value, self.midpoint.value

    def _source(self, name: str) -> str:
        if name == "ceiling":
            return "given" if self.ceiling_given else "prior: flat, best score seen to 1"
        unit = "loss" if self.on == "loss" else "unit of log compute"
        return {
            "slope": f"per {unit}",
            "midpoint": self.on,
            "scatter": "of one score" if self.n_items is None else "beyond binomial noise",
        }[name]


_PLAIN = ("chance", "ceiling_given", "on", "n_items", "level", "block", "seed")
_PACKED = ("draws", "x", "score")


def carry(
    link: Link, loss_draws: ArrayLike, *, level: float | None = None
) -> tuple[Array, Array, Array]:
    """Carry an uncertain loss through a link: the score of one new run.

    The interval holds the spread of the loss, of the link (its ceiling too) and the scatter of
    one score.

    Args:
        link: with draws.
        loss_draws: (b, q) draws of the loss (of compute, for a link on it); one row is a loss
            that is known.
        level: nominal coverage; the link's own when None.

    Returns:
        (q,) medians of the link, (q,) low and (q,) high ends for one score, all within [0, 1].

    Raises:
        FitRefused: the link has no estimate.
        ArgumentError: the link has too few draws for the level, or the losses are not a (b, q)
            array of numbers.
    """
    level = check_level(link.level if level is None else level)
    link.estimate()
    if len(link.draws) < fewest_draws(level):
        raise ArgumentError(
            f"the link has {len(link.draws)} draws and an interval at {100 * level:g} % needs "
            f"{fewest_draws(level)}: fit it with bootstrap=400"
        )
    losses = numbers(loss_draws, link.on)
    if losses.ndim != 2 or not losses.shape[0]:
        raise ArgumentError(f"loss draws are an array (b, q), not of shape {losses.shape}")
    rng = stream(link.seed, 1)
    count = max(len(losses), len(link.draws), _CARRIED)
    of_link = rng.permutation(count) % len(link.draws)
    noise = rng.standard_normal(count)
    slope, midpoint, ceiling, scatter = link.draws[of_link].T
    out = np.empty((3, losses.shape[1]))
    tails = [0.5, 0.5 * (1.0 - level), 0.5 * (1.0 + level)]
    for j, column in enumerate(losses.T):
        x = on_scale(column, link.on)[np.arange(count) % len(losses)]
        score = link.chance + (ceiling - link.chance) * _rise(x, slope, midpoint, link.on)
        variance = scatter**2
        if link.n_items is not None:
            variance = variance + score * (1.0 - score) / link.n_items
        out[0, j] = np.quantile(score, tails[0])
        out[1:, j] = np.quantile(score + noise * np.sqrt(variance), tails[1:])
    value, low, high = np.clip(out, 0.0, 1.0)
    return value, np.minimum(low, value), np.maximum(high, value)


def _rise(x: Array, slope: Array | float, midpoint: Array | float, on: str) -> Array:
    """The sigmoid at x, already on the link's scale."""
    from scipy.special import expit

    direction = 1.0 if on == "compute" else -1.0
    return np.asarray(expit(direction * slope * (x - midpoint)))


def on_scale(x: Array, on: str) -> Array:
    """x on the scale of the link: losses as they are, compute as its logarithm."""
    if on == "loss":
        return x
    if (x <= 0).any():
        raise ArgumentError("compute must be positive, because the link is in its logarithm")
    return np.asarray(np.log(x))


def numbers(values: ArrayLike, name: str) -> Array:
    """Finite numbers of any shape.

    Raises:
        ArgumentError: something is missing, infinite or not a number.
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} is not made of numbers: {error}") from error
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} holds values that are missing or infinite")
    return array


def column_of(values: ArrayLike, name: str) -> Array:
    """(n,) numbers, NaN where one is missing.

    Raises:
        ArgumentError: not one list of numbers.
    """
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(float), np.nan)
        column = np.asarray(values, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"{name} is not a list of numbers: {error}") from error
    if column.ndim != 1:
        raise ArgumentError(f"{name} is one list of numbers, not of shape {column.shape}")
    return column


def _interval(low: float, high: float, level: float) -> Interval:
    return Interval(float(low), float(high), level, "percentile, loss, link and scatter")


def _ends(values: Array) -> Array:
    return np.array([values.min(), values.max()])


def stream(seed: int, purpose: int) -> np.random.Generator:
    """Random numbers of one purpose: 0 draws, 1 carried losses, 2 uncertain losses."""
    return np.random.Generator(np.random.Philox(key=[seed, purpose]))
