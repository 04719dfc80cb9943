"""Running a study: the cells that are not finished yet are measured, kept and read."""

from __future__ import annotations

import contextlib
import os
import random
import time
import warnings
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future
from concurrent.futures import wait as wait_for
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError, StudyStopped
from lawcast._tables import printable
from lawcast._threads import one_thread
from lawcast._values import check_seed
from lawcast.lab.guard import GUARD, why_alone
from lawcast.lab.registry import get_study, is_own
from lawcast.lab.result import StudyResult, make_result
from lawcast.lab.store import Cell, Keeper, open_store
from lawcast.lab.study import Config, Study, cell_key, shown, source_of
from lawcast.lab.workers import Measured, error_words, measure_cell, name_of, spawned_pool

Progress = Callable[[str, int, int], None]

_ALONE = 0.5
"""Seconds of work that this process does by itself before it starts others: starting them takes
about as long."""

_TICK = 0.5  # seconds between two looks at what was finished
_MOST_AHEAD = 64  # cells given to an executor of unknown size before any comes back
_POOLS = 2  # a pool whose worker died is replaced once
_MOST_NAMED = 3


def run_study(
    name: str | Study,
    preset: str = "quick",
    *,
    rng: int | np.random.Generator = 0,
    store: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
    **axes: Any,
) -> StudyResult:
    """Run a study, or go on with one that was interrupted.

    The result depends on the study, the preset or axes, and the seed alone: not on what computes
    the cells, on their order, or on how often the run was interrupted.

    Args:
        name: name of a study (:func:`list_studies`), or a :class:`Study` of your own.
        preset: ``"quick"`` (seconds), ``"standard"`` (minutes) or ``"full"``.
        rng: seed or generator.
        store: SQLite file (or ``"sqlite:///FILE"``) that keeps every finished cell at once; a run
            that finds cells there does not measure them again. Several processes may share it.
            None keeps the cells in memory only.
        executor: any :class:`concurrent.futures.Executor` that measures the cells; it is not
            shut down.
        workers: number of processes that are started where there is no executor; 1 for none but
            this one. By default as many as there are processors, once the study has taken half a
            second. In a script they need ``if __name__ == "__main__":``; without it the default
            is this process alone, with a warning.
        cluster: address of a Dask scheduler, instead of an executor (``cluster`` extra).
        progress: called with ("cells", done, total) as cells are kept.
        **axes: values that replace those of the preset, such as ``dimensions=[1, 2, 3]``;
            ``seeds=4`` stands for seeds 0 to 3.

    Returns:
        The table of runs, the numbers read off it and what became of the theory.

    Raises:
        UnknownNameError: no such study, preset or axis.
        ArgumentError: an argument out of range, two that exclude each other, or several
            ``workers`` that the program would start again and again.
        StudyStopped: a cell failed, what computes the cells died, or no readings came of them;
            finished cells are kept.
        SavedFileError: the store is damaged, something else, or of a newer version.
        WriteError: the store cannot be written, or another process holds it.
        MissingExtraError: ``cluster=`` without the extra.

    Example:
        >>> import lawcast as lc
        >>> found = lc.run_study("interpolation", dimensions=[1, 2])     # doctest: +SKIP
        >>> print(found.summary())                                       # doctest: +SKIP
        >>> lc.fit(found.curve(loss="l2", dimension=2), law="power")     # doctest: +SKIP
    """
    study = get_study(name)
    _check_helpers(study, executor, workers, cluster, progress)
    if isinstance(rng, np.random.Generator):
        seed = int(rng.integers(2**62))
    else:
        seed = check_seed(rng, below=2**63)
    values = study.values(preset, axes)
    configs = study.grid(values)
    with open_store(store) as keeper, one_thread():
        work = Work(study, configs, seed, keeper, progress)
        left = work.unfinished()
        if left:
            keeper.require_room()
        if left and cluster is not None:
            from lawcast.lab.cluster import cluster_executor

            with cluster_executor(cluster) as (many, threads):
                _run_given(work, left, many, max(_MOST_AHEAD, 4 * threads))
        elif left and executor is not None:
            ahead = getattr(executor, "_max_workers", None)
            _run_given(work, left, executor, 4 * ahead if ahead else _MOST_AHEAD)
        elif left:
            _run_locally(work, left, workers)
        cells = work.cells()
        place = keeper.place()
        return make_result(study, preset, values, seed, configs, cells, place, work.notes())


class Work:
    """The cells of one run: which are finished, and what is known of them.

    Args:
        study: the study.
        configs: its cells, in the order of the grid.
        seed: its seed.
        keeper: what keeps finished cells.
        progress: told how many are finished.
    """

    def __init__(
        self,
        study: Study,
        configs: Sequence[Config],
        seed: int,
        keeper: Keeper,
        progress: Progress | None,
    ) -> None:
        self.study, self.seed = study, seed
        self._keeper, self._progress = keeper, progress
        self._configs = {cell_key(study, config, seed): config for config in configs}
        self._measure = name_of(study.measure) or study.measure
        self._source = source_of(study.measure) if is_own(study) else ""
        self._cells: dict[str, Cell] = {}
        self._take(keeper.find(list(self._configs)))

    def unfinished(self) -> list[str]:
        """Keys of the cells to measure, small ones first."""
        keys = [key for key in self._configs if key not in self._cells]
        return sorted(keys, key=lambda key: float(self._configs[key][self.study.size]))

    def __len__(self) -> int:
        """How many cells are finished."""
        return len(self._cells)

    def cells(self) -> list[Cell]:
        """Every cell, in the order of the grid."""
        return [self._cells[key] for key in self._configs]

    def found(self, key: str) -> bool:
        """Whether another process has finished a cell in the meantime."""
        if key not in self._cells:
            cells = self._keeper.find([key])
            if cells:
                self._take(cells)
        return key in self._cells

    def task(self, key: str) -> tuple[Any, ...]:
        """The arguments that :func:`measure_cell` needs for a cell."""
        study = self.study
        return self._measure, study.name, dict(self._configs[key]), self.seed, study.columns

    def finish(self, measured: Mapping[str, Measured]) -> None:
        """Keep cells that were measured.

        Raises:
            StudyStopped: one of them failed; the others are kept.
        """
        good = [
            Cell(key, self.study.name, self._configs[key], one.row, one.seconds, self._source)
            for key, one in measured.items()
            if one.row is not None
        ]
        if good:
            self._take(self._keeper.keep(good))
        for key, one in measured.items():
            if one.row is None:
                raise StudyStopped(
                    f"the cell {self.words(key)} failed: {one.error.rstrip('.')}. {self.rest()}"
                )

    def notes(self) -> list[str]:
        """What to know of cells that were measured before the function changed."""
        cells = self._cells.values()
        old = sum(bool(c.source and self._source and c.source != self._source) for c in cells)
        if not old:
            return []
        return [
            f"{old:,} of {len(cells):,} cells were measured before the text of the function that "
            f"measures them changed. They were not measured again. If it gives other numbers now, "
            f"declare the study with version={self.study.version + 1}."
        ]

    def words(self, key: str) -> str:
        """``"dimension = 2, samples = 64 of the study interpolation"``."""
        config = self._configs[key]
        told = ", ".join(f"{name} = {printable(str(value))}" for name, value in config.items())
        return f"{told} of the study {self.study.name}"

    def rest(self) -> str:
        """What remains of an unfinished run."""
        place = self._keeper.place()
        done = f"{len(self._cells):,} of {len(self._configs):,} cells are finished"
        if place:
            return f"{done} and kept in {place}; run again: finished cells are kept"
        return f'{done}; give store="studies.db" to keep finished cells for the next run'

    def _take(self, cells: Mapping[str, Cell]) -> None:
        for cell in cells.values():
            if set(cell.row) != set(self.study.columns):
                raise StudyStopped(
                    f"the store {self._keeper.place()} holds {', '.join(cell.row)} for the cell "
                    f"{self.words(cell.key)}, which now measures {', '.join(self.study.columns)}. "
                    "Raise the version of the study, so that its cells are measured anew"
                )
        self._cells.update(cells)
        if self._progress is not None:
            self._progress("cells", len(self._cells), len(self._configs))


def _check_helpers(
    study: Study,
    executor: Executor | None,
    workers: int | None,
    cluster: str | None,
    progress: Progress | None,
) -> None:
    """Refuse what cannot compute the cells before any work."""
    given = {"executor": executor, "workers": workers, "cluster": cluster}
    several = [f"{name}=" for name, value in given.items() if value is not None]
    if len(several) > 1:
        raise ArgumentError(f"{' and '.join(several)} exclude each other; give one of them")
    if executor is not None and not isinstance(executor, Executor):
        raise ArgumentError(f"executor= is a concurrent.futures.Executor, not {shown(executor)}")
    if workers is not None and (
        isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 10_000
    ):
        raise ArgumentError(f"workers= is a number of processes, 1 or more, not {shown(workers)}")
    if workers is not None and workers > 1 and name_of(study.measure) is None:
        raise ArgumentError(
            f"other processes cannot find the function that measures a cell of {study.name}: "
            "define it at the top of a module, or give workers=1"
        )
    alone = why_alone() if workers is not None and workers > 1 else ""
    if alone:
        raise ArgumentError(
            f"put the call of run_study under {GUARD}, in a file, or give workers=1. "
            f"No other processes can be started from here: {alone}"
        )
    if progress is not None and not callable(progress):
        raise ArgumentError(
            f"progress= is a function of (what, done, total), not {shown(progress)}"
        )


def _run_locally(work: Work, left: Sequence[str], workers: int | None) -> None:
    """In this process first, the smallest cells; then in processes of its own if it takes long."""
    count = workers or _processors()
    here = count == 1 or name_of(work.study.measure) is None
    left = _run_here(work, left, None if workers is not None and not here else _ALONE)
    left = _mixed(left)
    if not here and workers is None and len(left) > 1:
        alone = why_alone()
        here = bool(alone)
        if alone:
            warnings.warn(
                f"put the call of run_study under {GUARD}, and it uses {count} processes. It goes "
                f"on in this one alone. No others can be started from here: {alone}",
                stacklevel=3,
            )
    if here or len(left) < 2:
        _run_here(work, left, float("inf"))
        return
    begun = len(work)
    for attempt in range(_POOLS):
        try:
            with spawned_pool(min(count, len(left))) as pool:
                _run_on(work, left, pool, 4 * count, cancel=False)
            return
        except _Died as death:
            left = [key for key in left if not work.found(key)]
            if attempt == _POOLS - 1:
                raise StudyStopped(_death(work, death.keys, len(work) > begun)) from death


def _run_given(work: Work, left: Sequence[str], executor: Executor, ahead: int) -> None:
    """On an executor that somebody else looks after, so that it cannot be replaced."""
    try:
        _run_on(work, _mixed(left), executor, ahead, cancel=True)
    except _Died as death:
        raise StudyStopped(
            f"the executor died ({death}) with {len(death.keys)} cells in flight, among them "
            f"{work.words(death.keys[0])}. {work.rest()}"
        ) from death


def _run_here(work: Work, keys: Sequence[str], seconds: float | None) -> list[str]:
    """Measure cells in this process for so many seconds; returns those that are left."""
    if seconds is None:
        return list(keys)
    left = deque(keys)
    until = time.monotonic() + seconds
    while left and time.monotonic() < until:
        if not work.found(left[0]):
            work.finish({left[0]: measure_cell(*work.task(left[0]))})
        left.popleft()
    return list(left)


def _run_on(
    work: Work, keys: Sequence[str], executor: Executor, ahead: int, *, cancel: bool
) -> None:
    """Measure cells on an executor, with at most ``ahead`` of them given to it at a time.

    Args:
        work: the cells.
        keys: those to measure.
        executor: what measures them.
        ahead: how many it has at a time.
        cancel: take back what it has not begun when the study stops; a pool that ends with the
            study needs no such thing.

    Raises:
        _Died: the executor broke; whatever came back before is kept.
        StudyStopped: a cell failed, or the executor takes no more.
    """
    left = deque(keys)
    pending: dict[Future[Measured], str] = {}
    try:
        while left or pending:
            while left and len(pending) < ahead:
                if not work.found(left[0]):
                    pending[_submit(work, executor, left[0])] = left[0]
                left.popleft()
            done, _ = wait_for(pending, timeout=_TICK, return_when=FIRST_COMPLETED)
            _harvest(work, pending, done)
    except BaseException as stop:
        with contextlib.suppress(Exception):  # the first reason is the one to tell
            _harvest(work, pending, [future for future in pending if future.done()])
        # one that broke settles its futures itself, and stumbles over those that are cancelled
        if cancel and not isinstance(stop, _Died):
            for future in pending:
                future.cancel()
        raise


def _submit(work: Work, executor: Executor, key: str) -> Future[Measured]:
    try:
        return executor.submit(measure_cell, *work.task(key))
    except BrokenExecutor as error:
        raise _Died([key], error) from error
    except RuntimeError as error:  # it was shut down
        raise StudyStopped(
            f"the executor takes no more cells: {printable(str(error))}. {work.rest()}"
        ) from error


def _harvest(
    work: Work, pending: dict[Future[Measured], str], done: Collection[Future[Measured]]
) -> None:
    """Keep what came back; what did not is told once everything else is safe."""
    measured: dict[str, Measured] = {}
    lost: list[tuple[str, BaseException]] = []
    for future in done:
        key = pending[future]
        error = None if future.cancelled() else future.exception(timeout=0)
        if future.cancelled():
            lost.append((key, RuntimeError("it gave the cell up")))
        elif error is None:
            measured[key] = future.result(timeout=0)
        elif isinstance(error, BrokenExecutor) or not isinstance(error, Exception):
            lost.append((key, error))
        else:
            measured[key] = Measured(None, 0.0, error_words(error, where=False))
    work.finish(measured)
    for future in done:
        del pending[future]
    if lost:
        keys = [key for key, _ in lost]
        raise _Died([*keys, *pending.values()], lost[0][1]) from lost[0][1]


class _Died(Exception):
    """What measured these cells is gone."""

    def __init__(self, keys: Sequence[str], why: BaseException) -> None:
        super().__init__(error_words(why, where=False))
        self.keys = list(keys)


def _death(work: Work, keys: Sequence[str], measured: bool) -> str:
    """What to say when the processes died twice, after they measured a cell or before."""
    unfinished = [key for key in keys if not work.found(key)]
    named = "; ".join(work.words(key) for key in unfinished[:_MOST_NAMED])
    why = (
        "perhaps for want of memory"
        if measured
        else f"before they measured a cell. Each first runs the program again: what it starts goes "
        f"under {GUARD} It may also be for want of memory"
    )
    return (
        f"the processes that measure the cells died twice, {why}. Among the cells in flight: "
        f"{named}. Try workers=1, which shows why. {work.rest()}"
    )


def _mixed(keys: Sequence[str]) -> list[str]:
    """The cells in an order of this process alone.

    The time left is then told fairly, and two processes on one store seldom measure the same cell.
    """
    mixed = list(keys)
    random.Random(os.getpid() ^ time.time_ns()).shuffle(mixed)
    return mixed


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
