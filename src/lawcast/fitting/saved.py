"""A fit as one JSON document that opens again whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lawcast._errors import Finding, SavedFileError, UnknownNameError
from lawcast._files import read_text, write_atomically
from lawcast._tables import joined
from lawcast._values import Status, document, open_document, pack_array, parse_json, unpack_array
from lawcast.fitting.backtest import Backtest
from lawcast.fitting.certificate import Certificate
from lawcast.fitting.losses import make_loss
from lawcast.fitting.profile import Profile
from lawcast.fitting.resampling import Plan
from lawcast.fitting.result import Fit
from lawcast.fitting.rivals import Rival
from lawcast.laws.law import Law
from lawcast.laws.registry import get_law
from lawcast.runs.table import Runs

_VERSION = 1

MOST_SAVED = 25_000
"""Numbers of draws that a saved fit holds; further draws are left out and can be made again."""

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
            "requested": fit.requested,
            "failed": fit.failed,
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
            failed=int(content["failed"]),
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
        made = int(content["draws_made"])
    except SavedFileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, UnknownNameError) as error:
        raise SavedFileError(
            f"{source} is damaged: {type(error).__name__} {error}. Fit the runs again"
        ) from error
    _check_shapes(fit, source)
    if made > len(fit.draws):
        # the file holds the first draws only; further ones are made again on demand
        fit = _first_draws(fit, made)
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
    text = read_text(path)
    source = str(path)
    if text.lstrip()[:1] == "<":
        match = _EMBEDDED.search(text)
        if match is None:
            raise SavedFileError(f"{source} is an HTML file without a Lawcast fit inside")
        text = match[1]
    data = parse_json(text, source)
    return fit_from_dict(data if isinstance(data, dict) else {}, law=law, source=source)


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
    if given.variables != variables or given.names != names:
        raise SavedFileError(
            f"{source} is a fit of a law over {joined(variables)} with parameters {joined(names)}; "
            f"the law given has {joined(given.variables)} and {joined(given.names)}"
        )
    return given


def _check_shapes(fit: Fit, source: str) -> None:
    size = len(fit.law.parameters)
    wrong = [
        name
        for name, array in (("draws", fit.draws), ("left_out", fit.left_out))
        if array.ndim != 2 or array.shape[1] != size
    ]
    wrong += [
        n
        for n, a in (("estimate", fit.estimate), ("coordinates", fit.coordinates))
        if a.shape != (size,)
    ]
    if fit.plan.units.shape != (len(fit.runs),):
        wrong.append("plan")
    missing = [n for n in (*fit.law.variables, fit.law.response) if n not in fit.runs]
    if wrong or missing:
        raise SavedFileError(
            f"{source} is damaged: {joined([*wrong, *missing])} do not fit the law. "
            "Fit the runs again"
        )


def _first_draws(fit: Fit, made: int) -> Fit:
    from dataclasses import replace

    kept = len(fit.draws)
    # failures are spread evenly; what is kept stands for its share of what was asked for
    return replace(
        fit,
        requested=max(round(fit.requested * kept / made), kept),
        failed=max(round(fit.requested * kept / made), kept) - kept,
    )
