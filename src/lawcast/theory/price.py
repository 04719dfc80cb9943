"""What it costs not to know the limit: the exponent's spread with it known, free and ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._tables import Card, Table, Tabled, bracket, significant
from lawcast._values import (
    DEFAULT_LEVEL,
    Array,
    Estimate,
    Interval,
    check_level,
    check_seed,
    document,
    list_array,
    number,
    open_document,
    opens,
    plain,
    unlist_array,
)
from lawcast.theory.columns import as_numbers, check_count, check_number
from lawcast.theory.limits import Curves, check_span, estimate, power

if TYPE_CHECKING:
    import pandas as pd

WAYS = {
    "known": "the limit is known exactly",
    "free": "the limit is fitted with the exponent",
    "none": "nothing is subtracted",
}
"""What is done about the limit, in words."""


_LEAST = 1e-60  # share of the largest loss below which squares of losses are no numbers
_DIGITS = 1e-7  # share of a limit below which a difference to it has too few digits

NOISES = ("loss", "difference")
"""What the noise may be a share of."""


@dataclass(frozen=True)
class Spread:
    """How estimates of an exponent scatter around the truth.

    Args:
        way: ``"known"``, ``"free"`` or ``"none"``; see :data:`WAYS`.
        estimate: median of the estimates, and the interval that holds ``level`` of them.
        mean: mean of the estimates.
        bias: median less the true exponent.
    """

    way: str
    estimate: Estimate
    mean: float
    bias: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "way": self.way,
            "estimate": self.estimate.to_dict(),
            "mean": plain(self.mean),
            "bias": plain(self.bias),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Spread:
        """The spread that :meth:`to_dict` described."""
        if data["way"] not in WAYS:
            raise ValueError(f"way {data['way']!r}")
        return cls(
            str(data["way"]),
            Estimate.from_dict(data["estimate"]),
            number(data["mean"]),
            number(data["bias"]),
        )


@dataclass(frozen=True, eq=False)
class LimitPrice(Tabled):
    """What it costs not to know the limit. Made by :func:`price_of_limit`.

    Args:
        exponent: the true one.
        floor_share: limit over the loss at the smallest size.
        noise: standard deviation of a loss as a share of it, or of its difference to the limit.
        noise_of: ``"loss"`` or ``"difference"``: what the noise is a share of.
        level: of the intervals.
        draws: simulated data sets.
        seed: of the draws; None where a generator was passed.
        x: (n,) sizes.
        spreads: one a way, in the order of :data:`WAYS`.
    """

    exponent: float
    floor_share: float
    noise: float
    noise_of: str
    level: float
    draws: int
    seed: int | None
    x: Array
    spreads: tuple[Spread, ...]

    def __getitem__(self, way: str) -> Spread:
        """The spread of that way.

        Raises:
            KeyError: no such way.
        """
        return {spread.way: spread for spread in self.spreads}[way]

    @property
    def times_wider(self) -> float:
        """Width of the interval with the limit free over that with it known."""
        free, known = self["free"].estimate.interval, self["known"].estimate.interval
        if free is None or known is None or known.width == 0.0:
            return float("nan")
        return free.width / known.width

    @cached_property
    def table(self) -> Table:
        """One row a way."""
        rows = []
        for spread in self.spreads:
            ends = spread.estimate.interval
            assert ends is not None  # every spread has one
            rows.append(
                (spread.way, spread.estimate.value, ends.low, ends.high, spread.mean, spread.bias)
            )
        return Table(("limit", "median", "low", "high", "mean", "bias"), tuple(rows))

    def card(self) -> Card:
        """The design and what it means."""
        low, high = float(self.x.min()), float(self.x.max())
        noise = f"noise {100 * self.noise:.3g} % of the {self.noise_of}"
        free, none = self["free"], self["none"]
        assert free.estimate.interval is not None
        ends = bracket(free.estimate.interval.low, free.estimate.interval.high)
        return Card(
            (
                ("Design", f"{self.x.size} sizes from {low:.4g} to {high:.4g} "
                 f"({np.log10(high / low):.1f} decades), {noise}"),
                ("Simulated", f"with exponent {significant(self.exponent, 3)}, limit "
                 f"{100 * self.floor_share:.3g} % of the loss at the smallest size"),
                ("Price", f"fitting the limit makes the interval {self.times_wider:.1f} times as "
                 f"wide: {ends}"),
                ("", f"subtracting nothing moves the exponent by {significant(none.bias, 2)}"),
                ("Interval", f"holds {100 * self.level:.3g} % of {self.draws} simulated sets"),
            )
        )  # fmt: skip

    def to_dataframe(self) -> pd.DataFrame:
        """One row a way: median, ends, mean and bias."""
        return self.table.to_dataframe()

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/limit-price/1``."""
        return document(
            "limit-price",
            1,
            {
                "exponent": plain(self.exponent),
                "floor_share": plain(self.floor_share),
                "noise": plain(self.noise),
                "noise_of": self.noise_of,
                "level": self.level,
                "draws": self.draws,
                "seed": self.seed,
                "x": list_array(self.x),
                "spreads": [spread.to_dict() for spread in self.spreads],
            },
        )

    @classmethod
    @opens("limit price")
    def from_dict(cls, data: Mapping[str, Any]) -> LimitPrice:
        """The price that :meth:`to_dict` described.

        Raises:
            SavedFileError: the document is of another kind, newer, or damaged.
        """
        content = open_document(dict(data), "limit-price", 1)
        spreads = tuple(Spread.from_dict(row) for row in content["spreads"])
        if [spread.way for spread in spreads] != list(WAYS):
            raise ValueError("the ways do not fit")
        return cls(
            exponent=number(content["exponent"]),
            floor_share=number(content["floor_share"]),
            noise=number(content["noise"]),
            noise_of=check_noise_of(content["noise_of"]),
            level=check_level(content["level"]),
            draws=int(content["draws"]),
            seed=None if content["seed"] is None else int(content["seed"]),
            x=unlist_array(content["x"]),
            spreads=spreads,
        )


def price_of_limit(
    x: ArrayLike,
    exponent: float,
    floor_share: float,
    noise: float,
    *,
    noise_of: str = "loss",
    level: float = DEFAULT_LEVEL,
    draws: int = 1000,
    rng: int | np.random.Generator = 0,
) -> LimitPrice:
    """Simulate a power law above a limit on your own sizes, and fit it in three ways.

    The loss is ``limit + a·x^-exponent`` with independent normal noise of the same share of every
    loss, or of every difference to the limit. It is fitted by weighted least squares with the limit
    known, free (not below zero) and ignored.

    Args:
        x: (n,) sizes, positive; four different ones at least.
        exponent: the true exponent, above 0.
        floor_share: limit over the loss at the smallest size: 0 or more; above 1 for a loss that
            rises to its limit.
        noise: standard deviation of a loss as a share of it, such as 0.02.
        noise_of: ``"loss"``, or ``"difference"`` for noise that shrinks with loss less limit.
        level: of the intervals of the estimates.
        draws: simulated data sets, 50 or more.
        rng: seed or generator.

    Raises:
        ArgumentError: an argument is out of range.
    """
    sizes = as_numbers(x, "x")
    if not np.all(np.isfinite(sizes) & (sizes > 0.0)) or np.unique(sizes).size < 4:
        raise ArgumentError("x= holds four or more different sizes, all finite and above zero")
    check_span(sizes)
    alpha = check_number(exponent, "exponent", above=0.0)
    share = check_number(floor_share, "floor_share", above=-1e-12)
    if share == 1.0:
        raise ArgumentError("floor_share=1 leaves nothing above the limit; give another share")
    noise_of = check_noise_of(noise_of)
    sd = check_number(noise, "noise", above=0.0, below=1.0)
    level, draws = check_level(level), check_count(draws, "draws", 50)
    seed = None if isinstance(rng, np.random.Generator) else check_seed(rng)
    generator = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed)
    fall = (1.0 - share) * power(alpha, np.log(sizes / sizes.min()))
    truth = share + fall
    spread = truth if noise_of == "loss" else np.abs(fall)
    # a difference far below its limit is lost in the digits of the loss
    least = max(_LEAST * float(spread.max()), _DIGITS * share * (noise_of == "difference"))
    if spread.min() < least:
        what = "loss" if noise_of == "loss" else "difference to the limit"
        raise ArgumentError(
            f"at the largest size the {what} is {spread.min():.2g} of the loss at the smallest, "
            "which no run shows; give a smaller exponent or a narrower range"
        )
    losses = truth + sd * spread * generator.normal(size=(draws, sizes.size))
    spreads = []
    for way in WAYS:
        limit = share if way == "known" else 0.0
        curves = Curves(
            u=np.log(sizes),
            curve=np.zeros(sizes.size, dtype=np.intp),
            weight=spread**-2.0,
            known=np.array([0.0 if way == "free" else np.inf]),
            least=np.array([0.0]),
        )
        spreads.append(_spread(way, estimate(curves, losses - limit), alpha, level))
    return LimitPrice(alpha, share, sd, noise_of, level, draws, seed, sizes, tuple(spreads))


def check_noise_of(value: object) -> str:
    """``"loss"`` or ``"difference"``.

    Raises:
        UnknownNameError: another word.
    """
    if value not in NOISES:
        raise UnknownNameError("kind of noise", str(value), NOISES)
    return str(value)


def _spread(way: str, estimates: Array, truth: float, level: float) -> Spread:
    low, middle, high = np.quantile(estimates, [(1 - level) / 2, 0.5, (1 + level) / 2])
    ends = Interval(float(low), float(high), level, "quantiles of estimates, simulated")
    return Spread(
        way, Estimate(float(middle), ends), float(estimates.mean()), float(middle - truth)
    )
