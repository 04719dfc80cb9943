"""A loss and a downstream score, cast forward together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, Finding, SavedFileError, worst_first
from lawcast._tables import Card, Table, bracket, significant
from lawcast._units import format_variable
from lawcast._values import (
    DEFAULT_LEVEL,
    Array,
    Estimate,
    Interval,
    Status,
    document,
    list_array,
    open_document,
    opens,
    unlist_array,
)
from lawcast.fitting.extrapolation.calibration import difficulty_of
from lawcast.fitting.extrapolation.entry import DEFAULT_AT, At, extrapolate
from lawcast.fitting.extrapolation.link import carry, fit_link
from lawcast.fitting.extrapolation.link_result import Link, column_of, stream
from lawcast.fitting.extrapolation.result import Extrapolation, average_at, places_of

if TYPE_CHECKING:
    import pandas as pd

_METHOD = "conformal draws of the loss through bootstrap draws of the link"
_PURPOSE = 7


@dataclass(frozen=True, repr=False, eq=False)
class ScoreExtrapolation:
    """The forecast of a score through the forecast of its loss.

    Args:
        loss: the forecast of the loss.
        link: how the score follows the loss.
        value: (q,) scores at the targets of ``loss``.
        low, high: (q,) ends of their intervals; NaN where the loss has none.
    """

    loss: Extrapolation
    link: Link
    value: Array
    low: Array
    high: Array

    @property
    def level(self) -> float:
        """Nominal coverage of the intervals."""
        return self.loss.level

    @property
    def scores(self) -> tuple[Estimate, ...]:
        """The score at each target, with its interval where one can be vouched for."""
        return tuple(
            Estimate(float(v), Interval(float(a), float(b), self.level, _METHOD))
            if np.isfinite(a)
            else Estimate(float(v))
            for v, a, b in zip(self.value, self.low, self.high, strict=True)
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What to know about the curve and about the link."""
        return worst_first((*self.loss.findings, *self.link.findings))

    @property
    def status(self) -> Status:
        """That of the loss or of the link, whichever is not ok."""
        return self.link.status if self.loss.status.ok else self.loss.status

    @cached_property
    def table(self) -> Table:
        """One row a target."""
        rows = []
        for made, score in zip(self.loss.forecasts, self.scores, strict=True):
            interval = score.interval
            rows.append(
                (
                    format_variable(self.loss.variable, made.x),
                    f"{made.reach:.3g}x",
                    made.value.value,
                    score.value,
                    None if interval is None else interval.low,
                    None if interval is None else interval.high,
                )
            )
        columns = (self.loss.variable, "reach", self.loss.response, "score", "low", "high")
        return Table(columns, tuple(rows))

    def card(self) -> Card:
        """The labelled lines about the scores; those of the loss and the link stand below them."""
        rows = []
        for i, (made, score) in enumerate(zip(self.loss.forecasts, self.scores, strict=True)):
            where = f"{format_variable(self.loss.variable, made.x)} ({made.reach:.3g}x)"
            tail = "no interval: the loss has none there"
            if score.interval is not None:
                tail = (
                    f"{100 * self.level:.0f} % {bracket(score.interval.low, score.interval.high)}"
                )
            rows.append(
                ("Score" if i == 0 else "", f"at {where}: {significant(score.value, 3)}  {tail}")
            )
        rows.append(("", _METHOD))
        return Card(tuple(rows))

    def __repr__(self) -> str:
        told = ", ".join(f"{score.value:.3g}" for score in self.scores[:4])
        return f"<ScoreExtrapolation: {told} through {self.loss!r}>"

    def summary(self) -> str:
        """Text of at most 80 columns."""
        parts = (self.card(), self.loss.card(), self.link.card())
        return "\n\n".join(part.text() for part in parts)

    def _repr_html_(self) -> str:
        return "".join(part.html() for part in (self.card(), self.loss.card(), self.link.card()))

    def to_dataframe(self) -> pd.DataFrame:
        """One row a target: those of the loss, and score, score_low, score_high."""
        frame = self.loss.to_dataframe()
        return frame.assign(score=self.value, score_low=self.low, score_high=self.high)

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/score-extrapolation/1``."""
        return document(
            "score-extrapolation",
            1,
            {
                "loss": self.loss.to_dict(),
                "link": self.link.to_dict(),
                "scores": [score.to_dict() for score in self.scores],
                "value": list_array(self.value),
                "low": list_array(self.low),
                "high": list_array(self.high),
            },
        )

    @classmethod
    @opens("score extrapolation")
    def from_dict(cls, data: Mapping[str, Any]) -> ScoreExtrapolation:
        """The forecast that :meth:`to_dict` described."""
        content = open_document(dict(data), "score-extrapolation", 1)
        value, low, high = (unlist_array(content[name]) for name in ("value", "low", "high"))
        loss, link = Extrapolation.from_dict(content["loss"]), Link.from_dict(content["link"])
        if {value.shape, low.shape, high.shape} != {loss.at.shape}:
            raise SavedFileError("a saved score is damaged: its lists do not fit its loss")
        return cls(loss, link, value, low, high)


def extrapolate_score(
    x: ArrayLike,
    loss: ArrayLike,
    score: ArrayLike,
    *,
    at: At = DEFAULT_AT,
    chance: float = 0.0,
    ceiling: float | None = None,
    n_items: ArrayLike | None = None,
    level: float = DEFAULT_LEVEL,
    variable: str | None = None,
    bootstrap: int = 400,
    rng: int | np.random.Generator = 0,
    name: str = "",
) -> ScoreExtrapolation:
    """Forecast a downstream score from a loss curve and the scores along it.

    The loss is forecast as by :func:`extrapolate`. The score is a sigmoid of the loss between
    chance and a ceiling (:func:`fit_link`), fitted on the checkpoints where both were measured.
    Draws of the loss (the conformal scores behind its interval, with either sign) go through draws
    of the link.

    Args:
        x: (n,) positive sizes, tokens, steps or compute.
        loss: (n,) losses.
        score: (n,) scores in [0, 1]; NaN where a checkpoint was not evaluated.
        at, level, variable, name: as for :func:`extrapolate`.
        chance, ceiling, n_items, bootstrap, rng: as for :func:`fit_link`.

    Raises:
        ArgumentError: lengths differ, scores outside [0, 1], or an option out of range.
        FitRefused: the curve or the link cannot be fitted.
    """
    losses, scores = column_of(loss, "loss"), column_of(score, "score")
    if losses.size != scores.size:
        raise ArgumentError(
            f"loss and score belong together checkpoint by checkpoint, but there are {losses.size} "
            f"losses and {scores.size} scores; put NaN where a score is missing"
        )
    curve = extrapolate(x, losses, at=at, level=level, variable=variable, name=name)
    return score_through(
        curve,
        losses,
        scores,
        chance=chance,
        ceiling=ceiling,
        n_items=n_items,
        bootstrap=bootstrap,
        rng=rng,
    )


def score_through(
    curve: Extrapolation,
    losses: Array,
    scores: Array,
    *,
    chance: float = 0.0,
    ceiling: float | None = None,
    n_items: ArrayLike | None = None,
    bootstrap: int = 400,
    rng: int | np.random.Generator = 0,
) -> ScoreExtrapolation:
    """The score at the targets of a loss that is forecast already, at the level of that forecast.

    Args:
        curve: the forecast of the loss.
        losses, scores: (n,) pairs along the curve; NaN where one is missing.
        chance, ceiling, n_items, bootstrap, rng: as for :func:`fit_link`.

    Raises:
        ArgumentError, FitRefused: as for :func:`fit_link`.
    """
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, int) or bootstrap < 1:
        raise ArgumentError(f"bootstrap= is a count of draws, 1 or more, not {bootstrap!r}")
    measured = np.isfinite(scores) & np.isfinite(losses)
    link = fit_link(
        losses[measured],
        scores[measured],
        chance=chance,
        ceiling=ceiling,
        n_items=_where(n_items, measured),
        bootstrap=bootstrap,
        level=curve.level,
        rng=rng,
    )
    value, low, high = carry(link, _loss_draws(curve, link), level=curve.level)
    quoted = np.isfinite(curve.low)
    return ScoreExtrapolation(
        curve, link, value, np.where(quoted, low, np.nan), np.where(quoted, high, np.nan)
    )


def _loss_draws(curve: Extrapolation, link: Link) -> Array:
    """(b, q) draws of the loss: one conformal score a draw, shared by all targets.

    A curve that turns out higher than forecast at 2x is higher at 8x too, so a draw is one score
    and one sign for all targets.
    """
    count = len(link.draws)
    random = stream(link.seed, _PURPOSE)
    probability = (random.permutation(count) + 0.5) / count
    knots = np.linspace(0.0, 1.0, curve.calibration.scores.size)
    score = np.interp(probability, knots, curve.calibration.scores)
    sign = np.where(random.permutation(count) % 2 == 0, 1.0, -1.0)
    made = average_at(curve.curve, places_of(curve.curve, curve.at), curve.calibration)
    difficulty = difficulty_of(made, curve.rolling.typical_error, curve.reach)
    scale = curve.calibration.scale(difficulty)
    return np.asarray(curve.value * np.exp((score * sign)[:, None] * scale))


def _where(n_items: ArrayLike | None, measured: np.ndarray) -> ArrayLike | None:
    """The items of the checkpoints that have a score."""
    if n_items is None or np.ndim(n_items) == 0:
        return n_items
    items = np.asarray(n_items, dtype=float)
    return items[measured] if items.shape == measured.shape else n_items
