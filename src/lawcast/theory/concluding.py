"""The paragraph that says what is left of theory after a measurement."""

from __future__ import annotations

from collections.abc import Sequence

from lawcast._tables import joined, significant
from lawcast.theory.explanation import ORDER, Row, Standing

_MOST_FREE = 3  # formulas with a free number that the paragraph names


def conclude(rows: Sequence[Row], *, alpha_known: bool, at_least: bool, share: float) -> str:
    """What the rows come to.

    Args:
        rows: every hypothesis.
        alpha_known: whether alpha has an interval above zero.
        at_least: whether d is bounded below alone.
        share: part of the variance of alpha over a line that is due to d.
    """
    lines = [row for row in rows if row.relation == "=" and row.ratio is not None]
    free = [row for row in rows if row.relation == "=" and row.ratio is None]
    by = {o: [row.name for row in lines if row.outcome is o] for o in ORDER}
    survive, open_, gone = by[Standing.SURVIVES], by[Standing.UNDECIDED], by[Standing.EXCLUDED]
    parts = []
    if not alpha_known:
        parts.append(_without_test(lines, at_least))
    elif at_least and open_:
        parts.append(f"Undecided: {_both_fit(open_)}, because d is bounded below alone.")
    elif open_:
        parts.append(f"Undecided: {_both_fit([*survive, *open_])}.")
        if len(open_) == 1 and not survive:
            parts.append("The intervals are too wide to count that as support.")
    elif survive:
        parts.append(f"{joined(survive)} survive{'s' if len(survive) == 1 else ''}.")
    elif lines:
        parts.append(_none(lines, any(r.outcome is Standing.UNDECIDED for r in free)))
    if gone and (survive or open_):
        parts.append(f"Excluded: {joined(gone)}.")
    parts += _bounds(rows)
    fitting = [r for r in free if r.outcome is Standing.UNDECIDED and r.implied is not None]
    if fitting and alpha_known:
        more = len(fitting) - _MOST_FREE
        shown = "; ".join(f"{row.name} if {row.implied}" for row in fitting[:_MOST_FREE])
        parts.append(f"Open for want of a number: {shown}{f'; {more} more' if more > 0 else ''}.")
    barred = [row.name for row in free if row.outcome is Standing.EXCLUDED]
    if barred:
        parts.append(f"Excluded whatever their free number: {joined(barred)}.")
    if share > 0.5 and open_ and alpha_known:
        parts.append(f"{100 * share:.0f} % of the variance of alpha over a line is due to d.")
    return " ".join(parts)


def _both_fit(names: Sequence[str]) -> str:
    word = {1: "fits", 2: "both fit"}.get(len(names), "all fit")
    return f"{joined(names)} {word}"


def _nearest(lines: Sequence[Row]) -> Row:
    # by the test where there was one: errors of two sides need not be alike
    return min(lines, key=lambda row: (-(row.p or 0.0), max(_ratio(row), 1 / _ratio(row))))


def _ratio(row: Row) -> float:
    return 1.0 if row.ratio is None else row.ratio.value


def _without_test(lines: Sequence[Row], at_least: bool) -> str:
    text = "Undecided: alpha has no interval above zero, so nothing is excluded or survives."
    if not lines or at_least:
        return text
    near = _nearest(lines)
    return (
        f"{text} The nearest line is {near.name}: alpha is {significant(_ratio(near), 3)} times it."
    )


def _none(lines: Sequence[Row], more: bool) -> str:
    """That every line with a value is excluded; ``more`` where one with a free number is not."""
    near = _nearest(lines)
    said = "No line that is known in full fits" if more else "No line fits"
    return (
        f"{said}. The nearest is {near.name}, and alpha is {significant(_ratio(near), 3)} times it."
    )


def _bounds(rows: Sequence[Row]) -> list[str]:
    """What became of the bounds, those that say the same together."""
    words = {
        Standing.SURVIVES: "hold",
        Standing.EXCLUDED: "fail",
        Standing.UNDECIDED: "undecided",
    }
    groups: dict[str, list[str]] = {}
    for row in rows:
        if row.relation != "=" and row.ratio is not None and row.outcome in words:
            said = words[row.outcome]
            if row.outcome is Standing.SURVIVES and not row.note.startswith("holds"):
                said = "may hold"
            if row.outcome is Standing.UNDECIDED and "face value" in row.note:
                said = (
                    "hold at face value" if row.note.startswith("holds") else "fail at face value"
                )
            groups.setdefault(said, []).append(f"alpha {row.name}")
    made = []
    for said, names in groups.items():
        one = len(names) == 1
        if said == "undecided":
            made.append(f"{joined(names)} {'is' if one else 'are'} undecided")
        else:
            verb, _, rest = said.partition(" ")
            ending = "s" if one and verb != "may" else ""
            made.append(f"{joined(names)} {verb}{ending}{' ' + rest if rest else ''}")
    return [f"As bounds, {'; '.join(made)}."] if made else []
