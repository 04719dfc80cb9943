"""What exact neighbours cost beside the bare matrix products, in CPU seconds of one thread.

    python benchmarks/neighbours_speed.py                                # 20,000 x 50, k = 32
    python benchmarks/neighbours_speed.py --points 20000 --width 784
    python benchmarks/neighbours_speed.py --points 1000000 --queries 5000 --threads 2

The floor is the time of all products of queries and points alone, in float32 and in tiles of the
same shape, measured in the same run. Memory is the growth of the resident set of a fresh process
while it searches; the data and the imports are there before. faiss is timed where it is installed
(pip install faiss-cpu). Distances are compared with brute force in float64 for a few queries.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import sys

# before numpy is imported
_THREADS = sys.argv[sys.argv.index("--threads") + 1] if "--threads" in sys.argv[:-1] else "1"
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = _THREADS

import argparse
import importlib.util
import json
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

import lawcast
from lawcast.geometry.neighbours import Neighbours, find_neighbours
from lawcast.geometry.points import Points


def make_data(count: int, width: int, dtype: str, seed: int) -> NDArray[Any]:
    """tanh(Z W/3.2) with Z of 10 standard normal columns: points of dimension 10."""
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((10, width)).astype(np.float32)
    X = np.empty((count, width), dtype)
    for start in range(0, count, 10000):
        z = rng.standard_normal((min(10000, count - start), 10)).astype(np.float32)
        X[start : start + 10000] = np.tanh(z @ mix / np.float32(3.2))
    return X


def seconds(job: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Least CPU time of a few repeats, and the least wall time: other programs only add."""
    best = (np.inf, np.inf)
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        spent = (time.process_time() - cpu, time.perf_counter() - wall)
        best = (min(best[0], spent[0]), min(best[1], spent[1]))
    return best


def floor(m: int, n: int, width: int, repeats: int, seed: int) -> tuple[float, float]:
    """Seconds of the products alone, for m queries and n points."""
    rng = np.random.default_rng(seed)
    columns = -(-n // -(-n // 8192))
    rows = int(np.clip(2**21 // columns, 256, 1024))
    queries = rng.standard_normal((min(m, 4 * rows), width), dtype=np.float32)
    points = rng.standard_normal((min(n, 4 * columns), width), dtype=np.float32)
    out = np.empty((rows, columns), np.float32)

    def job() -> None:
        for i in range(0, len(queries), rows):
            for j in range(0, len(points), columns):
                part, block = queries[i : i + rows], points[j : j + columns]
                np.matmul(part, block.T, out=out[: len(part), : len(block)])

    share = m * n / (len(queries) * len(points))
    # several times at once: a short job is timed badly
    again = max(1, int(1e9 // (len(queries) * len(points) * width / 50)))
    cpu, wall = seconds(lambda: [job() for _ in range(again)], max(3, repeats))
    return cpu * share / again, wall * share / again


def resident() -> int:
    """The resident set of this process that is its own, in MB; 0 where it cannot be read."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(x.split()[1]) // 1024 for x in lines if x.startswith("RssAnon")), 0)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Time one engine in this process."""
    with tempfile.TemporaryDirectory() as folder:
        X = make_data(options.points, options.width, options.dtype, options.seed)
        if options.memmap:
            np.save(Path(folder) / "x.npy", X)
            X = np.load(Path(folder) / "x.npy", mmap_mode="r")
        points = Points.from_array(X)
        rng = np.random.default_rng(options.seed + 1)
        asked = None
        if options.queries:
            asked = np.sort(rng.choice(options.points, options.queries, replace=False))
        # what is loaded and started on the first call is not the search's own
        small = Points.from_array(np.array(X[: options.k + 100]))
        find_neighbours(small, options.k, engine=options.engine)
        before, peak = resident(), [0]
        found: list[Neighbours] = []

        def watch(stage: str, done: int, total: int) -> None:
            peak[0] = max(peak[0], resident())

        def job(progress: Any = None) -> None:
            found[:] = [
                find_neighbours(
                    points, options.k, queries=asked, engine=options.engine, progress=progress
                )
            ]

        job(watch)
        memory = max(peak[0], resident()) - before
        cpu, wall = seconds(job, options.repeats)
        return {
            "cpu": cpu,
            "wall": wall,
            "memory": memory,
            "redone": found[0].redone,
            "doubtful": len(found[0].doubtful),
            "error": worst_error(X, found[0]),
        }


def worst_error(X: NDArray[Any], found: Neighbours) -> float:
    """Largest relative error of the distances of eight queries."""
    some = found.queries[:: max(1, len(found.queries) // 8)][:8]
    gaps = np.concatenate(
        [
            cdist(X[some].astype(float), X[start : start + 50000].astype(float))
            for start in range(0, len(X), 50000)
        ],
        axis=1,
    )
    gaps[np.arange(len(some)), some] = np.inf
    true = np.sort(np.partition(gaps, found.k, axis=1)[:, : found.k], axis=1)
    ours = found.distances[np.searchsorted(found.queries, some)]
    return float(np.max(np.abs(ours - true) / np.where(true > 0, true, 1)))


def machine() -> str:
    """Processor, number of cores, system."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of exact neighbours beside its floor.")
    parser.add_argument("--points", type=int, default=20000, help="n")
    parser.add_argument("--width", type=int, default=50, help="D")
    parser.add_argument("--k", type=int, default=32)
    parser.add_argument("--queries", type=int, default=0, help="0 asks for all points")
    parser.add_argument("--dtype", choices=["float16", "float32", "float64"], default="float32")
    parser.add_argument("--memmap", action="store_true", help="read the data from a mapped file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="the least time of so many counts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=["numpy", "faiss"], help="this one alone, as JSON")
    options = parser.parse_args(arguments)
    if options.engine:
        print(json.dumps(measure(options)))
        return 0
    given = list(sys.argv[1:] if arguments is None else arguments)
    engines = ["numpy"] + ["faiss"] * (importlib.util.find_spec("faiss") is not None)
    m = options.queries or options.points
    cpu, wall = floor(m, options.points, options.width, options.repeats, options.seed)
    rate = 2 * m * options.points * options.width / cpu / 1e9
    print(
        f"lawcast {lawcast.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"Python {platform.python_version()}\n{machine()}; {options.threads} thread(s); "
        f"seed {options.seed}; least of {options.repeats}\n"
        f"{m:,} queries, {options.points:,} x {options.width:,} {options.dtype} points, "
        f"k = {options.k}\n\n"
        f"{'':8}{'CPU s':>8}{'wall s':>8}{'x floor':>9}{'MB':>6}{'redone':>8}{'doubtful':>10}"
        f"{'error':>9}\n{'floor':8}{cpu:8.2f}{wall:8.2f}{1:9.2f}   {rate:.0f} GFLOP/s"
    )
    for engine in engines:
        command = [sys.executable, str(Path(__file__).resolve()), *given, "--engine", engine]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return 1
        got = json.loads(done.stdout)
        print(
            f"{engine:8}{got['cpu']:8.2f}{got['wall']:8.2f}{got['cpu'] / cpu:9.2f}"
            f"{got['memory']:6d}{got['redone']:8d}{got['doubtful']:10d}{got['error']:9.1e}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
