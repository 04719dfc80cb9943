"""The cases that a statement speaks of: every completion of the premises that it leaves open.

A premise that was not given and has no printed default (the loss, the approximator, the dimension
and numbers that a rule needs) is not fixed by silence: the statement is checked under each of its
values.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lawcast._errors import ArgumentError
from lawcast.theory.premises import NUMBER, Premises, make_premises

DIMENSIONS = (1, 2, 3, 4, 6, 8, 12, 20, 50, 90)
LOSSES = ("l1", "l2", "l4")
APPROXIMATORS = (
    "lipschitz", "piecewise-constant", "piecewise-linear", "piecewise-quadratic", "relu-network",
    "kernel",
)  # fmt: skip
VARIANCE_APPROXIMATORS = ("relu-network", "linear-features")
GRIDS: dict[str, tuple[float, ...]] = {
    "smoothness": (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0),
    "codimension": (1, 2),
    "nu": (0.5, 1.5, 2.5),
    "a": (0.25, 0.5, 1.0, 2.0),
    "b": (0.25, 0.5, 1.0, 2.0),
    "ambient": (10, 50, 100),
    "classes": (2, 4, 16),
    "power": (1.0, 2.0, 3.0, 4.0),
    "degree": (0, 1, 2),
    "residual_over_noise": (0.01, 1.0, 100.0),
    "largest_factor": (1, 2),
}
"""Values that a number takes where it is left open."""

_STEPS = (1.0, 2.0, 4.0, 8.0)
_BARE = ("loss", "approximator")  # their values speak for themselves
_TOLD = ("nu", "a", "b", "smoothness", "ambient", "largest_factor")
"""Numbers of which one value is enough where every term sets its own."""
_SYMBOL_OF = {"s": "smoothness", "c": "codimension", "nu": "nu", "b": "b", "D": "ambient"}


@dataclass(frozen=True)
class Case:
    """One completion of the premises.

    Args:
        premises: the completed premises.
        open: the premises that were left open -> the value they have here.
    """

    premises: Premises
    open: Mapping[str, Any]

    def told(self) -> str:
        """The open premises, for people."""
        short = {"dimension": "d", "smoothness": "s", "codimension": "c"}
        return ", ".join(
            f"{short.get(name, name.replace('_', ' '))} = {value:g}"
            if isinstance(value, (int, float))
            else (f"{value}" if name in _BARE else f"{name.replace('_', ' ')} {value}")
            for name, value in self.open.items()
        )


def open_axes(
    given: Mapping[str, Any],
    symbols: frozenset[str],
    changes: tuple[Mapping[str, Any], ...],
    moved: tuple[str, ...] = (),
) -> dict[str, tuple[Any, ...]]:
    """The premises that are left open, with the values to try.

    Args:
        given: the premises that were given; a list of values leaves a premise open among these.
        symbols: those that the statement itself is about.
        changes: what its terms change: a premise that every term sets is not open.
        moved: numbers that the statement itself runs over.
    """
    axes: dict[str, tuple[Any, ...]] = {}
    # several kinds of noise at once are one premise: noise in labels of training and of test
    fixed = {name for name in given if name == "noise" or not _several(given[name])}
    told = set(changes[0]).intersection(*changes) if changes else set()
    for name, value in given.items():
        if name not in fixed:
            axes[name] = tuple(value)
    regime = str(given.get("regime", "resolution"))
    discrete = regime.startswith(("discrete", "quanta", "mix", "zipf"))
    if not discrete:
        if "loss" not in fixed | told | set(axes):
            axes["loss"] = LOSSES
        if "approximator" not in fixed | told | set(axes):
            variance = regime.startswith("variance")
            axes["approximator"] = VARIANCE_APPROXIMATORS if variance else APPROXIMATORS
    limited = regime.startswith("variance") or discrete
    if "dimension" not in fixed | set(axes) and not (limited and "d" not in symbols):
        axes["dimension"] = DIMENSIONS
    if "dimension" in told and "d" not in symbols:
        axes.pop("dimension", None)
    for name in _TOLD:
        if name in told and name not in fixed | set(axes) and not _spoken(name, symbols):
            axes[name] = GRIDS[name][:1]
    for symbol, name in _SYMBOL_OF.items():
        if symbol in symbols and name not in fixed | set(axes):
            axes[name] = GRIDS[name]
    if discrete and "a" not in fixed | set(axes):
        axes["a"] = GRIDS["a"]
    if regime.startswith("mix") and "b" not in fixed | set(axes):
        axes["b"] = GRIDS["b"]
    return {name: values for name, values in axes.items() if name not in moved}


def steps_of(name: str) -> tuple[float, ...]:
    """The values over which a trend in this number is followed."""
    return GRIDS.get(name, _STEPS)


def cases_of(
    given: Mapping[str, Any],
    axes: Mapping[str, tuple[Any, ...]],
    moved: tuple[str, ...] = (),
) -> Iterator[Case]:
    """Every completion that makes sense; numbers that a choice needs are tried on their grid.

    Args:
        given: premise -> value.
        axes: see :func:`open_axes`.
        moved: numbers that the statement itself runs over, of which one value is enough here.

    Raises:
        ArgumentError: not one does; the message of the first is passed on.
    """
    fixed = {name: value for name, value in given.items() if name not in axes}
    first: ArgumentError | None = None
    found = False
    for values in itertools.product(*axes.values()):
        chosen = dict(zip(axes, values, strict=True))
        needed = _needed({**fixed, **chosen})
        grids = [GRIDS[name][:1] if name in moved else GRIDS[name] for name in needed]
        for numbers in itertools.product(*grids):
            extra = dict(zip(needed, numbers, strict=True))
            try:
                premises = make_premises(**{**fixed, **chosen, **extra})
            except ArgumentError as error:
                first = first or error
                continue
            found = True
            tried = {**chosen, **extra}
            alone = {name for name, values in axes.items() if len(values) == 1}  # not open
            yield Case(premises, {name: v for name, v in tried.items()
                                  if name not in moved and name not in alone})  # fmt: skip
    if not found and first is not None:
        raise first


def _needed(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Numbers that these choices cannot do without, and that were not given."""
    approximator = str(given.get("approximator", ""))
    target = str(given.get("target", ""))
    wanted = []
    if approximator == "kernel" and not (target == "matched" and "a" in given):
        wanted.append("nu")
    if approximator == "linear-features" and target == "matched":
        wanted.append("a")
    if approximator in ("minimax", "optimal", "best") or target in ("rough", "singular"):
        wanted.append("smoothness")
    if target == "singular":
        wanted.append("codimension")
    if str(given.get("noise", "")).startswith("input"):
        wanted.append("ambient")
    if str(given.get("structure", "")) == "additive":
        wanted.append("largest_factor")
    return tuple(name for name in wanted if name not in given)


def _spoken(name: str, symbols: frozenset[str]) -> bool:
    """Whether a statement holds the symbol of a number."""
    return NUMBER[name].symbol in symbols


def _several(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset)) and len(value) > 1
