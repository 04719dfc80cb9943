"""From a loss to a downstream score: a saturating link with a chance floor and a ceiling.

    score = chance + (ceiling - chance) · sigmoid(slope · (midpoint - loss))

and with ``on="compute"`` the same curve rising in log compute. That a score is a sigmoid of the
loss, or of what stands for it, is the second step of the forecasts of Grattafiori et al. (2024),
"The Llama 3 Herd of Models", section 3.2.1, and is what Ruan, Maddison and Hashimoto (2024),
"Observational Scaling Laws", find for scores that seem to emerge. Far from the ceiling it is an
exponential in the loss, the form of Gadre et al. (2024), "Language models scale reliably with
over-training and on downstream tasks".

The chance level is given. A ceiling that is not given has a flat prior between the best score
seen (less twice the scatter) and 1. Its posterior is the profile of the residuals with their
size integrated out; every draw takes a ceiling from it and refits the other two numbers to
resampled residuals. Residuals are resampled in blocks along x, because checkpoints of one run are
correlated (circular blocks: Politis and Romano 1992).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, Finding, FitRefused, worst_first
from lawcast._tables import significant
from lawcast._threads import one_thread
from lawcast._values import DEFAULT_LEVEL, Array, Estimate, Status, check_level
from lawcast.fitting.extrapolation.findings import X020, X021, X022, X023, X024
from lawcast.fitting.extrapolation.link_result import (
    Link,
    carry,
    column_of,
    numbers,
    on_scale,
    stream,
)
from lawcast.fitting.extrapolation.link_solver import Pairs, Solved, level_off, lower_level, solve
from lawcast.fitting.intervals import interval_of
from lawcast.fitting.resampling import seed_of

__all__ = ["Link", "carry", "fit_link"]

FEWEST_PAIRS = 4
MOST_PAIRS = 2000
_UNSETTLED = 0.05
_NOT_NARROWED = 0.5  # share of the width that the prior has


def fit_link(
    loss: ArrayLike,
    score: ArrayLike,
    *,
    chance: float = 0.0,
    ceiling: float | None = None,
    n_items: ArrayLike | None = None,
    on: str = "loss",
    bootstrap: int = 400,
    level: float = DEFAULT_LEVEL,
    rng: int | np.random.Generator = 0,
) -> Link:
    """Fit the link from a loss (or compute) to a downstream score.

    Args:
        loss: (n,) losses; compute in FLOP with ``on="compute"``. Any order.
        score: (n,) scores between 0 and 1, higher is better.
        chance: score of a guess, such as 0.25 with four choices. It is never estimated.
        ceiling: best score possible; None: between the best score seen and 1.
        n_items: questions in the test, one number or (n,): gives the binomial noise of a score.
        on: ``"loss"`` or ``"compute"``.
        bootstrap: draws; 0 for none, and then no intervals.
        level: nominal coverage of the intervals.
        rng: seed or generator; the same seed gives the same numbers.

    Raises:
        FitRefused: fewer than four pairs, a loss that does not vary, or scores all at chance or
            all at the ceiling; ``fit`` is then a link that holds what is known.
        ArgumentError: lengths differ, scores outside [0, 1], or an option out of range.
    """
    if on not in ("loss", "compute"):
        raise ArgumentError(f'on= is "loss" or "compute", not {on!r}')
    level = check_level(level)
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, int) or bootstrap < 0:
        raise ArgumentError(f"bootstrap= is a count of draws, 0 or more, not {bootstrap!r}")
    chance = _share(chance, "chance")
    ceiling = None if ceiling is None else _share(ceiling, "ceiling")
    if chance >= (1.0 if ceiling is None else ceiling):
        top = "1" if ceiling is None else f"the ceiling {ceiling:g}"
        raise ArgumentError(f"chance={chance:g} leaves no room below {top}; is it a share?")
    seed = seed_of(rng)
    x, y, items, findings = _clean(loss, score, n_items, on)
    asked = _Asked(chance, ceiling, on, level, bootstrap, seed)
    if y.size < FEWEST_PAIRS:
        raise _refuse(
            asked, x, y, findings,
            f"a link needs at least {FEWEST_PAIRS} pairs of {on} and score, and there are "
            f"{y.size}: evaluate more checkpoints",
        )  # fmt: skip
    position = on_scale(x, on) * (1.0 if on == "compute" else -1.0)
    middle, spread = float(position.mean()), float(position.std())
    if spread <= 1e-9 * max(1.0, abs(middle)):
        raise _refuse(
            asked, x, y, findings,
            f"every score was taken at the same {on} ({significant(float(x[0]))}), so nothing "
            "shows how the score follows it: add checkpoints from earlier in training",
        )  # fmt: skip
    pairs = Pairs((position - middle) / spread, y, chance, ceiling, items)
    with one_thread():
        solved = solve(pairs, bootstrap, stream(seed, 0))
    stuck = _stuck(pairs, solved, on, x)
    if stuck:
        raise _refuse(asked, x, y, [*findings, X021.found(stuck)], stuck)
    return _link(asked, pairs, solved, x, (middle, spread), findings)


@dataclass(frozen=True)
class _Asked:
    chance: float
    ceiling: float | None
    on: str
    level: float
    bootstrap: int
    seed: int


def _clean(
    loss: ArrayLike, score: ArrayLike, n_items: ArrayLike | None, on: str
) -> tuple[Array, Array, Array | None, list[Finding]]:
    """x (n,), score (n,) and items (n,), worst x first; what was set aside is found."""
    x, y = (column_of(v, name) for v, name in ((loss, on), (score, "score")))
    if x.size != y.size:
        raise ArgumentError(
            f"{on} has {x.size} values and score has {y.size}: give one score for each {on}"
        )
    items = None
    if n_items is not None:
        items = numbers(n_items, "n_items")
        if items.shape not in ((), y.shape) or not (items >= 1).all():
            raise ArgumentError(
                "n_items= is the number of questions in the test, 1 or more: one number, or one "
                f"for each of the {y.size} scores"
            )
        items = np.broadcast_to(items, y.shape)
    known = np.isfinite(x) & np.isfinite(y)
    findings = []
    if not known.all():
        findings.append(
            X020.found(
                f"{(~known).sum()} of {known.size} pairs have no finite {on} or score",
                rows=np.flatnonzero(~known) + 1,
                fix="fill them in, or leave them out",
            )
        )
    bad = np.flatnonzero(known & ((y < 0) | (y > 1)))
    if bad.size:
        percent = y[known].max() <= 100 and y[known].min() >= 0 and y[known].max() > 1
        hint = "they look like percent: divide by 100" if percent else "give shares"
        shown = ", ".join(significant(float(v)) for v in y[bad[:3]])
        raise ArgumentError(
            f"{bad.size} of {y.size} scores lie outside [0, 1] ({shown}, the first is pair "
            f"{bad[0] + 1}), and a link ends at a ceiling of at most 1; {hint}"
        )
    if on == "compute" and (x[known] <= 0).any():
        raise ArgumentError(
            f"compute must be positive, because the link is in its logarithm; pair "
            f"{np.flatnonzero(known & (x <= 0))[0] + 1} is not"
        )
    order = np.flatnonzero(known)
    order = order[np.argsort(x[order] if on == "compute" else -x[order], kind="stable")]
    if order.size > MOST_PAIRS:
        findings.append(
            X020.found(f"{order.size} pairs were thinned to {MOST_PAIRS}, evenly along the {on}")
        )
        order = order[np.linspace(0, order.size - 1, MOST_PAIRS).round().astype(int)]
    return x[order], y[order], None if items is None else items[order], findings


def _stuck(pairs: Pairs, solved: Solved, on: str, x: Array) -> str:
    """Why no link can be read off the scores, or an empty text."""
    where = f"from {on} {significant(float(x[0]))} to {significant(float(x[-1]))}"
    at_chance = level_off(pairs, solved, pairs.chance)
    top = 1.0 if pairs.ceiling is None else pairs.ceiling
    mean = significant(float(pairs.y.mean()), 3)
    if at_chance:
        return (
            f"every score is at chance ({pairs.chance:g}) {where} (mean {mean}): the data cannot "
            "tell where the score leaves chance; add larger runs, or a score that moves earlier, "
            "such as the loss on the right answers"
        )
    if level_off(pairs, solved, top):
        return (
            f"every score is at the ceiling ({top:g}) {where} (mean {mean}): the data cannot tell "
            "where the score rose; add smaller runs or a harder test"
        )
    if np.ptp(pairs.y) == 0.0:
        return (
            f"every score is {mean} {where}: the data cannot tell where the score moves; if this "
            f"is a guess pass chance={mean}, and add runs whose scores differ"
        )
    return ""


def _link(
    asked: _Asked,
    pairs: Pairs,
    solved: Solved,
    x: Array,
    scale: tuple[float, float],
    findings: list[Finding],
) -> Link:
    """The solved pairs in the user's units, judged."""
    direction = 1.0 if asked.on == "compute" else -1.0
    middle, spread = scale

    def units(offset: Array, slope: Array) -> tuple[Array, Array]:
        return slope / spread, direction * (middle - spread * offset / slope)

    slope, midpoint = units(*solved.u[:, None])
    drawn = units(solved.draws[:, 0], solved.draws[:, 1])
    draws = np.stack([*drawn, solved.draws[:, 2], solved.draws[:, 3]], axis=1)
    source = f"bootstrap in blocks of {solved.block} pairs"

    def estimate(value: float, column: Array) -> Estimate:
        return Estimate(value, interval_of(column, asked.level, source=source))

    middles = draws[:, 1]
    at = float(midpoint[0])
    if asked.on == "compute":
        with np.errstate(over="ignore"):
            middles, at = np.exp(middles), float(np.exp(at))
    ceiling = Estimate(solved.ceiling)
    if asked.ceiling is None:
        ceiling = estimate(solved.ceiling, draws[:, 2])
    status, more = _judge(asked, pairs, solved)
    return Link(
        chance=asked.chance,
        ceiling=ceiling,
        ceiling_given=asked.ceiling is not None,
        slope=estimate(float(slope[0]), draws[:, 0]),
        midpoint=estimate(at, middles),
        scatter=estimate(solved.scatter, draws[:, 3]),
        on=asked.on,
        n_items=None if pairs.items is None else float(np.median(pairs.items)),
        draws=draws,
        x=x,
        score=pairs.y,
        level=asked.level,
        block=solved.block,
        seed=asked.seed,
        findings=worst_first([*findings, *more]),
        status=status,
    )


def _judge(asked: _Asked, pairs: Pairs, solved: Solved) -> tuple[Status, list[Finding]]:
    findings = []
    falls = "the loss falls" if asked.on == "loss" else "compute grows"
    slopes = solved.draws[:, 1]
    rising = float((slopes > 0).mean()) if slopes.size else float(solved.u[1] > 0)
    status = Status("ok", f"the score rises as {falls}", True)
    if rising < _UNSETTLED:
        status = Status(
            "wrong-direction", f"not to be relied on: the score falls as {falls}", False
        )
        fix = "if lower is better (an error), pass 1 - score"
    elif rising < 1.0 - _UNSETTLED:
        status = Status(
            "flat",
            f"not to be relied on: the data do not settle whether the score rises as {falls}",
            False,
        )
        fix = "evaluate more checkpoints, or a larger test"
    if not status.ok:
        share = f" ({100 * rising:.0f} % of the draws rise)" if slopes.size else ""
        findings.append(X022.found(f"{status.text.split(': ', 1)[1]}{share}", fix=fix))
    if solved.narrowed > _NOT_NARROWED:
        findings.append(
            X023.found(
                "the scores hardly bound the ceiling: its prior, flat from the best score seen "
                f"({significant(float(pairs.y.max()), 3)}) to 1, decides",
                fix="ceiling= if the best possible score is known",
            )
        )
    findings.extend(_about_chance(pairs, solved))
    return status, findings


def _about_chance(pairs: Pairs, solved: Solved) -> list[Finding]:
    chance, n = pairs.chance, pairs.y.size
    least = max(n // 3, 2)
    lowest = np.sort(pairs.y)[:least]
    error = math.sqrt(1.0 / float(solved.weight.mean()) / least)
    if lowest.mean() < chance - 4.0 * error - 1e-9:
        return [
            X024.found(
                f"the lowest scores (mean {significant(float(lowest.mean()), 3)}) lie below "
                f"chance ({chance:g}) by more than their noise",
                fix="check chance=, and that higher is better",
            )
        ]
    level = lower_level(pairs, solved)
    if level is not None:
        shown = significant(level, 2)
        return [
            X024.found(
                f"the scores level off near {shown}, not at chance ({chance:g})",
                fix=f"chance={shown} if this is the score of a guess",
            )
        ]
    return []


def _refuse(asked: _Asked, x: Array, y: Array, findings: list[Finding], message: str) -> FitRefused:
    """A refusal whose link holds what is known: the pairs, the chance level, the scatter."""
    spread = None
    if y.size > 1:
        spread = float(y.std(ddof=1)) if np.ptp(y) > 0 else 0.0
    link = Link(
        chance=asked.chance,
        ceiling=None if asked.ceiling is None else Estimate(asked.ceiling),
        ceiling_given=asked.ceiling is not None,
        slope=None,
        midpoint=None,
        scatter=None if spread is None else Estimate(spread),
        on=asked.on,
        n_items=None,
        draws=np.empty((0, 4)),
        x=x,
        score=y,
        level=asked.level,
        block=0,
        seed=asked.seed,
        findings=worst_first(findings),
        status=Status("refused", message, False),
    )
    return FitRefused(message, link.findings, link)


def _share(value: float, name: str) -> float:
    share = numbers(value, name)
    if share.shape != () or not 0.0 <= share <= 1.0:
        hint = (
            "; it looks like percent: divide by 100" if np.all((share > 1) & (share <= 100)) else ""
        )
        raise ArgumentError(f"{name}= is a score between 0 and 1, not {value!r}{hint}")
    return float(share)
