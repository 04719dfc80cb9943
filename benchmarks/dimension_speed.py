"""What a dimension costs, beside the bare matrix products that it cannot do without.

    python benchmarks/dimension_speed.py                      # 20,000 x 50 and 20,000 x 784
    python benchmarks/dimension_speed.py --shape 50000x50     # another size
    python benchmarks/dimension_speed.py --big                # a 600 MB memory map, a million rows
    python benchmarks/dimension_speed.py --growth growth.svg  # cost against n and D, as a figure

Every cell runs in fresh processes of its own, one after the other; the least time of three is
shown, since other programs only add. Each process makes the data, runs the same call on 300 points
(which loads and compiles what is loaded once) and then the call that is measured. Columns:

- CPU s: user and system time of all threads; one thread unless said otherwise.
- wall s: by the clock.
- MB: the most memory that the process held during the call, beyond what it held before it (imports
  and data); pages of a memory-mapped file do not count, copies of them do. Linux only.
- x floor: CPU s over that of the floor, 2 m n D operations as float32 products of the same shapes
  in one thread.
- d: the answer. The data is tanh(Z W/3.2) with Z of 10 standard normal columns, so 10 is right.
- goal: what was aimed at: CPU seconds, MB, or a multiple of the floor, at most.

"neighbours" rows are the exact search for the 32 nearest alone, which the other rows build on; the
default call gives all estimates, all six Gride scales among them. Rows of faiss and of
scikit-dimension appear where they are installed: pip install faiss-cpu scikit-dimension==0.5.0
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import io
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from machine import machine

PEER = "scikit-dimension"
FLOOR, ENGINE, DEFAULT = "floor", "neighbours k=32, numpy", "default call"
K = 32
WARM_UP = 300

SHAPES = ((20_000, 50), (20_000, 784))
MAPPED = (300_000, 1_024)
MILLION = (1_000_000, 50)
QUERIES = 5_000
GROWTH_POINTS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
GROWTH_WIDTHS = (10, 20, 50, 100, 200, 400, 784)
GROWTH_AT = (10_000, 50)
PEER_MOST = 20_000  # it holds n² doubles


@dataclass(frozen=True)
class Cell:
    """One thing to measure.

    Args:
        row: as printed.
        kind: "floor", "engine", "ours" or "peer".
        what: engine of the search, arguments of our call as JSON, or class of the peer.
        points: n.
        width: D.
        queries: how many ask for their neighbours; 0 for all.
        dtype: of the data.
        mapped: name of the .npy file that the data is mapped from; "" for data in memory.
        threads: of the numeric libraries.
        seed: of the data.
        goal: as printed.
    """

    row: str
    kind: str
    what: str
    points: int
    width: int
    queries: int = 0
    dtype: str = "float32"
    mapped: str = ""
    threads: int = 1
    seed: int = 0
    goal: str = ""


@dataclass(frozen=True)
class Cost:
    """What a cell cost: seconds, MB (None where it cannot be known) and the answer, if any."""

    cpu: float
    wall: float
    memory: float | None
    answer: float | None


# --- in the process of a cell ------------------------------------------------------------------


def make_rows(count: int, width: int, seed: int) -> Callable[[int, int], Any]:
    """From start and stop to these rows of tanh(Z W/3.2), float32; each start has its own seed."""
    import numpy as np

    mix = np.random.default_rng(seed).standard_normal((10, width)).astype(np.float32)

    def rows(start: int, stop: int) -> Any:
        rng = np.random.default_rng([seed, start])
        z = rng.standard_normal((stop - start, 10)).astype(np.float32)
        return np.tanh(z @ mix / np.float32(3.2))

    return rows


def make_data(cell: Cell, file: str = "") -> Any:
    """The data of a cell, in memory or written to a .npy file."""
    import numpy as np

    shape, step = (cell.points, cell.width), 10_000
    rows = make_rows(*shape, cell.seed)
    X: Any
    if file:
        X = np.lib.format.open_memmap(file, "w+", cell.dtype, shape)
    else:
        X = np.empty(shape, cell.dtype)
    for start in range(0, cell.points, step):
        X[start : start + step] = rows(start, min(start + step, cell.points))
    return X


def floor_job(cell: Cell) -> tuple[Callable[[], None], float]:
    """Products of queries and points alone, and how many times these are in the whole."""
    import numpy as np

    rng = np.random.default_rng(cell.seed)
    n, m, width = cell.points, cell.queries or cell.points, cell.width
    columns = -(-n // -(-n // 8192))
    rows = int(np.clip(2**21 // columns, 256, 1024))
    queries = rng.standard_normal((min(m, 4 * rows), width), dtype=np.float32)
    points = rng.standard_normal((min(n, 4 * columns), width), dtype=np.float32)
    out = np.empty((rows, columns), np.float32)
    # a job of a few milliseconds is timed badly
    again = max(1, int(2e10 // (len(queries) * len(points) * width)))

    def job() -> None:
        for _ in range(again):
            for i in range(0, len(queries), rows):
                for j in range(0, len(points), columns):
                    part, block = queries[i : i + rows], points[j : j + columns]
                    np.matmul(part, block.T, out=out[: len(part), : len(block)])

    job()
    return job, m * n / (len(queries) * len(points)) / again


def call_of(cell: Cell) -> Callable[[Any], float | None]:
    """From data to the answer."""
    if cell.kind == "peer":
        import skdim.id

        return lambda X: float(getattr(skdim.id, cell.what)().fit(X).dimension_)
    if cell.kind == "engine":
        import numpy as np

        from lawcast.geometry.neighbours import find_neighbours
        from lawcast.geometry.points import Points

        def search(X: Any) -> None:
            asked = None
            if cell.queries and cell.queries < len(X):
                asked = np.sort(np.random.default_rng(1).permutation(len(X))[: cell.queries])
            find_neighbours(Points.from_array(X), K, queries=asked, engine=cell.what)

        return search
    import lawcast as lc

    given = json.loads(cell.what)
    queries = cell.queries or cell.points

    def ours(X: Any) -> float:
        dim = lc.intrinsic_dimension(X, queries=min(queries, len(X)), **given)
        assert isinstance(dim, lc.Dimension)
        return dim.value

    return ours


def status(name: str) -> float | None:
    """A line of /proc/self/status, in MB."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith(f"{name}:")), None)


def start_peak() -> tuple[float, float] | None:
    """Forget the peak so far; (resident, of which pages of files), or None where unknown."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    resident, files = status("VmRSS"), status("RssFile")
    return None if resident is None or files is None else (resident, files)


def growth_of_peak(before: tuple[float, float] | None) -> float | None:
    """MB that the peak lies above the start, without pages of files."""
    peak, files = status("VmHWM"), status("RssFile")
    if before is None or peak is None or files is None:
        return None
    return peak - before[0] - (files - before[1])


def measure(cell: Cell) -> Cost:
    """Do the work of a cell, in this process."""
    # numba imports the package coverage, and would find the script of that name in this folder
    here = Path(__file__).resolve().parent
    sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != here]
    job: Callable[[], Any]
    if cell.kind == "floor":
        job, times = floor_job(cell)
    else:
        import numpy as np

        call, times = call_of(cell), 1.0
        X = np.load(cell.mapped, mmap_mode="r") if cell.mapped else make_data(cell)
        call(np.array(X[:WARM_UP]))
        job = lambda: call(X)  # noqa: E731
    before = start_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    answer = job()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(cpu * times, wall * times, growth_of_peak(before), answer)


# --- in the process that asks ------------------------------------------------------------------


def run(cell: Cell, repeats: int) -> Cost:
    """The least times and the most memory of a few fresh processes."""
    names = ("OPENBLAS", "OMP", "MKL", "NUMBA", "VECLIB_MAXIMUM")
    environment = os.environ | {f"{name}_NUM_THREADS": str(cell.threads) for name in names}
    command = [sys.executable, str(Path(__file__).resolve()), "--cell", json.dumps(asdict(cell))]
    costs = []
    for _ in range(repeats):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise RuntimeError(f"{cell.row}: {done.stderr.strip()}")
        costs.append(Cost(**json.loads(done.stdout.splitlines()[-1])))
    known = [cost.memory for cost in costs if cost.memory is not None]
    return Cost(
        min(cost.cpu for cost in costs),
        min(cost.wall for cost in costs),
        max(known) if known else None,
        costs[0].answer,
    )


def installed(module: str) -> bool:
    """Whether it can be imported here."""
    return importlib.util.find_spec(module) is not None


def ours(**given: Any) -> str:
    """Arguments of our call."""
    return json.dumps(given)


def table_cells(points: int, width: int, seed: int) -> list[Cell]:
    """The rows for data in memory, all points asking."""
    narrow, known = width == 50, (points, width) in SHAPES

    def cell(row: str, kind: str, what: str, goal: str = "") -> Cell:
        return Cell(row, kind, what, points, width, seed=seed, goal=goal if known else "")

    cells = [
        cell(FLOOR, "floor", ""),
        cell(ENGINE, "engine", "numpy", "3.2 x" if narrow else "1.4 x"),
    ]
    if installed("faiss"):
        goal = "1.75 x" if narrow else "1.15 x"
        cells.append(cell(f"neighbours k={K}, faiss", "engine", "faiss", goal))
    cells += [
        cell(DEFAULT, "ours", ours(), "3.5 s, 150 MB" if narrow else "150 MB"),
        cell("TwoNN", "ours", ours(method="twonn"), "1.5 s" if narrow else ""),
    ]
    if narrow:
        cells += [
            cell("MLE, k=20", "ours", ours(method="mle")),
            cell("correlation dimension", "ours", ours(method="correlation"), "2.5 s"),
            cell("Gride 32, 64", "ours", ours(method="gride-32"), "2.5 s"),
        ]
    if installed("faiss"):
        cells.append(cell("default call, faiss", "ours", ours(engine="faiss")))
    if installed("skdim"):
        names = ("TwoNN", "MLE", "CorrInt") if narrow else ("TwoNN", "MLE")
        cells += [cell(f"{PEER} {name}", "peer", name) for name in names]
    return cells


def big_cells(file: str, seed: int) -> list[tuple[str, list[Cell]]]:
    """Rows by title, for data that a sample of the points asks about."""
    mapped = Cell("", "", "", *MAPPED, QUERIES, "float16", file, seed=seed)
    million = Cell("", "", "", *MILLION, QUERIES, threads=2, seed=seed)

    def rows(base: Cell, goal: str) -> list[Cell]:
        return [
            replace(base, row=FLOOR, kind="floor", threads=1),
            replace(base, row=ENGINE, kind="engine", what="numpy"),
            replace(base, row=DEFAULT, kind="ours", what=ours(), goal=goal),
        ]

    return [
        (f"{title(mapped)}, memory-mapped", rows(mapped, "60 s, no copy")),
        (title(million), rows(million, "20 s wall, 1000 MB")),
    ]


def title(cell: Cell) -> str:
    """What a table is about."""
    asking = f", {cell.queries:,} ask" if cell.queries else ""
    size = cell.points * cell.width * {"float16": 2, "float32": 4}[cell.dtype] / 2**20
    threads = f"{cell.threads} thread{'s' if cell.threads > 1 else ''}"
    return f"{cell.points:,} x {cell.width:,} {cell.dtype} ({size:,.0f} MB){asking}, {threads}"


def heading(seed: int, repeats: int) -> str:
    """Versions, machine and settings."""
    import lawcast

    names = ("numpy", "scipy", "faiss-cpu", PEER, "scikit-learn")
    versions = [f"lawcast {lawcast.__version__}", f"Python {platform.python_version()}"]
    for name in names:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return (
        f"{', '.join(versions)}\n{machine()}; seed {seed}; least of {repeats}, "
        "each in a fresh process"
    )


def show_table(
    name: str, cells: Sequence[Cell], repeats: int, results: list[dict[str, Any]]
) -> None:
    """Measure the rows of a table and print each as it comes; the first is the floor."""
    print(
        f"\n{name}\n{'':26}{'CPU s':>8}{'wall s':>8}{'MB':>7}{'x floor':>9}{'d':>7}  goal",
        flush=True,
    )
    floor = math.nan
    for cell in cells:
        cost = run(cell, repeats)
        if cell.kind == "floor":
            floor = cost.cpu
        ratio = cost.cpu / floor
        memory = "-" if cost.memory is None or cell.kind == "floor" else f"{cost.memory:.0f}"
        if cell.kind == "floor":
            m = cell.queries or cell.points
            note = f"{2e-9 * m * cell.points * cell.width / cost.cpu:.0f} GFLOP/s"
        else:
            note = cell.goal
        answer = "" if cost.answer is None else f"{cost.answer:.2f}"
        print(
            f"{cell.row:26}{cost.cpu:8.2f}{cost.wall:8.2f}{memory:>7}{ratio:9.2f}{answer:>7}  "
            f"{note}".rstrip(),
            flush=True,
        )
        record = {key: value for key, value in asdict(cell).items() if key != "mapped"}
        results.append({"table": name} | record | asdict(cost) | {"ratio": ratio})


def growth_cells(seed: int) -> tuple[list[Cell], list[Cell]]:
    """What grows with n, and what grows with D."""
    rows = [(FLOOR, "floor", ""), (ENGINE, "engine", "numpy"), (DEFAULT, "ours", ours())]
    if installed("faiss"):
        rows.append((f"neighbours k={K}, faiss", "engine", "faiss"))
    if installed("skdim"):
        rows.append((f"{PEER} TwoNN", "peer", "TwoNN"))
    with_points = [
        Cell(*row, n, GROWTH_AT[1], seed=seed)
        for row in rows
        for n in GROWTH_POINTS
        if row[1] != "peer" or n <= PEER_MOST
    ]
    with_width = [Cell(*row, GROWTH_AT[0], D, seed=seed) for row in rows for D in GROWTH_WIDTHS]
    return with_points, with_width


STYLES = {
    FLOOR: ("#555555", "", (0, (5, 2))),
    ENGINE: ("#0072B2", "o", "-"),
    f"neighbours k={K}, faiss": ("#56B4E9", "D", (0, (1, 1))),
    DEFAULT: ("#D55E00", "s", "-"),
    f"{PEER} TwoNN": ("#009E73", "^", "-."),
}


def draw_growth(results: Sequence[dict[str, Any]], file: str, note: str) -> None:
    """CPU seconds against n and against D, on logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "lawcast"
    import matplotlib.pyplot as plt

    from lawcast._files import write_atomically

    figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), sharey=True, layout="constrained")
    panels = (
        ("n", "points", f"number of points n, at D = {GROWTH_AT[1]}"),
        ("D", "width", f"number of columns D, at n = {GROWTH_AT[0]:,}"),
    )
    for ax, (table, column, label) in zip(axes, panels, strict=True):
        mine = [result for result in results if result["table"] == table]
        for row, (color, marker, dash) in STYLES.items():
            line = [(result[column], result["cpu"]) for result in mine if result["row"] == row]
            if line:
                ax.plot(*zip(*line, strict=True), color=color, marker=marker, ls=dash, label=row)
        ax.set(xscale="log", yscale="log", xlabel=label)
        ax.grid(visible=True, which="major", alpha=0.3)
    axes[0].set_ylabel("CPU seconds, one thread")
    axes[0].legend(frameon=False, fontsize=9)
    figure.suptitle("Cost of an intrinsic dimension, all points asking", fontsize=12)
    figure.text(0.01, -0.03, note, fontsize=7, color="#555555")
    written = io.BytesIO()
    kind = Path(file).suffix.lstrip(".") or "svg"
    metadata = {"Date": None} if kind == "svg" else None
    figure.savefig(written, format=kind, dpi=150, bbox_inches="tight", metadata=metadata)
    plt.close(figure)
    write_atomically(file, written.getvalue())


def parse_shape(text: str) -> tuple[int, int]:
    """``20000x50`` as two numbers."""
    try:
        points, width = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 20000x50") from None
    if points < WARM_UP or width < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: at least {WARM_UP} points and 1 column")
    return points, width


def measure_growth(args: argparse.Namespace, results: list[dict[str, Any]]) -> None:
    """Measure and draw the growth."""
    begun = len(results)
    for name, cells in zip(("n", "D"), growth_cells(args.seed), strict=True):
        for cell in cells:
            cost = run(cell, args.repeats)
            print(f"{cell.row:26}{cell.points:>8,} x {cell.width:<5}{cost.cpu:9.3f}", flush=True)
            results.append({"table": name} | asdict(cell) | asdict(cost))
    note = heading(args.seed, args.repeats).replace("\n", "; ")
    draw_growth(results[begun:], args.growth, note)
    print(f"wrote {args.growth}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--shape", type=parse_shape, nargs="+", metavar="NxD", help="data sets in memory"
    )
    parser.add_argument("--big", action="store_true", help="data that a sample asks about")
    parser.add_argument("--growth", metavar="FILE", help="draw cost against n and D (.svg, .png)")
    parser.add_argument("--only", metavar="TEXT", help="rows that contain it, and the floor")
    parser.add_argument("--repeats", type=int, default=3, help="fresh processes a cell (3)")
    parser.add_argument("--seed", type=int, default=0, help="of the data (0)")
    parser.add_argument("--json", metavar="FILE", help="write every number to this file")
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.cell:
        print(json.dumps(asdict(measure(Cell(**json.loads(args.cell))))))
        return 0
    if args.repeats < 1:
        parser.error(f"--repeats {args.repeats}: there must be one at least")

    def chosen(cells: list[Cell]) -> list[Cell]:
        return [
            cell
            for cell in cells
            if args.only is None or cell.kind == "floor" or args.only in cell.row
        ]

    print(heading(args.seed, args.repeats), flush=True)
    results: list[dict[str, Any]] = []
    if args.shape or not (args.big or args.growth):
        for points, width in args.shape or SHAPES:
            cells = table_cells(points, width, args.seed)
            show_table(title(cells[-1]), chosen(cells), args.repeats, results)
    if args.big:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "points.npy")
            tables = big_cells(file, args.seed)
            make_data(tables[0][1][0], file)
            for name, cells in tables:
                show_table(name, chosen(cells), args.repeats, results)
    if args.growth:
        measure_growth(args, results)
    if args.json:
        from lawcast._files import write_atomically

        document = {"heading": heading(args.seed, args.repeats), "cells": results}
        write_atomically(args.json, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
