"""A fit as one JSON document that opens again whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lawcast._errors import Finding, ReadError, SavedFileError, UnknownNameError
from lawcast._files import read_text, write_atomically
from lawcast._tables import joined
from lawcast._units import ACCOUNTINGS
from lawcast._values import (
    Array,
    Status,
    document,
    open_document,
    pack_array,
    parse_json,
    unpack_array,
)
from lawcast.fitting.backtest import Backtest
from lawcast.fitting.certificate import Certificate
from lawcast.fitting.intervals import INTERVALS
from lawcast.fitting.losses import make_loss
from lawcast.fitting.profile import Profile
from lawcast.fitting.resampling import METHODS, Plan
from lawcast.fitting.result import Fit
from lawcast.fitting.rivals import Rival
from lawcast.laws.law import Law
from lawcast.laws.registry import get_law
from lawcast.runs.table import Runs

_VERSION = 1

MOST_SAVED = 25_000
"""Numbers that the draws of a saved fit hold (5,000 draws of five parameters).

Further draws are left out; ``more_draws`` on the opened fit makes the same ones again.
"""

_EMBEDDED = re.compile(
    r'<script type="application/json" id="lawcast-fit">(.*?)</script>', re.DOTALL
)


def fit_to_dict(fit: Fit, *, runs: bool = True) -> dict[str, Any]:
    """The document of a fit.

    Args:
        fit: the fit.
        runs: False leaves the raw rows out (and with them the possibility to draw or plot again).
    """
    keep = min(len(fit.draws), max(MOST_SAVED // max(fit.draws.shape[1], 1), 1))
    requested = _numbered(fit, keep)
    names = [*fit.law.variables, fit.law.response]
    names += [n for n in ("compute", "params", "tokens", "run", fit.plan.cluster) if n]
    used = [n for n in dict.fromkeys(names) if n in fit.runs]
    return document(
        "fit",
        _VERSION,
        {
            "law": {
                "name": fit.law.name,
                "variables": list(fit.law.variables),
                "parameters": list(fit.law.names),
                "response": fit.law.response,
                "user": fit.law.user,
            },
            "loss": {"name": fit.loss.name, "scale": fit.loss.scale},
            "runs": (fit.runs if runs else fit.runs.take(np.zeros(0, dtype=int))).to_dict(used),
            "redacted": not runs,
            "coordinates": pack_array(fit.coordinates),
            "estimate": pack_array(fit.estimate),
            "draws": pack_array(fit.draws[:keep]),
            "draws_made": len(fit.draws),
            "left_out": pack_array(fit.left_out),
            "requested": requested,
            "lost": [number for number in fit.lost if number < requested],
            "plan": {
                "method": fit.plan.method,
                "units": pack_array(fit.plan.units.astype(np.int64)),
                "seed": fit.plan.seed,
                "cluster": fit.plan.cluster,
            },
            "level": fit.level,
            "interval_method": fit.interval_method,
            "status": fit.status.to_dict(),
            "certificate": fit.certificate.to_dict(),
            "profiles": [profile.to_dict() for profile in fit.profiles],
            "backtest": None if fit.history is None else fit.history.to_dict(),
            "rivals": [rival.to_dict() for rival in fit.rivals],
            "findings": [finding.to_dict() for finding in fit.findings],
        },
    )


def fit_from_dict(data: Mapping[str, Any], law: Law | None = None, source: str = "the fit") -> Fit:
    """The fit that :func:`fit_to_dict` described.

    Args:
        data: the document.
        law: the law, for a fit of a user's law.
        source: how messages call it.

    Raises:
        SavedFileError: not a fit, damaged, newer than this version, redacted, or of a user's law
            that was not given.
    """
    content = open_document(dict(data), "fit", _VERSION, source)
    if content.get("redacted"):
        raise SavedFileError(
            f"{source} was written with --redact: it holds no runs, so it cannot be opened as a "
            "fit. Ask for the unredacted one"
        )
    try:
        chosen = _law_of(content["law"], law, source)
        runs = Runs.from_dict(content["runs"])
        scale = content["loss"]["scale"]
        name = str(content["loss"]["name"])
        fit = Fit(
            law=chosen,
            runs=runs,
            loss=make_loss(name, None if scale is None else float(scale)),
            coordinates=unpack_array(content["coordinates"]),
            estimate=unpack_array(content["estimate"]),
            draws=unpack_array(content["draws"]),
            left_out=unpack_array(content["left_out"]),
            requested=int(content["requested"]),
            lost=tuple(int(number) for number in content["lost"]),
            plan=Plan(
                str(content["plan"]["method"]),
                unpack_array(content["plan"]["units"]),
                int(content["plan"]["seed"]),
                content["plan"]["cluster"],
            ),
            level=float(content["level"]),
            interval_method=str(content["interval_method"]),
            status=Status.from_dict(content["status"]),
            certificate=Certificate.from_dict(content["certificate"]),
            profiles=tuple(Profile.from_dict(p) for p in content["profiles"]),
            history=None
            if content["backtest"] is None
            else Backtest.from_dict(content["backtest"]),
            rivals=tuple(Rival.from_dict(r) for r in content["rivals"]),
            findings=tuple(Finding.from_dict(f) for f in content["findings"]),
        )
    except SavedFileError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise SavedFileError(
            f"{source} is damaged: {type(error).__name__} {error}. Fit the runs again"
        ) from error
    _check_whole(fit, source)
    _check_function(fit, source)
    return fit


def save_fit(fit: Fit, path: str | os.PathLike[str]) -> Path:
    """Write a fit as JSON; see :meth:`lawcast.Fit.save`."""
    return write_atomically(path, json.dumps(fit.to_dict(), indent=1, allow_nan=False) + "\n")


def read_fit(path: str | os.PathLike[str], law: Law | None = None) -> Fit:
    """Open a saved fit, or the fit inside a report.

    Args:
        path: a file written by ``fit.save`` or ``lawcast fit --save``, or a report's HTML file.
        law: the law, for a fit of a user's law.

    Raises:
        ReadError: the file is missing or not text.
        SavedFileError: not a fit, damaged, newer than this version, or of a law that was not given.
    """
    source = str(path)
    try:
        text = read_text(path)
    except ReadError as error:
        if os.path.exists(path):
            raise
        raise ReadError(f"{error}; make one with lawcast fit TABLE") from error
    if text.lstrip()[:1] == "<":
        match = _EMBEDDED.search(text)
        if match is None:
            raise SavedFileError(f"{source} is an HTML file without a Lawcast fit inside")
        text = match[1]
    if _is_table(text):
        raise SavedFileError(
            f"{source} is a table or another text, not a saved fit; make one first: "
            f"lawcast fit {source}"
        )
    data = parse_json(text, source)
    schema = str(data.get("schema")) if isinstance(data, dict) else ""
    for name in ("Dimension", "Dimensions"):
        if schema.startswith(f"lawcast/{name.lower()}/"):
            raise SavedFileError(
                f"{source} holds a {name.lower()}, not a fit; open it with "
                f"lc.{name}.from_dict(json.load(open({source!r})))"
            )
    return fit_from_dict(data if isinstance(data, dict) else {}, law=law, source=source)


def _is_table(text: str) -> bool:
    """Whether this cannot be a document: no JSON at all, or one object a line."""
    first, _, rest = text.strip().partition("\n")
    if first[:1] == "{":
        return first.rstrip().endswith("}") and bool(rest)
    return first[:1] not in ("", "[", '"')


def _law_of(declared: Mapping[str, Any], given: Law | None, source: str) -> Law:
    variables = tuple(str(v) for v in declared["variables"])
    names = tuple(str(n) for n in declared["parameters"])
    if given is None:
        if declared["user"]:
            raise SavedFileError(
                f"{source} is a fit of your own law {declared['name']!r}: open it with "
                f"law=lawcast.law(fn, variables={list(variables)}, parameters={list(names)}, ...)"
            )
        given = get_law(str(declared["name"]))
    if given.free_variable:
        given = given.on(variables[0])
    response = str(declared["response"])
    other_name = not declared["user"] and given.name != declared["name"]
    if other_name or (given.variables, given.names, given.response) != (variables, names, response):
        raise SavedFileError(
            f"{source} is a fit of the law {declared['name']!r}: {response} over "
            f"{joined(variables)} with parameters {joined(names)}. The law given, {given.name!r}, "
            f"is {given.response} over {joined(given.variables)} with {joined(given.names)}"
        )
    return given


def _check_whole(fit: Fit, source: str) -> None:
    """Refuse a document whose parts do not fit each other; damage must not pass for a result."""
    size, rows = len(fit.law.parameters), len(fit.runs)
    missing = [n for n in (*fit.law.variables, fit.law.response) if n not in fit.runs]
    numbers = [fit.runs[n] for n in (*fit.law.variables, fit.law.response) if n not in missing]
    lost = np.asarray(fit.lost, dtype=float)
    units = fit.plan.units
    sound = {
        "estimate": _is_array(fit.estimate, (size,), fit.status.ok),
        "coordinates": _is_array(fit.coordinates, (size,), fit.status.ok),
        "draws": _is_array(fit.draws, (len(fit.draws), size)),
        "left_out": _is_array(fit.left_out, (len(fit.left_out), size)),
        "requested": fit.requested == len(fit.draws) + len(fit.lost),
        "lost": bool(np.all(np.diff(lost, prepend=-1) > 0) and np.all(lost < fit.requested)),
        "plan": fit.plan.method in METHODS
        and 0 <= fit.plan.seed < 2**63
        and units.shape == (rows,)
        and units.dtype.kind == "i"
        and bool(np.array_equal(np.unique(units), np.arange(fit.plan.count)))
        and (fit.plan.cluster is None or isinstance(fit.plan.cluster, str)),
        "level": 0.0 < fit.level < 1.0,
        "interval_method": fit.interval_method in INTERVALS,
        "runs": rows > 0 and all(x.dtype.kind == "f" and np.isfinite(x).all() for x in numbers),
        "certificate": all(_is_array(b.parameters, (size,)) for b in fit.certificate.basins),
        "backtest": fit.history is None
        or all(
            c.tested > 0 and c.fitted > 0 and 0.0 <= (c.hits or 0.0) <= 1.0
            for c in fit.history.cuts
        ),
        "profiles": all(_is_sound(p, fit.law) for p in fit.profiles),
        "accounting": fit.runs.accounting in ("", *ACCOUNTINGS),
        "rivals": all(_is_law(rival.law) for rival in fit.rivals),
        "domain": all(
            low <= x <= high
            for x, (low, high) in zip(
                fit.estimate, (p.domain for p in fit.law.parameters), strict=True
            )
        )
        or not fit.status.ok,
    }
    wrong = [name for name, good in sound.items() if not good]
    if wrong or missing:
        raise SavedFileError(
            f"{source} is damaged: {joined([*wrong, *missing])} do not fit the law or each other. "
            "Fit the runs again"
        )


def _check_function(fit: Fit, source: str) -> None:
    """A function with the same names would open; only the one that was fitted gives its value."""
    if not fit.law.user or not fit.status.ok:
        return
    value = float(fit.loss.rho(-fit.residuals).sum())
    known = fit.certificate.value
    # rounding of a perfect fit is as large as its objective
    observed = fit.columns[fit.law.response]
    rounding = fit.loss.rho(np.array(1e-7 if fit.on_log else 1e-7 * np.abs(observed).max()))
    if not abs(value - known) <= 1e-6 * abs(known) + observed.size * float(rounding):
        raise SavedFileError(
            f"{source} was fitted with another function: the law given has the same names, but an "
            f"objective of {value:.6g} where {known:.6g} was saved. Give the law that was fitted"
        )


def _is_law(name: str) -> bool:
    try:
        get_law(name)
    except UnknownNameError:
        return False
    return True


def _is_array(array: Array, shape: tuple[int, ...], no_nan: bool = True) -> bool:
    right = array.shape == shape and array.dtype == np.float64
    return right and not (no_nan and np.isnan(array).any())


def _is_sound(profile: Profile, law: Law) -> bool:
    count = len(profile.values)
    return (
        count > 0
        and profile.parameter in law.names
        and np.isfinite(profile.threshold)
        and 0.0 < profile.level < 1.0
        and _is_array(profile.values, (count,))
        and _is_array(profile.statistic, (count,))
        and _is_array(profile.others, (count, len(law.parameters)))
    )


def _numbered(fit: Fit, keep: int) -> int:
    """How many resamples were asked for up to the one that gave the last of ``keep`` draws."""
    if keep == len(fit.draws):
        return fit.requested
    converged = np.setdiff1d(np.arange(fit.requested), np.asarray(fit.lost, dtype=np.int64))
    return int(converged[keep - 1]) + 1
