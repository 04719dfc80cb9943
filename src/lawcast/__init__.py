"""Lawcast measures a neural scaling law, explains its exponent and casts it forward.

The whole public surface is here; each name is loaded on first use, so that importing the package
costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from lawcast._errors import (
        ArgumentError,
        Finding,
        FitRefused,
        LawcastError,
        MissingExtraError,
        NoRuleError,
        ReadError,
        SavedFileError,
        Severity,
        StudyStopped,
        TableError,
        UnitError,
        UnknownNameError,
        WriteError,
    )
    from lawcast._values import Estimate, Interval, Status
    from lawcast.fitting.contest import Contest
    from lawcast.fitting.entry import fit
    from lawcast.fitting.extrapolation.collection import Extrapolations
    from lawcast.fitting.extrapolation.comparison import LawComparison
    from lawcast.fitting.extrapolation.entry import compare, extrapolate
    from lawcast.fitting.extrapolation.joint import ScoreExtrapolation, extrapolate_score
    from lawcast.fitting.extrapolation.link import Link, fit_link
    from lawcast.fitting.extrapolation.result import Extrapolation
    from lawcast.fitting.prediction import Prediction
    from lawcast.fitting.result import Fit
    from lawcast.fitting.saved import read_fit
    from lawcast.geometry.collection import Dimensions
    from lawcast.geometry.entry import intrinsic_dimension
    from lawcast.geometry.result import Dimension
    from lawcast.geometry.scikit import IntrinsicDimension
    from lawcast.lab.reading import Reading
    from lawcast.lab.registry import list_studies
    from lawcast.lab.result import StudyResult
    from lawcast.lab.running import run_study
    from lawcast.lab.study import Axis, Study
    from lawcast.lab.verify import verify_claim
    from lawcast.laws.law import Law, Parameter
    from lawcast.laws.registry import get_law, list_laws
    from lawcast.laws.user import law
    from lawcast.reporting.report import Report, report
    from lawcast.runs.read import read_runs
    from lawcast.runs.table import Runs
    from lawcast.theory.entry import check_claim
    from lawcast.theory.explain import explain
    from lawcast.theory.explanation import Explanation
    from lawcast.theory.exponent import Exponent, exponent
    from lawcast.theory.local_exponent import local_exponent
    from lawcast.theory.local_result import LocalExponent
    from lawcast.theory.paired_limit import paired_limit
    from lawcast.theory.paired_result import PairedLimit
    from lawcast.theory.price import LimitPrice, price_of_limit
    from lawcast.theory.verdict import Verdict

_HOME = {
    "ArgumentError": "lawcast._errors",
    "Axis": "lawcast.lab.study",
    "Contest": "lawcast.fitting.contest",
    "Dimension": "lawcast.geometry.result",
    "Dimensions": "lawcast.geometry.collection",
    "Estimate": "lawcast._values",
    "Explanation": "lawcast.theory.explanation",
    "Exponent": "lawcast.theory.exponent",
    "Extrapolation": "lawcast.fitting.extrapolation.result",
    "Extrapolations": "lawcast.fitting.extrapolation.collection",
    "Finding": "lawcast._errors",
    "Fit": "lawcast.fitting.result",
    "FitRefused": "lawcast._errors",
    "Interval": "lawcast._values",
    "IntrinsicDimension": "lawcast.geometry.scikit",
    "Law": "lawcast.laws.law",
    "LawComparison": "lawcast.fitting.extrapolation.comparison",
    "LawcastError": "lawcast._errors",
    "LimitPrice": "lawcast.theory.price",
    "Link": "lawcast.fitting.extrapolation.link",
    "LocalExponent": "lawcast.theory.local_result",
    "MissingExtraError": "lawcast._errors",
    "NoRuleError": "lawcast._errors",
    "PairedLimit": "lawcast.theory.paired_result",
    "Parameter": "lawcast.laws.law",
    "Prediction": "lawcast.fitting.prediction",
    "ReadError": "lawcast._errors",
    "Reading": "lawcast.lab.reading",
    "Report": "lawcast.reporting.report",
    "Runs": "lawcast.runs.table",
    "SavedFileError": "lawcast._errors",
    "ScoreExtrapolation": "lawcast.fitting.extrapolation.joint",
    "Severity": "lawcast._errors",
    "Status": "lawcast._values",
    "Study": "lawcast.lab.study",
    "StudyResult": "lawcast.lab.result",
    "StudyStopped": "lawcast._errors",
    "TableError": "lawcast._errors",
    "UnitError": "lawcast._errors",
    "UnknownNameError": "lawcast._errors",
    "Verdict": "lawcast.theory.verdict",
    "WriteError": "lawcast._errors",
    "check_claim": "lawcast.theory.entry",
    "compare": "lawcast.fitting.extrapolation.entry",
    "explain": "lawcast.theory.explain",
    "exponent": "lawcast.theory.exponent",
    "extrapolate": "lawcast.fitting.extrapolation.entry",
    "extrapolate_score": "lawcast.fitting.extrapolation.joint",
    "fit": "lawcast.fitting.entry",
    "fit_link": "lawcast.fitting.extrapolation.link",
    "get_law": "lawcast.laws.registry",
    "intrinsic_dimension": "lawcast.geometry.entry",
    "law": "lawcast.laws.user",
    "list_laws": "lawcast.laws.registry",
    "list_studies": "lawcast.lab.registry",
    "local_exponent": "lawcast.theory.local_exponent",
    "paired_limit": "lawcast.theory.paired_limit",
    "price_of_limit": "lawcast.theory.price",
    "read_fit": "lawcast.fitting.saved",
    "read_runs": "lawcast.runs.read",
    "report": "lawcast.reporting.report",
    "run_study": "lawcast.lab.running",
    "verify_claim": "lawcast.lab.verify",
}

__all__ = [
    "ArgumentError",
    "Axis",
    "Contest",
    "Dimension",
    "Dimensions",
    "Estimate",
    "Explanation",
    "Exponent",
    "Extrapolation",
    "Extrapolations",
    "Finding",
    "Fit",
    "FitRefused",
    "Interval",
    "IntrinsicDimension",
    "Law",
    "LawComparison",
    "LawcastError",
    "LimitPrice",
    "Link",
    "LocalExponent",
    "MissingExtraError",
    "NoRuleError",
    "PairedLimit",
    "Parameter",
    "Prediction",
    "ReadError",
    "Reading",
    "Report",
    "Runs",
    "SavedFileError",
    "ScoreExtrapolation",
    "Severity",
    "Status",
    "Study",
    "StudyResult",
    "StudyStopped",
    "TableError",
    "UnitError",
    "UnknownNameError",
    "Verdict",
    "WriteError",
    "__version__",
    "check_claim",
    "compare",
    "explain",
    "exponent",
    "extrapolate",
    "extrapolate_score",
    "fit",
    "fit_link",
    "get_law",
    "intrinsic_dimension",
    "law",
    "list_laws",
    "list_studies",
    "local_exponent",
    "paired_limit",
    "price_of_limit",
    "read_fit",
    "read_runs",
    "report",
    "run_study",
    "verify_claim",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
