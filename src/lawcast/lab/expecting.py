"""What the rules of the theory foretell for a study's readings."""

from __future__ import annotations

from typing import Any

from lawcast._errors import ArgumentError
from lawcast.lab.slopes import Expected
from lawcast.theory.exponent import exponent


def foretold(tolerance: float = 0.05, **premises: Any) -> Expected:
    """The exponent under premises, as a study expects it.

    Args:
        tolerance: share by which a finite experiment may miss it.
        premises: those of :func:`lawcast.exponent`, the dimension among them.

    Raises:
        ArgumentError: no rule covers the premises, or the value needs a number not given.
    """
    found = exponent(**premises)
    if found.value is None:
        raise ArgumentError(f"{found.number} has no number yet: give the dimension")
    relation = "=" if found.relation == "~" else found.relation
    return Expected(found.value.value, found.formula, found.source, relation, tolerance)
