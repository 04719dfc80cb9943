"""How near do estimates of intrinsic dimension come, and do the intervals keep their promise?

    python benchmarks/dimension_accuracy.py                             # both suites, ours
    python benchmarks/dimension_accuracy.py --suite published --peers   # beside scikit-dimension
    python benchmarks/dimension_accuracy.py --suite shapes --seeds 100  # coverage of intervals
    python benchmarks/dimension_accuracy.py --suite adequacy            # does the warning fire?
    python benchmarks/dimension_accuracy.py --suite published --manifold M7_Roll --json roll.json

Suites:

- published: the 24 sets of manifolds.py, n = 2500, without noise.
- fresh: the sets of manifolds_fresh.py, which no setting was chosen on; n = 1000, 2500 and 5000,
  and n = 2500 with noise a (U - 0.5) on every coordinate, a = 0.01 rms radius / sqrt(D).
- shapes: ball, cube, sphere and flat torus, d = 2, 5, 10, 20, n = 1000, 2500, 5000.
- adequacy: ball, cube, sphere and Gaussian, d = 2 to 100, n = 1000, 2500 and 5000; with it come the
  two suites above, since the question is asked of all of them together.

One row an estimator; "lawcast" is the value of the default call, the rows under it are its named
estimates. Columns:

- MPE = 100 mean |estimate - d| / d, over sets and seeds; also its median, and the signed mean.
- d<=6, 7-20, >20: MPE of the sets in these buckets.
- cover: share of the intervals that hold d; a dash where none was given.
- none: cases without a finite answer. They are in no mean, so read them beside it.
- CPU s: for all cases of the row; our named estimates come with the default call.

A row with "(D<=40)" takes only the sets of at most 40 coordinates, where DANCo can be run; the
other rows so marked are repeated on these sets, to compare with. ESS of scikit-dimension takes two
CPU minutes a set, so it runs only when named: ``--rows lawcast,ESS``.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# before numpy is imported
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import importlib.metadata
import json
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from manifolds import SUITE, TURN, Array, Manifold, as_drawn, draw, normal, onto_sphere, uniform
from manifolds_fresh import FRESH, ball_latent, clifford_torus

import lawcast as lc
from lawcast._files import write_atomically

BUCKETS = ("d<=6", "7-20", ">20")
FEW_COORDINATES = 40
OURS = "lawcast"
PEER_NAME, PEER_VERSION = "scikit-dimension", "0.5.0"
SUITES = ("published", "fresh", "shapes", "adequacy")
USUAL_SEEDS = {"published": 3, "fresh": 3, "shapes": 50, "adequacy": 1}


# --- what is asked ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One table: a suite, a sample size and a noise level.

    Args:
        suite: its name.
        manifolds: what is drawn from.
        n: points.
        noise: 0, or the amplitude as a share of the rms radius divided by sqrt(D).
    """

    suite: str
    manifolds: tuple[Manifold, ...]
    n: int
    noise: float = 0.0

    @property
    def title(self) -> str:
        """The line above the table."""
        return f"{self.suite}, n = {self.n}, " + (
            f"noise amplitude {self.noise:g} rms radius / sqrt(D)" if self.noise else "no noise"
        )


def ball(d: int) -> Manifold:
    """The solid unit ball."""
    return Manifold(f"ball{d}", d, d, ball_latent(d), as_drawn)


def cube(d: int) -> Manifold:
    """The solid unit cube."""
    return Manifold(f"cube{d}", d, d, uniform(d), as_drawn)


def sphere(d: int) -> Manifold:
    """The surface of the unit ball of d + 1 dimensions."""
    return Manifold(f"sphere{d}", d, d + 1, normal(d + 1), onto_sphere)


def torus(d: int) -> Manifold:
    """The product of d unit circles."""
    return Manifold(f"torus{d}", d, 2 * d, uniform(d, 0.0, TURN), clifford_torus)


def gaussian(d: int) -> Manifold:
    """Independent standard normal coordinates."""
    return Manifold(f"gaussian{d}", d, d, normal(d), as_drawn)


def settings_of(suite: str) -> list[Setting]:
    """The tables of a suite."""
    sizes = (1000, 2500, 5000)
    if suite == "published":
        return [Setting(suite, SUITE, 2500)]
    if suite == "fresh":
        clean = [Setting(suite, FRESH, n) for n in sizes]
        return [*clean, Setting(suite, FRESH, 2500, noise=0.01)]
    if suite == "shapes":
        kinds, dimensions = (ball, cube, sphere, torus), (2, 5, 10, 20)
    else:
        kinds, dimensions = (ball, cube, sphere, gaussian), (2, 5, 10, 20, 35, 50, 70, 100)
    shapes = tuple(make(d) for make in kinds for d in dimensions)
    return [Setting(suite, shapes, n) for n in sizes]


# --- who is asked ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What one row says of one case.

    Args:
        suite, n, noise, manifold, d, D, seed: the case.
        row: the estimator.
        value: its estimate; None where it gave none, or one that is not finite.
        low, high, level: its interval; None where it gave none.
        adequate: whether the result says that the sample can carry it; None for other people's.
        seconds: CPU seconds; None for what came with another row.
        failed: why there is no estimate.
    """

    suite: str
    n: int
    noise: float
    manifold: str
    d: int
    D: int
    seed: int
    row: str
    value: float | None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    adequate: bool | None = None
    seconds: float | None = None
    failed: str = ""

    @property
    def error(self) -> float | None:
        """Signed error in percent of d."""
        return None if self.value is None else 100.0 * (self.value - self.d) / self.d

    @property
    def covered(self) -> bool | None:
        """Whether the interval holds d."""
        if self.low is None or self.high is None:
            return None
        return self.low <= self.d <= self.high

    @property
    def bucket(self) -> str:
        """Which of the three ranges of d this case belongs to."""
        return BUCKETS[0] if self.d <= 6 else BUCKETS[1] if self.d <= 20 else BUCKETS[2]


@dataclass(frozen=True)
class Peer:
    """A row of scikit-dimension.

    Args:
        name: as printed.
        run: (n, D) points -> dimension.
        usual: whether it runs when it is not named.
        most: largest D that it is run on; None for any.
    """

    name: str
    run: Callable[[Array], float]
    usual: bool = True
    most: int | None = None


def peers() -> list[Peer]:
    """Rows of scikit-dimension at its default arguments; none where it is not installed."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = list(sys.path)
    # numba imports the package coverage, and would find the script of that name in this folder
    sys.path[:] = [folder for folder in path if os.path.abspath(folder) != here]
    try:
        import skdim.id as other
    except ImportError:
        return []
    finally:
        sys.path[:] = path

    def default(name: str) -> Callable[[Array], float]:
        return lambda X: float(getattr(other, name)().fit(X).dimension_)

    def local_pca(X: Array) -> float:
        return float(np.mean(other.lPCA().fit_pw(X, n_neighbors=100).dimension_pw_))

    names = ("TwoNN", "MLE", "CorrInt", "MADA", "MOM", "TLE", "FisherS")
    return [
        *(Peer(name, default(name)) for name in names),
        Peer("lPCA, 100 neighbours", local_pca),
        Peer("ESS", default("ESS"), usual=False),
        Peer(
            f"DANCo (D<={FEW_COORDINATES})",
            lambda X: float(other.DANCo(random_state=0).fit(X).dimension_),
            most=FEW_COORDINATES,
        ),
    ]


def finite(value: float) -> float | None:
    """A number, or None for one that is not finite."""
    return float(value) if np.isfinite(value) else None


def ask_ours(case: dict[str, Any], X: Array, level: float) -> list[Answer]:
    """The default call and each of its named estimates."""
    begin = time.process_time()
    try:
        dim = lc.intrinsic_dimension(X, level=level, rng=0)
    except lc.LawcastError as error:
        failed = f"{type(error).__name__}: {error}".splitlines()[0]
        spent = time.process_time() - begin
        return [Answer(**case, row=OURS, value=None, seconds=spent, failed=failed)]
    spent = time.process_time() - begin
    named = {OURS: lc.Estimate(dim.value, dim.interval), **dim.estimates}
    answers = []
    for row, estimate in named.items():
        interval = estimate.interval
        answers.append(
            Answer(
                **case,
                row=row if row == OURS else f"  {row}",
                value=finite(estimate.value),
                low=None if interval is None else float(interval.low),
                high=None if interval is None else float(interval.high),
                level=None if interval is None else float(interval.level),
                adequate=bool(dim.adequacy.ok) if row == OURS else None,
                seconds=spent if row == OURS else None,
            )
        )
    return answers


def ask_peer(case: dict[str, Any], X: Array, peer: Peer) -> Answer:
    """One estimate of scikit-dimension; what it raises is kept as the reason."""
    failed, value = "", None
    begin = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = finite(peer.run(X))
        except (ValueError, ArithmeticError, RuntimeError, IndexError) as error:
            failed = f"{type(error).__name__}: {error}".splitlines()[0]
    spent = time.process_time() - begin
    failed = failed or ("" if value is not None else "not a finite number")
    return Answer(**case, row=peer.name, value=value, seconds=spent, failed=failed)


def run(
    setting: Setting, seeds: int, level: float, ours: bool, rivals: Sequence[Peer]
) -> Iterator[Answer]:
    """All answers of a table, one set after the other."""
    for manifold in setting.manifolds:
        for seed in range(seeds):
            X = draw(manifold, setting.n, seed, noise=setting.noise, relative=True)
            case = {"suite": setting.suite, "n": setting.n, "noise": setting.noise}
            case |= {"manifold": manifold.name, "d": manifold.d, "D": manifold.D, "seed": seed}
            if ours:
                yield from ask_ours(case, X, level)
            for peer in rivals:
                if peer.most is None or peer.most >= manifold.D:
                    yield ask_peer(case, X, peer)


# --- figures ---------------------------------------------------------------------------------


def mean(values: Sequence[float]) -> float | None:
    """The mean, or None of nothing."""
    return float(np.mean(values)) if values else None


def summarise(answers: Sequence[Answer]) -> dict[str, Any]:
    """The figures of one row."""
    errors = [a.error for a in answers if a.error is not None]
    sizes = [abs(e) for e in errors]
    spent = [a.seconds for a in answers if a.seconds is not None]
    figures: dict[str, Any] = {
        "cases": len(answers),
        "mpe": mean(sizes),
        "median": float(np.median(sizes)) if sizes else None,
        "signed": mean(errors),
    }
    for bucket in BUCKETS:
        inside = [a.error for a in answers if a.bucket == bucket and a.error is not None]
        figures[bucket] = mean([abs(e) for e in inside])
    figures["cover"] = mean([float(a.covered) for a in answers if a.covered is not None])
    figures["none"] = len(answers) - len(errors)
    figures["seconds"] = sum(spent) if spent else None
    return figures


def summary_rows(answers: Sequence[Answer]) -> dict[str, dict[str, Any]]:
    """The figures of every row of a table, and of some on few coordinates beside DANCo."""
    rows = {a.row: summarise([b for b in answers if b.row == a.row]) for a in unique(answers)}
    mark = f"(D<={FEW_COORDINATES})"
    if any(mark in row for row in rows):
        few = [a for a in answers if a.D <= FEW_COORDINATES]
        for row in (OURS, "TwoNN"):
            same = [a for a in few if a.row == row]
            if same:
                rows[f"{row} {mark}"] = summarise(same)
    return rows


def unique(answers: Sequence[Answer]) -> list[Answer]:
    """The first answer of every row, in order of appearance."""
    return list({a.row: a for a in reversed(answers)}.values())[::-1]


def adequacy(answers: Sequence[Answer]) -> dict[str, Any]:
    """How often the warning fires where it should, and where it should not."""
    ours = [a for a in answers if a.adequate is not None and a.error is not None]
    far = [a for a in ours if abs(a.error or 0.0) > 25.0]
    near = [a for a in ours if abs(a.error or 0.0) <= 10.0]
    return {
        "cases": len(ours),
        "far": len(far),
        "far_warned": mean([float(not a.adequate) for a in far]),
        "near": len(near),
        "near_warned": mean([float(not a.adequate) for a in near]),
        "missed": [f"{a.manifold} n={a.n} seed {a.seed}" for a in far if a.adequate],
        "needless": [f"{a.manifold} n={a.n} seed {a.seed}" for a in near if not a.adequate],
    }


# --- printing --------------------------------------------------------------------------------


def heading(level: float, with_peers: bool) -> str:
    """Versions, machine, seeds and threads."""
    shown = [f"lawcast {lc.__version__}", f"numpy {np.__version__}", f"scipy {scipy.__version__}"]
    shown.append(f"Python {platform.python_version()}")
    if with_peers:
        shown.append(f"{PEER_NAME} {importlib.metadata.version(PEER_NAME)}")
    return (
        f"{', '.join(shown)}\n{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"1 thread, rng 0, nominal level {100.0 * level:g} %"
    )


def shown(value: float | None, places: int = 2) -> str:
    """A number, or a dash."""
    return "–" if value is None else f"{value:.{places}f}"


def table(title: str, rows: dict[str, dict[str, Any]]) -> str:
    """One table as text."""
    width = max(24, *(len(row) for row in rows))
    columns = "".join(f"{name:>8s}" for name in ("MPE %", "median", "signed", *BUCKETS))
    lines = ["", title, f"{'':{width}s} cases{columns}  cover  none   CPU s"]
    for row, f in rows.items():
        figures = [f["mpe"], f["median"], f["signed"], *(f[bucket] for bucket in BUCKETS)]
        lines.append(
            f"{row:{width}s}{f['cases']:6d}{''.join(f'{shown(v):>8s}' for v in figures)}"
            f"{shown(f['cover'], 3):>7s}{f['none']:6d}{shown(f['seconds'], 1):>8s}"
        )
    return "\n".join(lines)


def manifold_table(answers: Sequence[Answer]) -> str:
    """Our default call on every manifold: means over seeds, and the coverage of its interval."""
    lines = [f"{'manifold':20s}   d    D   value    low    high  cover  warned  seeds"]
    ours = [a for a in answers if a.row == OURS]
    for name in dict.fromkeys(a.manifold for a in ours):
        same = [a for a in ours if a.manifold == name]
        value = mean([a.value for a in same if a.value is not None])
        low = mean([a.low for a in same if a.low is not None])
        high = mean([a.high for a in same if a.high is not None])
        cover = mean([float(a.covered) for a in same if a.covered is not None])
        warned = mean([float(not a.adequate) for a in same if a.adequate is not None])
        lines.append(
            f"{name:20s}{same[0].d:4d}{same[0].D:5d}{shown(value):>8s}{shown(low):>7s}"
            f"{shown(high):>8s}{shown(cover):>7s}{shown(warned):>8s}{len(same):7d}"
        )
    return "\n".join(lines)


def adequacy_text(figures: dict[str, Any]) -> str:
    """The verdict on the warning as text."""

    def share(value: float | None) -> str:
        return "no such case" if value is None else f"{100.0 * value:.1f} % warned"

    lines = [
        "",
        f"warning that the sample is too small, {figures['cases']} cases",
        f"  off by more than 25 %: {figures['far']:5d} cases, {share(figures['far_warned'])}",
        f"  within 10 %:           {figures['near']:5d} cases, {share(figures['near_warned'])}",
    ]
    for name, words in (("missed", "far off, not warned"), ("needless", "near, but warned")):
        cases = figures[name]
        if cases:
            more = f", and {len(cases) - 12} more" if len(cases) > 12 else ""
            lines.append(f"  {words}: {', '.join(cases[:12])}{more}")
    return "\n".join(lines)


def say(text: str) -> None:
    """A line on stderr."""
    print(text, file=sys.stderr, flush=True)


# --- the command -----------------------------------------------------------------------------


def wanted_settings(suites: Sequence[str] | None, manifold: str | None) -> list[Setting]:
    """The tables to make.

    Raises:
        ValueError: no manifold of that name in these suites.
    """
    names = list(dict.fromkeys(suites or ("published", "fresh")))
    if "adequacy" in names:
        names = list(dict.fromkeys(["published", "fresh", *names]))
    found = [setting for name in names for setting in settings_of(name)]
    if manifold is None:
        return found
    known = dict.fromkeys(m.name for setting in found for m in setting.manifolds)
    if manifold not in known:
        raise ValueError(f"no manifold {manifold!r} in {', '.join(names)}: {', '.join(known)}")
    cut = [
        Setting(s.suite, tuple(m for m in s.manifolds if m.name == manifold), s.n, s.noise)
        for s in found
    ]
    return [setting for setting in cut if setting.manifolds]


def wanted_rows(rows: str | None, with_peers: bool) -> tuple[bool, list[Peer]]:
    """Whether our estimators run, and which of scikit-dimension's.

    Raises:
        ValueError: an unknown row, or one of a package that is not installed.
    """
    if rows is None:
        return True, [peer for peer in peers() if peer.usual] if with_peers else []
    known = {peer.name.split(",")[0].split(" (")[0].lower(): peer for peer in peers()}
    asked = [row.strip().lower() for row in rows.split(",") if row.strip()]
    unknown = [row for row in asked if row != OURS and row not in known]
    if unknown or not asked:
        raise ValueError(
            f"no row {', '.join(unknown) or '(none named)'}; there are: {', '.join([OURS, *known])}"
            + ("" if known else f"; {PEER_NAME} is not installed")
        )
    return OURS in asked, [known[row] for row in asked if row != OURS]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--suite", nargs="+", choices=SUITES, help="default: published fresh")
    parser.add_argument("--manifold", metavar="NAME", help="this one only")
    parser.add_argument("--seeds", type=int, help="default: 3; shapes 50, adequacy 1")
    parser.add_argument("--level", type=float, default=0.95, help="of our intervals (0.95)")
    parser.add_argument("--peers", action="store_true", help=f"rows of {PEER_NAME} too")
    parser.add_argument("--rows", help="only these, separated by commas, for instance lawcast,ESS")
    parser.add_argument("--json", metavar="FILE", help="write every answer to this file")
    args = parser.parse_args(arguments)
    if args.seeds is not None and args.seeds < 1:
        parser.error(f"--seeds {args.seeds}: there must be one at least")
    try:
        settings = wanted_settings(args.suite, args.manifold)
        ours, rivals = wanted_rows(args.rows, args.peers)
    except ValueError as error:
        parser.error(str(error))
    if args.peers and not peers():
        say(f"{PEER_NAME} is not installed: pip install {PEER_NAME}=={PEER_VERSION}")
    print(heading(args.level, bool(rivals)), flush=True)
    answers: list[Answer] = []
    summaries: list[dict[str, Any]] = []
    for setting in settings:
        seeds = args.seeds or USUAL_SEEDS[setting.suite]
        say(f"{setting.title}: {len(setting.manifolds)} sets, {seeds} seeds")
        made = list(run(setting, seeds, args.level, ours, rivals))
        answers += made
        rows = summary_rows(made)
        summaries += [
            {"suite": setting.suite, "n": setting.n, "noise": setting.noise, "row": r.strip(), **f}
            for r, f in rows.items()
        ]
        print(table(f"{setting.title}, seeds 0 to {seeds - 1}", rows))
        if ours:
            print(f"\n{manifold_table(made)}", flush=True)
        for reason in dict.fromkeys(f"{a.row.strip()}: {a.failed}" for a in made if a.failed):
            say(f"  no answer, {reason}")
    verdict = adequacy(answers) if ours else None
    if verdict is not None:
        print(adequacy_text(verdict))
    if args.json:
        document = {
            "heading": heading(args.level, bool(rivals)),
            "summaries": summaries,
            "adequacy": verdict,
            "answers": [asdict(a) | {"row": a.row.strip()} for a in answers],
        }
        write_atomically(args.json, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
