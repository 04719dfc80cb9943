"""How a fit was made and how to make it again, generated from the declarations."""

from __future__ import annotations

import platform
import re
import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np

from lawcast import __version__
from lawcast._errors import Severity
from lawcast._tables import Table
from lawcast._units import ACCOUNTINGS
from lawcast.fitting.intervals import INTERVALS
from lawcast.fitting.losses import make_loss
from lawcast.fitting.prediction import Prediction, response_unit
from lawcast.fitting.resampling import METHODS
from lawcast.fitting.result import Fit
from lawcast.fitting.rivals import FOLDS
from lawcast.fitting.solve import DEFAULT_STARTS
from lawcast.laws.registry import get_law
from lawcast.runs.table import Runs

_GROUP = re.compile(r"only (.+?) = (.*)")
_FILE_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,58}[A-Za-z0-9])?", re.ASCII)
_FEW_ROWS = 6
_FEW_RUNS = "R011"  # stops no fit by itself: a finding about the fit does

Rows = tuple[tuple[str, str], ...]


def method_rows(fit: Fit) -> Rows:
    """Law, loss, intervals, checks: what was done and where it is described."""
    law, loss = fit.law, fit.loss
    scale = "" if loss.scale is None else f" Its scale here is {loss.scale:.3g}."
    rows = [
        ("Law", f"{law.title}: {law.formula}. Source: {law.source}."),
        ("Minimised", f"{loss.name}: {_stop(loss.meaning)}{scale}"),
    ]
    if response_unit(fit):
        rows.insert(1, ("Unit", f"{law.response} in {response_unit(fit)}"))
    if fit.runs.accounting in ACCOUNTINGS and {"params", "tokens"} <= set(law.variables):
        rows.append(("Compute", ACCOUNTINGS[fit.runs.accounting].meaning))
    rows.append(("Optimum", f"{fit.certificate.describe()}."))
    if fit.requested:
        made = f"{fit.requested - fit.failed:,} of {fit.requested:,} converged, seed {fit.seed}"
        rows.append(("Resampling", f"{fit.resampling}: {METHODS[fit.plan.method]}; {made}."))
        rows.append(
            ("Intervals", f"{100 * fit.level:.0f} %, {fit.interval_method}: "
             f"{_stop(INTERVALS[fit.interval_method])}")
        )  # fmt: skip
        rows.append(
            ("New run", "Each draw of the curve plus a residual drawn from the fit's, widened by "
             "sqrt(n/(n − p)) for the p fitted parameters.")
        )  # fmt: skip
    if fit.profiles:
        rows.append(
            ("Profiles", "Drop test of M-estimation (Hampel, Ronchetti, Rousseeuw and Stahel 1986, "
             "section 7.2): the other parameters are fitted again at every value held; compared "
             "with F(1, units − parameters).")
        )  # fmt: skip
    if fit.history is not None:
        rows.append(
            ("Backtest", f"The law is fitted again without the largest runs by {fit.history.by} "
             "and asked for them; intervals are those for one new run.")
        )  # fmt: skip
    for rival in fit.rivals:
        declared = get_law(rival.law)
        rows.append(("Rival", f"{rival.law}: {declared.formula}. Source: {declared.source}."))
    if fit.rivals:
        rows.append(("", f"Compared on runs left out in {FOLDS} folds; clusters stay together."))
    return tuple(rows)


def parameter_declarations(fit: Fit) -> Table:
    """Parameters as the law declares them."""
    return Table(
        ("name", "symbol", "meaning", "unit", "domain"),
        tuple(
            (p.name, p.symbol, p.meaning, p.unit or None, f"{p.domain[0]:g} to {p.domain[1]:g}")
            for p in fit.law.parameters
        ),
    )


def version_rows(fit: Fit | None, runs: Runs) -> Rows:
    """Versions, seed and data hash: what the numbers depend on."""
    import scipy

    rows = [
        ("Versions", f"lawcast {__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
         f"Python {platform.python_version()}"),
        ("Data", f"{runs.source}, SHA-256 {runs.sha256 or 'not known'}"),
    ]  # fmt: skip
    if fit is not None:
        rows.insert(1, ("Seed", str(fit.seed)))
    return tuple(rows)


def python_lines(fit: Fit, predictions: Sequence[Prediction]) -> str:
    """A script that makes the fit and its predictions again."""
    runs = fit.runs
    source = repr(runs.source) if _is_file(runs) else "data"
    lines = ["import lawcast as lc", ""]
    if not _is_file(runs):
        lines.append("# data: the table that was in memory, with the SHA-256 given above")
    if fit.law.user:
        lines.append(
            f"# law: your own, lc.law(fn, variables={list(fit.law.variables)!r}, "
            f"parameters={list(fit.law.names)!r}, start=..., response={fit.law.response!r})"
        )
    arguments = [f"{name}={value!r}" for name, value in _reading(fit).items()]
    lines.append(f"runs = lc.read_runs({', '.join([source, *arguments])})")
    for rows, reason in _dropped(runs):
        lines.append(f"runs = runs.drop({_ids(rows)}, reason={reason!r})")
    group = _group(runs)
    if group is not None:
        lines.append(f"runs = runs.split({group[0]!r})[{group[1]!r}]")
    elif _elsewhere(runs):
        lines.append(
            f"# then take the same part of the table: {_elsewhere(runs):,} further rows were left "
            "out before the fit"
        )
    options = [f"{name}={value!r}" for name, value in _fitting(fit).items()]
    if fit.law.user:
        options.insert(0, "law=law")
    lines.append(f"fit = lc.fit(runs, {', '.join(options)})")
    names = []
    for k, prediction in enumerate(predictions):
        names.append(f"p{k + 1}")
        given = ", ".join(f"{n}={v!r}" for n, v in _asked(prediction).items())
        lines.append(f"{names[-1]} = fit.predict({given})")
    lines.append(f'lc.report({", ".join(["fit", *names])}).save("report.html")')
    return "\n".join(lines)


def command_lines(fit: Fit, predictions: Sequence[Prediction]) -> str:
    """The same from the terminal; empty where the terminal cannot do it."""
    runs, group = fit.runs, _group(fit.runs)
    if not _is_file(runs) or fit.law.user or (group is None and _elsewhere(runs)):
        return ""
    if group is not None and not _FILE_NAME.fullmatch(group[1]):
        return ""  # the name of its file is made up
    words = ["lawcast", "fit", fit.runs.source]
    for name, value in _reading(fit).items():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            words += [_flag("column" if name == "columns" else name), str(item)]
    for rows, _ in _dropped(fit.runs):
        words += ["--without", _spans(rows)]
    saved = "fit.json"
    group = _group(fit.runs)
    if group is not None:
        words += ["--by", group[0]]
        saved = f"fit-{group[1]}.json"
    for name, value in _fitting(fit).items():
        if name == "diagnosis":
            words.append("--quick")
        elif name == "accept":
            for code in value:
                words += ["--accept", code]
        else:
            words += ["--seed" if name == "rng" else _flag(name), str(value)]
    report = ["lawcast", "report", saved, "--out", "report.html"]
    for prediction in predictions:
        asked = _asked(prediction)
        along, ratio = asked.pop("along", None), asked.pop("ratio", None)
        if along == "fixed-ratio":  # --along holds for every --at of a command
            asked = {n: prediction.inputs[n].value for n in ("params", "tokens")}
            del ratio
        report += ["--at", ",".join(f"{n}={_number(v)}" for n, v in asked.items())]
    return f"{shlex.join(words)}\n{shlex.join(report)}"


def _reading(fit: Fit) -> dict[str, Any]:
    """Arguments of ``read_runs`` as the caller gave them; what was guessed is guessed again."""
    return dict(fit.runs.options)


def _fitting(fit: Fit) -> dict[str, Any]:
    """Arguments of ``fit``; those that are at their default only where they matter to a reader."""
    law = fit.law
    options: dict[str, Any] = {} if law.user else {"law": law.name}
    if not law.user and get_law(law.name).free_variable:
        options["variable"] = law.variables[0]
    options["loss"] = fit.loss.name
    if fit.loss.name != "student-t" and fit.loss.scale != make_loss(fit.loss.name).scale:
        options["loss_scale"] = fit.loss.scale
    options["bootstrap"] = fit.requested
    if fit.requested:
        options["resample"] = fit.plan.method
    if fit.plan.cluster is not None:
        options["cluster"] = fit.plan.cluster
    if fit.requested:
        options["interval"] = fit.interval_method
    options["level"] = fit.level
    if fit.certificate.starts != DEFAULT_STARTS:
        options["starts"] = fit.certificate.starts
    if not (fit.profiles or fit.history or fit.rivals):
        options["diagnosis"] = False
    accepted = () if law.user else _accepted(fit.runs)
    if accepted:
        options["accept"] = list(accepted)
    options["rng"] = fit.seed
    return options


def _accepted(runs: Runs) -> tuple[str, ...]:
    """Codes of the table's errors: a fit of such a table was made in spite of them."""
    errors = {f.code for f in runs.check() if f.severity is Severity.ERROR}
    return tuple(sorted(errors - {_FEW_RUNS}))


def _asked(prediction: Prediction) -> dict[str, Any]:
    """Arguments of ``predict`` that give this prediction."""
    values = {name: estimate.value for name, estimate in prediction.inputs.items()}
    if not prediction.along:
        return dict(values)
    kept = {n: v for n, v in values.items() if n not in ("params", "tokens")}
    if "tokens per parameter" in prediction.along:
        return {**kept, "along": "fixed-ratio", "ratio": values["tokens"] / values["params"]}
    if "params" in values:
        return {**kept, "along": "optimal"}
    return kept


def _dropped(runs: Runs) -> list[tuple[tuple[int, ...], str]]:
    return [(aside.rows, aside.reason) for aside in runs.set_aside if not aside.code]


def _elsewhere(runs: Runs) -> int:
    """Rows that were read but are in another part of the table."""
    return runs.n_read - len(runs) - sum(len(aside.rows) for aside in runs.set_aside)


def _group(runs: Runs) -> tuple[str, str] | None:
    """The column and value that ``Runs.split`` chose these rows by; None for a whole table."""
    found = [match for note in runs.notes if (match := _GROUP.fullmatch(note))]
    if len(found) != 1 or _elsewhere(runs) <= 0:
        return None
    return found[0][1], "" if found[0][2] == "(none)" else found[0][2]


def _ids(rows: Sequence[int]) -> str:
    """Row ids as Python: a list, or ranges where that is shorter."""
    parts = _spans(rows).split(",")
    if len(parts) > len(rows) / 3 or len(rows) < _FEW_ROWS:
        return repr(list(rows))
    spans = [part.split("-") for part in parts]
    words = [
        f"*range({first}, {int(last) + 1})" if last != first else first
        for first, last in ((span[0], span[-1]) for span in spans)
    ]
    return f"[{', '.join(words)}]"


def _is_file(runs: Runs) -> bool:
    return not runs.source.startswith("<")


def _spans(rows: Sequence[int]) -> str:
    """``"2-6,40"``."""
    parts: list[list[int]] = []
    for row in sorted(rows):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _number(value: float) -> str:
    return f"{value:.10g}".replace("e+", "e")


def _stop(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def names_table(runs: Runs) -> Table:
    """Which column of the source each fixed column was read from, or that it was derived."""
    rows: list[tuple[str, str | None, str]]
    rows = [(fixed, named, "read") for fixed, named in runs.names.items()]
    rows += [(fixed, None, "derived") for fixed in runs.derived]
    return Table(("column", "name in the source", "how"), tuple(rows))
