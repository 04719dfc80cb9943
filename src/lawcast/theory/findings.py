"""Every finding of the theory room, declared."""

from __future__ import annotations

from lawcast._errors import FindingKind
from lawcast.theory.explanation_findings import KINDS as OF_EXPLANATIONS
from lawcast.theory.local_findings import LOCAL_FINDINGS

KINDS: tuple[FindingKind, ...] = (*LOCAL_FINDINGS, *OF_EXPLANATIONS)
"""Findings of local exponents, paired limits and explanations, by code."""
