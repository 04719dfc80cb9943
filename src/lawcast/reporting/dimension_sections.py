"""The sections of a report about intrinsic dimensions: of one set, of classes, of layers."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lawcast import __version__
from lawcast._tables import Table, joined, significant
from lawcast.geometry.collection import Dimensions
from lawcast.geometry.estimators import DEFAULT, ESTIMATORS
from lawcast.geometry.files import SUFFIXES
from lawcast.geometry.result import Dimension, Sample
from lawcast.geometry.summary import (
    answer_card,
    answer_words,
    estimates_table,
    rounded,
    scales_table,
    stands,
)
from lawcast.reporting.blocks import Block, Code, Embedded, Facts, Grid, Plot, Section, Text
from lawcast.reporting.figures_dimension import dimensions_picture, local_picture, scale_picture
from lawcast.reporting.gathered import PLACES, Gathered, Shown, about, anchor
from lawcast.reporting.kind_sections import findings_shown, safe, show_each
from lawcast.reporting.look import printable, tidy

MOST_LOCAL = 50_000
"""Dimensions of single points that a report carries; with more, it carries none of them."""

_MOST_FOLDED = 40  # classes or layers whose scales are listed one by one

_GENERAL = (
    (
        "Scales",
        "Between the k-th and the 2k-th neighbour the logarithm of the ratio of distances has mean "
        "(ψ(2k) − ψ(k))/d wherever the density is flat. Denti, Doimo, Laio & Mira 2022, Sci. Rep. "
        "12:20005.",
    ),
    (
        "Calibration",
        "A finite sample looks lower-dimensional than it is. Each scale is given the dimension of "
        "the uniform ball that shows the same ratio with as many points.",
    ),
    (
        "Interval",
        "Half of the points are drawn without replacement, again and again. Drawing with "
        "replacement would put points at distance zero from their copies. Politis, Romano & Wolf "
        "1999, Subsampling, chapter 2.",
    ),
    (
        "Single points",
        "The maximum-likelihood dimension of each point from its nearest neighbours. Levina & "
        "Bickel 2004, NIPS.",
    ),
    (
        "How far n reaches",
        "Counting pairs of n points shows no dimension above 2·log10 n. Eckmann & Ruelle 1992, "
        "Physica D 56:185.",
    ),
)


def show_dimensions(gathered: Gathered) -> Shown:
    """The dimensions of single sets of points."""
    return show_each(
        gathered,
        Dimension,
        "dimension",
        "dimension",
        title=lambda one: "The intrinsic dimension",
        blocks=dimension_blocks,
        answer=lambda label, one: dimension_answer(one, label),
        source=lambda label, one: tidy(label or one.name or "points"),
        named=lambda one: one.name,
        word="set",
        more=lambda one, name, called, redact: (
            _methods(name, called, one.estimates),
            _reproduce(name, called, reproduce_blocks(one, redact)),
        ),
        kept=_kept,
    )


def show_dimension_sets(gathered: Gathered) -> Shown:
    """The dimensions of the classes or layers of a set of points."""
    given = gathered.of(Dimensions)
    sections, findings, embedded = [], [], []
    for k, (label, many) in enumerate(given):
        name = anchor("dimensions", k)
        what = many.counted(len(many.names))
        called = tidy(label) or what
        blocks = set_blocks(many, name, gathered.redact)
        title = f"The intrinsic dimension: {called}"
        sections.append(Section(name, title, blocks, PLACES["dimension"]))
        every = {n: e for one in many.each.values() for n, e in one.estimates.items()}
        sections.append(_methods(name, called, every))
        sections.append(_reproduce(name, called, _reproduce_set(many, gathered.redact)))
        for which, one in many.each.items():
            for finding in findings_shown(one.findings, gathered.redact):
                said = "" if (finding.code, finding.message) in many.common.items() else which
                findings.append((about(tidy(said), finding), name))
        if not gathered.redact:
            embedded.append(Embedded(f"lawcast-{name}", _all_kept(many).to_dict()))
    return Shown(
        tuple(sections), tuple(findings), tuple(embedded),
        answer=tuple(set_answer(many) for _, many in given),
        sources=tuple(tidy(label) or many.counted(len(many)) for label, many in given),
    )  # fmt: skip


def dimension_blocks(one: Dimension, prefix: str, redact: bool) -> tuple[Block, ...]:
    """Answer, figure of the scales, scales, estimates, single points."""
    scales, local = scale_picture(one), None if redact else local_picture(one)
    blocks: list[Block] = [Facts(safe(answer_card(one).rows))]
    if scales is not None:
        blocks += [Plot(scales, prefix), Grid(scales_table(one), "The scales as a table")]
    if one.estimates:
        note = "Uncalibrated estimators fall short of a high dimension, the more the higher it is."
        blocks.append(Grid(replace(estimates_table(one), notes=(note,))))
    if local is not None:
        blocks.append(Plot(local, f"{prefix}-local"))
    return tuple(blocks)


def set_blocks(many: Dimensions, prefix: str, redact: bool) -> tuple[Block, ...]:
    """Figure and table of all, and the scales of each, folded away."""
    picture = dimensions_picture(many)
    blocks: list[Block] = [] if picture is None else [Plot(picture, prefix), Grid(many.table)]
    blocks.append(Facts(safe(many.card().rows)))
    for name, one in list(many.each.items())[:_MOST_FOLDED]:
        if one.scales:
            head = f"The scales of {many.kind} {tidy(name)}: {answer_words(one)}"
            blocks.append(Grid(scales_table(one), head))
    left = len(many) - _MOST_FOLDED
    if left > 0:
        blocks.append(Text(f"The scales of {left} more are not listed; the saved JSON has them."))
    return tuple(blocks)


def dimension_answer(one: Dimension, label: str = "") -> str:
    """One or two sentences: the dimension, of what, and why not to rely on it."""
    called = tidy(label or one.name)
    of = f" of {called}" if called else ""
    numbers = f"{one.count:,} points of {one.width:,} number{'' if one.width == 1 else 's'}"
    text = f"The intrinsic dimension{of} is {answer_words(one)} ({numbers})."
    if stands(one):
        return text
    verdict = one.adequacy
    told = one.status.text if verdict is None or verdict.ok else verdict.text
    return f"{text} It is not to be relied on alone: {printable(told).rstrip('.')}."


def set_answer(many: Dimensions) -> str:
    """From where to where the dimensions go."""
    finite = {name: one for name, one in many.each.items() if np.isfinite(one.value)}
    what = many.counted(len(many))
    if not finite:
        return f"None of {what} has a finite intrinsic dimension."
    if many.kind == "layer":
        names = list(finite)
        peak = max(names, key=lambda name: finite[name].value)
        text = (
            f"Over {what} the intrinsic dimension goes from {_named(finite, names[0])} to "
            f"{_named(finite, names[-1])}, with its largest value at {_named(finite, peak)}."
        )
    else:
        low, high = (pick(finite, key=lambda name: finite[name].value) for pick in (min, max))
        text = (
            f"The intrinsic dimension of {what} lies between {_named(finite, low)} and "
            f"{_named(finite, high)}."
        )
    weak = [tidy(name) for name, one in many.each.items() if not stands(one)]
    if weak:
        more = f" and {len(weak) - 3} more" if len(weak) > 3 else ""
        text += f" Not to be relied on alone: {joined(weak[:3])}{more}."
    if many.refused:
        text += f" {many.counted(len(many.refused))} could not be measured."
    return text


def _named(each: Mapping[str, Dimension], name: str) -> str:
    return f"{rounded(each[name].value)} ({tidy(name)})"


def _methods(name: str, called: str, estimates: Iterable[str]) -> Section:
    """What was computed and where it is described: the estimators as they are declared."""
    used = set(estimates)
    rows = tuple((e.name, e.title, e.formula, e.source) for e in ESTIMATORS if e.name in used)
    blocks = (
        Facts(_GENERAL),
        Grid(Table(("estimator", "what it is", "formula", "source"), rows), "Every estimator"),
    )
    title = "How the dimension was measured"
    return Section(f"{name}-methods", f"{title}: {called}" if called else title,
                   blocks if rows else blocks[:1], PLACES["methods"] + 1)  # fmt: skip


def _reproduce(name: str, called: str, blocks: tuple[Block, ...]) -> Section:
    title = "How to measure it again"
    return Section(f"{name}-reproduce", f"{title}: {called}" if called else title,
                   blocks, PLACES["reproduce"] + 1)  # fmt: skip


def reproduce_blocks(one: Dimension, redact: bool) -> tuple[Block, ...]:
    """Versions, a script and a command line that give the same numbers."""
    sample, options = one.sample, call_options(one)
    file = sample.name if is_file(sample.name) else ""
    first = [f'"{file}"' if file else "X", *(f"{k}={v!r}" for k, v in options.items())]
    lines = ["import lawcast as lc", ""]
    if not file:
        lines.append(f"# X: the {sample.rows_read:,} points that were in memory")
    if sample.seed is None:
        lines.append("# rng: the generator that was passed, in the state that it had")
    lines += [f"dim = lc.intrinsic_dimension({', '.join(first)})",
              'lc.report(dim).save("report.html")']  # fmt: skip
    blocks: list[Block] = [Facts(_versions(sample)), Code("Python", "\n".join(lines))]
    if file and sample.seed is not None:
        blocks.append(Code("Terminal", command_line(file, options)))
    if not redact:
        text = "The dimension is inside this file as JSON; lawcast report opens it again."
        if one.local.size > MOST_LOCAL:
            text += (
                f" The dimensions of {one.local.size:,} single points are left out of it; "
                "dim.save() keeps them."
            )
        blocks.append(Text(text))
    return tuple(blocks)


def _reproduce_set(many: Dimensions, redact: bool) -> tuple[Block, ...]:
    first = next(iter(many.each.values()), None)
    if first is None:
        return (Text("Nothing was measured."),)
    options = ", ".join(f"{k}={v!r}" for k, v in call_options(first).items())
    lines = ["import lawcast as lc", ""]
    if many.kind == "layer":
        lines += ["# X: the points of each layer, as a list of arrays or name -> array",
                  f"dims = lc.intrinsic_dimension(X, {options})"]  # fmt: skip
    else:
        lines += ["# X: the points; labels: one class for each",
                  f"dims = lc.intrinsic_dimension(X, labels=labels, {options})"]  # fmt: skip
    lines.append('lc.report(dims).save("report.html")')
    blocks: list[Block] = [Facts(_versions(None)), Code("Python", "\n".join(lines))]
    if not redact:
        blocks.append(
            Text("The dimensions are inside this file as JSON; lawcast report opens them again.")
        )
    return tuple(blocks)


def call_options(one: Dimension) -> dict[str, Any]:
    """Arguments of ``intrinsic_dimension`` that are not at their default, and the seed."""
    sample = one.sample
    options: dict[str, Any] = {}
    if one.method != DEFAULT:
        options["method"] = one.method
    if sample.metric != "euclidean":
        options["metric"] = sample.metric
    if sample.box:
        options["box"] = sample.box[0] if len(sample.box) == 1 else list(sample.box)
    if sample.queries < sample.count:
        options["queries"] = sample.queries
    options["level"] = one.level
    options["draws"] = one.draws
    if sample.precision != "float32":
        options["precision"] = sample.precision
    if sample.engine != "numpy":
        options["engine"] = sample.engine
    if sample.seed is not None:
        options["rng"] = sample.seed
    return options


def command_line(file: str, options: Mapping[str, Any]) -> str:
    """The same from the terminal."""
    words = ["lawcast", "dimension", file]
    for name, value in options.items():
        if isinstance(value, list):
            value = ",".join(f"{side:g}" for side in value)
        words += ["--seed" if name == "rng" else f"--{name}", str(value)]
    return shlex.join([*words, "--out", "dimension.json"])


def is_file(name: str) -> bool:
    """Whether points of that name were read from a file."""
    return name.lower().partition("[")[0].endswith(SUFFIXES)


def _versions(sample: Sample | None) -> tuple[tuple[str, str], ...]:
    import scipy

    rows = [
        ("Versions", f"lawcast {__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
         f"Python {platform.python_version()}"),
    ]  # fmt: skip
    if sample is not None:
        seed = "a generator was passed" if sample.seed is None else str(sample.seed)
        rows.append(("Seed", seed))
        rows.append(("Search", f"{sample.engine}, {sample.precision}, {sample.metric}"))
        if sample.box:
            rows.append(("Box", joined([significant(side) for side in sample.box[:8]])))
    return tuple(rows)


def _kept(one: Dimension) -> Dimension:
    return one.without_local() if one.local.size > MOST_LOCAL else one


def _all_kept(many: Dimensions) -> Dimensions:
    total = sum(one.local.size for one in many.each.values())
    if total <= MOST_LOCAL:
        return many
    return replace(many, each={name: one.without_local() for name, one in many.each.items()})
