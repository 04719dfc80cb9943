"""What running a study costs beside its work: cells per second and milliseconds a cell.

    python benchmarks/study_overhead.py                 # the table of the docs
    python benchmarks/study_overhead.py --cells 2000

Cells that compute for so many milliseconds are measured in this process, in spawned ones and in
threads, with and without a store. A run of all cells less a run of a fifth of them gives the cost
of one; what is left is the start. Overhead is that less the work itself, shared out evenly: in
wall time, which other programs and the disk lengthen, and in CPU time of all processes. Each is
the least of a few repeats. A store of 10,000 cells is then opened and its study run again, which
measures nothing.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# before numpy is imported
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import platform
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy
from machine import machine, table

import lawcast
from lawcast.lab.running import run_study
from lawcast.lab.store import open_store
from lawcast.lab.study import Axis, Config, Streams, Study


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Compute for so many milliseconds of CPU time and return a loss."""
    until = time.thread_time() + float(config["work"]) / 1000
    while time.thread_time() < until:
        pass
    return {"loss": 1 / float(config["samples"])}


EMPTY = Study(
    name="empty",
    title="cells that do nothing",
    question="What does running a study cost?",
    source="this script",
    axes=(
        Axis("samples", "samples", "number of the cell", (1,), (1,), (1,)),
        Axis("work", "work", "milliseconds of CPU time", (0,), (0,), (0,)),
        Axis("seeds", "seed", "seed", (0,), (0,), (0,)),
    ),
    size="samples",
    losses=("loss",),
    measure=measure,
    read=lambda columns: [],
    curve=("work",),
)


@dataclass(frozen=True)
class Cost:
    """Seconds of a run: wall time, and CPU time of this process and those it started."""

    wall: float
    cpu: float


def cost(repeats: int, cells: int, work: float, stored: bool, seed: int, **way: Any) -> Cost:
    """The least of a few fresh runs: other programs only ever add to it."""
    walls, cpus = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "cells.db" if stored else None
            start, before = time.perf_counter(), sum(os.times()[:4])
            samples = range(1, cells + 1)
            run_study(EMPTY, samples=samples, work=work, store=store, rng=seed, **way)
            walls.append(time.perf_counter() - start)
            cpus.append(sum(os.times()[:4]) - before)
    return Cost(min(walls), min(cpus))


def bare_commit(folder: str, count: int = 200) -> float:
    """Seconds of one small commit of SQLite that is safe from a power cut: the disk's own share."""
    connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
    for order in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                  "CREATE TABLE cells (key TEXT PRIMARY KEY, row TEXT)"):  # fmt: skip
        connection.execute(order)
    start = time.perf_counter()
    for k in range(count):
        connection.execute("INSERT INTO cells VALUES (?, ?)", (str(k), "x" * 300))
    took = time.perf_counter() - start
    connection.close()
    return took / count


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Overhead of running a study.")
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--work", type=float, default=2.0, help="milliseconds of CPU time a cell")
    parser.add_argument("--stored", type=int, default=10_000, help="cells of the store to open")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print(
        f"lawcast {lawcast.__version__}, numpy {np.__version__}, SQLAlchemy "
        f"{sqlalchemy.__version__}, Python {platform.python_version()}\n{machine()}; one thread a "
        f"cell; seed {options.seed}; least of {options.repeats}\n"
    )
    count = os.cpu_count() or 1
    rows = []
    many, few = options.cells, options.cells // 5
    with ThreadPoolExecutor(count) as threads:
        ways: list[tuple[str, int, dict[str, Any]]] = [
            ("this process", 1, {"workers": 1}),
            (f"{count} spawned processes", count, {"workers": count}),
            # threads of one interpreter compute one after the other here
            (f"{count} threads", 1, {"executor": threads}),
        ]
        for words, shared, way in ways:
            for stored in (False, True):
                given = (options.work, stored, options.seed)
                large = cost(options.repeats, many, *given, **way)
                small = cost(options.repeats, few, *given, **way)
                wall = (large.wall - small.wall) / (many - few)
                cpu = (large.cpu - small.cpu) / (many - few)
                rows.append(
                    [words, "SQLite" if stored else "memory", f"{small.wall - few * wall:.2f}",
                     f"{1 / wall:,.0f}", f"{1000 * wall - options.work / shared:.2f}",
                     f"{1000 * cpu - options.work:.2f}"]
                )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        commit = bare_commit(folder)
    print(
        f"{options.cells:,} cells of {options.work:g} ms; a bare durable commit takes "
        f"{1000 * commit:.2f} ms here"
    )
    head = ["computed by", "kept in", "start s", "cells/s", "overhead ms/cell", "of it CPU ms"]
    print(table(head, rows))

    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "cells.db"
        axes = {"samples": range(1, options.stored + 1), "rng": options.seed, "workers": 1}
        run_study(EMPTY, store=store, **axes)
        opened, again = [], []
        for _ in range(options.repeats):
            start = time.perf_counter()
            with open_store(store):
                opened.append(time.perf_counter() - start)
            start = time.perf_counter()
            run_study(EMPTY, store=store, **axes)
            again.append(time.perf_counter() - start)
        print(
            f"\nA store of {options.stored:,} cells ({store.stat().st_size / 1e6:.1f} MB) opens in "
            f"{min(opened):.3f} s; its finished study is there again in "
            f"{min(again):.3f} s"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
