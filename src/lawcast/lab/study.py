"""A study: a declared grid of cells, how numbers are read off it, and what theory says of them.

A cell is one small experiment: a configuration that becomes one row of a table of runs. What a
cell draws at random comes from :class:`Streams`, so that it depends on the seed and on its own
configuration alone: on no other cell, on no order and on no machine that computes it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.reading import Reading

Value = int | float | str | bool
Config = Mapping[str, Value]
"""One cell: column -> value."""

Columns = Mapping[str, NDArray[Any]]
"""The finished cells as columns of equal length, in the order of the grid: what was configured
and what was measured."""

PRESETS = ("quick", "standard", "full")


@dataclass(frozen=True)
class Axis:
    """One axis of a study's grid.

    Args:
        name: the argument that replaces its values (``"dimensions"``).
        column: the column of the table that holds them (``"dimension"``).
        meaning: what it is, with its unit.
        quick: values of the preset that runs in seconds.
        standard: values of the preset that runs in minutes.
        full: values of the preset that takes as long as it takes.
        check: returns a value in its proper type; raises ArgumentError where it makes no sense.
    """

    name: str
    column: str
    meaning: str
    quick: tuple[Value, ...]
    standard: tuple[Value, ...]
    full: tuple[Value, ...]
    check: Callable[[Any], Value] = lambda value: value

    def values(self, preset: str) -> tuple[Value, ...]:
        """The values of a preset."""
        return {"quick": self.quick, "standard": self.standard, "full": self.full}[preset]


@dataclass(frozen=True)
class Streams:
    """The random numbers of one cell.

    Args:
        root: the seed of the whole study.
        study: its name.
        config: the cell.
    """

    root: int
    study: str
    config: Config

    def rng(self, purpose: str, *columns: str) -> np.random.Generator:
        """A generator for one purpose, the same in all cells that agree on the named columns.

        With ``rng("target", "dimension", "seed")`` cells that differ in their number of points
        alone learn the same target. Without columns the generator is the cell's own.
        """
        config = {name: self.config[name] for name in columns} if columns else dict(self.config)
        text = canonical({"study": self.study, "purpose": purpose, "config": config})
        words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")
        return np.random.default_rng(np.random.SeedSequence([self.root, *words.tolist()]))


Measure = Callable[[Config, Streams], Mapping[str, float]]
Read = Callable[[Columns], Sequence[Reading]]


@dataclass(frozen=True)
class Study:
    """A declared study.

    Args:
        name: how it is asked for, such as ``"interpolation"``.
        title: what it shows, in a few words.
        question: the question that it decides, one sentence.
        source: where the theory is written.
        axes: the axes of its grid; each becomes a column.
        size: the column along which the loss falls: ``"samples"``, ``"params"`` or ``"width"``.
        losses: columns that :attr:`measure` returns and that are losses; the first is the one
            that the table of runs calls ``loss``.
        measure: runs one cell. A function of a module, so that other processes can find it.
        read: reads exponents and other numbers off the finished cells.
        curve: columns that, together, name one curve (everything but size and seed).
        cells: makes the configurations from the values of the axes, where the grid is not simply
            their product (say, more points in higher dimensions).
        measured: further columns that :attr:`measure` returns.
        version: raised whenever :attr:`measure` would give other numbers, so that stored cells
            of before are not taken for those of now.
        closed_form: whether no network is trained in it.
    """

    name: str
    title: str
    question: str
    source: str
    axes: tuple[Axis, ...]
    size: str
    losses: tuple[str, ...]
    measure: Measure
    read: Read
    curve: tuple[str, ...]
    cells: Callable[[Mapping[str, tuple[Value, ...]]], Iterable[Config]] | None = None
    measured: tuple[str, ...] = ()
    version: int = 1
    closed_form: bool = True
    notes: tuple[str, ...] = field(default=())

    def values(
        self, preset: str, given: Mapping[str, Any] | None = None
    ) -> dict[str, tuple[Value, ...]]:
        """The values of every axis: those of the preset, replaced by what was given.

        Raises:
            UnknownNameError: no such preset or axis.
            ArgumentError: an axis without values, or a value that makes no sense there.
        """
        if preset not in PRESETS:
            raise UnknownNameError("preset", preset, PRESETS)
        given = dict(given or {})
        chosen: dict[str, tuple[Value, ...]] = {}
        for axis in self.axes:
            if axis.name not in given:
                chosen[axis.name] = axis.values(preset)
                continue
            raw = given.pop(axis.name)
            values = (raw,) if isinstance(raw, str) or not isinstance(raw, Iterable) else tuple(raw)
            if axis.name == "seeds" and len(values) == 1 and not isinstance(raw, Iterable):
                values = tuple(range(axis.check(raw)))  # type: ignore[arg-type]
            if not values:
                raise ArgumentError(f"{axis.name}= is empty: {axis.meaning}")
            chosen[axis.name] = tuple(dict.fromkeys(axis.check(value) for value in values))
        if given:
            name = next(iter(given))
            raise UnknownNameError(
                f"axis of the study {self.name}", name, [axis.name for axis in self.axes]
            )
        return chosen

    def grid(self, values: Mapping[str, tuple[Value, ...]]) -> tuple[Config, ...]:
        """The configurations of the cells, in their fixed order."""
        if self.cells is not None:
            return tuple(dict(config) for config in self.cells(values))
        names = [axis.column for axis in self.axes]
        product = itertools.product(*(values[axis.name] for axis in self.axes))
        return tuple(dict(zip(names, combination, strict=True)) for combination in product)


def canonical(data: Mapping[str, Any]) -> str:
    """JSON text that is the same for equal data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def cell_key(study: Study, config: Config, root: int) -> str:
    """SHA-256 of all that a cell's numbers depend on."""
    told = {"study": study.name, "version": study.version, "seed": root, "config": dict(config)}
    return hashlib.sha256(canonical(told).encode()).hexdigest()
