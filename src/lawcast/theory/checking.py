"""A statement put to the rules, case by case."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lawcast._errors import ArgumentError, NoRuleError
from lawcast._tables import capital, joined, significant
from lawcast.theory.cases import Case, cases_of, open_axes, steps_of
from lawcast.theory.exponent import exponent_under, plateau, rule_for
from lawcast.theory.expressions import Range
from lawcast.theory.premises import PREMISE, Premises, completed, make_premises
from lawcast.theory.rules import Standing, study_of
from lawcast.theory.sources import named
from lawcast.theory.statements import Comparison, Quantifier, Statement, Term, Trend
from lawcast.theory.verdict import Outcome, Verdict, all_true

_EQUAL = 1e-9
_ROUNDING = 1e-14  # beside an exact 0
_ABOUT = 0.1  # what "~" allows, relative


@dataclass(frozen=True)
class _Ruling:
    """What became of one case: True, False, or None where only a bound or nothing is known."""

    case: Case
    true: bool | None
    told: str
    source: str


def check_statement(statement: Statement, given: Mapping[str, Any]) -> Verdict:
    """A statement under premises.

    Args:
        statement: see :func:`lawcast.theory.statements.parse_statement`.
        given: premise -> value, or a list of values to run over.

    Raises:
        ArgumentError: premises that contradict each other, or no rule for any case.
        UnknownNameError: a premise or value that is not known.
    """
    given = {name: _listed(name, value) for name, value in given.items()}
    rulings: list[_Ruling] = []
    uncovered: ArgumentError | None = None
    covered = 0
    for case in _cases(statement, given):
        try:
            rulings.append(_rule_on(statement, case))
            covered += 1
        except ArgumentError as error:
            # silence of the rules is no consent: such a case stays open
            uncovered = uncovered or error
            rulings.append(_Ruling(case, None, "no rule covers it", ""))
    if not covered:
        assert uncovered is not None  # cases_of yields at least one case or raises
        return _uncovered(statement, given, uncovered)
    return _verdict(statement, given, rulings)


def _cases(statement: Statement, given: Mapping[str, Any]) -> Iterator[Case]:
    """Every case that a statement speaks of under premises."""
    changes = tuple(term.changes for term in statement.terms.values())
    axes = open_axes(given, statement.symbols, changes, statement.moved)
    return cases_of(given, axes, statement.moved)


def _listed(name: str, value: Any) -> Any:
    """A premise as it was given; of a list of one value that value.

    Raises:
        ArgumentError: an empty list.
    """
    if not isinstance(value, (list, tuple, set, frozenset)):
        return value
    if not value:
        raise ArgumentError(f"{name}= is an empty list; give a value, or leave it out")
    return next(iter(value)) if len(value) == 1 else value


def _rule_on(statement: Statement, case: Case) -> _Ruling:
    told: list[str] = []
    sources: dict[str, None] = {}
    results: list[bool | None] = []
    uncovered: ArgumentError | None = None
    for part in statement.parts:
        try:
            if isinstance(part, Trend):
                results.append(_trend(part, statement.terms, case, told, sources))
            else:
                results.append(_compare(part, statement.terms, case, told, sources))
        except NoRuleError as error:
            uncovered = uncovered or error
            results.append(None)
            told.append(f"no rule covers '{part.text}'")
    if uncovered is not None and set(results) == {None}:
        raise uncovered
    return _Ruling(case, all_true(results), joined(list(dict.fromkeys(told))), "; ".join(sources))


def _compare(
    part: Comparison,
    terms: Mapping[str, Term],
    case: Case,
    told: list[str],
    sources: dict[str, None],
) -> bool | None:
    ranges, formulas = {}, set()
    for name in dict.fromkeys(part.left.terms + part.right.terms):
        ranges[name], text, source = _value(terms[name], case.premises, name)
        told.append(text)
        formulas.add(text[len(name) + 3 :].split(" = ")[0])
        sources.setdefault(source)
    symbols = _symbols(case.premises)
    left, right = part.left.range(symbols, ranges), part.right.range(symbols, ranges)
    for node, range_ in ((part.left, left), (part.right, right)):
        if not node.terms and not math.isfinite(range_[0]):
            at = f" at d = {symbols['d']:g}" if "d" in node.symbols else ""
            raise NoRuleError(f"{node.text} has no value{at}")
        if node.kind not in ("term", "number") and node.text not in formulas:
            told.append(f"{node.text} = {_shown(range_)}")
    return _holds(part.relation, left, right)


def _trend(
    part: Trend, terms: Mapping[str, Term], case: Case, told: list[str], sources: dict[str, None]
) -> bool | None:
    values: list[float] = []
    texts: list[str] = []
    for number in steps_of(part.number):
        try:
            premises = case.premises.with_choice(**{part.number: number})
        except ArgumentError:
            continue  # this value of the number makes no sense here
        ranges = {}
        for name in part.left.terms:
            ranges[name], text, source = _value(terms[name], premises, name)
            sources.setdefault(source)
            texts.append(f"{text} at {part.number.replace('_', ' ')} = {number:g}")
        low, high = part.left.range(_symbols(premises), ranges)
        if low != high:
            told.append(texts[-1])
            return None
        values.append(low)
    if len(values) < 2:
        raise ArgumentError(f"{part.number} cannot be varied under these premises")
    told += [texts[0], texts[-1]]
    steps = list(itertools.pairwise(values))
    most = _EQUAL * max(map(abs, values))
    flat = all(abs(after - before) <= most for before, after in steps)
    if part.how in ("changes", "independent"):
        return flat if part.how == "independent" else not flat
    sign = 1 if part.how == "increases" else -1
    return all(sign * (after - before) > _slack(before, after) for before, after in steps)


def _slack(x: float, y: float) -> float:
    """How far apart two numbers may be and still be one: rounding, relative to the larger.

    Beside an exact 0 nothing is relative: there it is the rounding of numbers of order one.
    """
    if not (math.isfinite(x) and math.isfinite(y)):
        return 0.0
    return _ROUNDING if 0.0 in (x, y) else _EQUAL * max(abs(x), abs(y))


def _value(term: Term, premises: Premises, name: str) -> tuple[Range, str, str]:
    """The values a term may have under premises, in words, and where that is written."""
    changed = premises.with_choice(**term.changes) if term.changes else premises
    if term.what == "ratio":
        raise NoRuleError("no rule says how far an estimate is from the truth: it takes a run")
    if term.what == "floor":
        node = plateau(changed)
        number = node.number({**changed.symbols, "sigma": 1.0})
        return (number, number), f"{name} = {node.text}", "derived here"
    found = exponent_under(changed)
    if found.value is None:
        raise ArgumentError(f"{name} {found.relation} {found.formula} has no number here")
    value = found.value.value
    low = -math.inf if found.relation == "<=" else value
    high = math.inf if found.relation == ">=" else value
    return (low, high), found.number.replace("alpha", name, 1), found.source


def _holds(relation: str, left: Range, right: Range) -> bool | None:
    """Whether a relation holds between two numbers of which ranges are known; None: unknown."""
    (a, b), (c, d) = left, right
    if any(math.isnan(end) for end in (a, b, c, d)):
        return None
    if relation in ("<=", "<"):
        return _holds({"<=": ">=", "<": ">"}[relation], right, left)
    if relation == ">=":
        return True if a >= d - _slack(a, d) else (False if b < c - _slack(b, c) else None)
    if relation == ">":
        return True if a > d + _slack(a, d) else (False if b <= c + _slack(b, c) else None)
    wide = _ABOUT * max(abs(a), abs(c)) if relation == "~" and math.isfinite(a + c) else 0.0
    apart = b < c - max(wide, _slack(b, c)) or d < a - max(wide, _slack(d, a))
    same = a == b and c == d and abs(a - c) <= max(wide, _slack(a, c))
    if relation == "!=":
        return True if apart else (False if same else None)
    return True if same else (False if apart else None)


def _verdict(statement: Statement, given: Mapping[str, Any], rulings: Sequence[_Ruling]) -> Verdict:
    true = [ruling for ruling in rulings if ruling.true is True]
    false = [ruling for ruling in rulings if ruling.true is False]
    open_ = [ruling for ruling in rulings if ruling.true is None]
    outcome = outcome_of(statement.quantifier, bool(true), bool(false), bool(open_))
    counter = _example(false) if false and outcome is not Outcome.HOLDS else ""
    repair = ""
    if outcome is Outcome.CONDITIONAL or (outcome is Outcome.FAILS and true):
        repair = _separate(rulings)
    elif outcome is Outcome.FAILS:
        repair = _flip(statement, given)
    if outcome in (Outcome.CONDITIONAL, Outcome.FAILS):
        repair = "; or ".join(filter(None, (repair, _weaker(statement, rulings))))
    deciding = {Outcome.HOLDS: true, Outcome.FAILS: false}.get(outcome) or [*true, *open_]
    shown = [*true, *false, *open_] if outcome is Outcome.CONDITIONAL else deciding
    return Verdict(
        claim=statement.text,
        outcome=outcome,
        reason=_reason(outcome, true, false, open_),
        counterexample=counter,
        repair=repair,
        premises=_told(statement, rulings),
        source=named("; ".join(dict.fromkeys(ruling.source for ruling in shown[:1]))),
        study=_study(statement, shown[0].case),
        standing=_standing(statement, shown),
    )


def _weaker(statement: Statement, rulings: Sequence[_Ruling]) -> str:
    """The largest whole c for which alpha >= c/d holds in every case, where a claim asked for more.

    That is the bound that is left when nothing more is known of the open premises.
    """
    (part, *more) = statement.parts
    if more or not isinstance(part, Comparison) or part.relation not in (">=", ">"):
        return ""
    if part.left.kind != "term" or statement.terms[part.left.name].what != "alpha":
        return ""
    least = math.inf
    for ruling in rulings:
        d = ruling.case.premises.numbers.get("dimension")
        name = part.left.name
        try:
            (low, _), _, _ = _value(statement.terms[name], ruling.case.premises, name)
        except ArgumentError:
            return ""  # a case that no rule covers has no bound to fall back to
        least = min(least, -math.inf if d is None else low * d)
    if not 1 - _EQUAL <= least < math.inf:
        return ""
    bound = math.floor(least * (1 + _EQUAL))
    asked = min(_right(part, ruling.case) for ruling in rulings)
    return f"the claim is alpha >= {bound}/d, in every case" if bound < asked else ""


def _right(part: Comparison, case: Case) -> float:
    """The right side of a comparison, times d."""
    symbols = _symbols(case.premises)
    low, _ = part.right.range(symbols) if not part.right.terms else (math.nan, math.nan)
    return low * symbols["d"]


_FIRMEST = (Standing.THEOREM, Standing.DERIVED, Standing.HEURISTIC, Standing.MEASURED)


def _standing(statement: Statement, rulings: Sequence[_Ruling]) -> str:
    """How firm the rules behind some rulings stand: the weakest of them decides."""
    weakest = -1
    for ruling in rulings:
        for term in statement.terms.values():
            if term.what != "alpha":
                weakest = max(weakest, _FIRMEST.index(Standing.DERIVED))
                continue
            try:
                rule = rule_for(ruling.case.premises.with_choice(**term.changes))
            except ArgumentError:
                continue  # a case that no rule covers
            weakest = max(weakest, _FIRMEST.index(rule.standing))
    return str(_FIRMEST[weakest]) if weakest >= 0 else ""


def _study(statement: Statement, case: Case) -> str:
    """Name of the study that tests the rule behind the first term."""
    term = next(iter(statement.terms.values()))
    try:
        premises = case.premises.with_choice(**term.changes)
        return study_of(rule_for(premises), premises)
    except NoRuleError:
        return ""


def outcome_of(quantifier: Quantifier, true: bool, false: bool, unknown: bool) -> Outcome:
    """The outcome of a statement whose cases were true, false or unknown.

    Args:
        quantifier: of which cases the statement speaks.
        true: whether some case was true.
        false: whether some was false.
        unknown: whether some was neither.
    """
    if quantifier is Quantifier.EVERY:
        if false:
            return Outcome.FAILS
        return Outcome.UNDECIDED if unknown else Outcome.HOLDS
    if quantifier is Quantifier.SOME:
        if true:
            return Outcome.HOLDS
        return Outcome.UNDECIDED if unknown else Outcome.FAILS
    if true and not (false or unknown):
        return Outcome.HOLDS
    if not true:
        return Outcome.FAILS if false else Outcome.UNDECIDED
    return Outcome.CONDITIONAL


def _reason(
    outcome: Outcome,
    true: Sequence[_Ruling],
    false: Sequence[_Ruling],
    unknown: Sequence[_Ruling],
) -> str:
    if len(true) + len(false) + len(unknown) == 1:
        only = (*true, *false, *unknown)[0]
        more = "" if only.true is not None else " Theory gives no more than a bound here."
        return f"{only.told}.{more}"
    counts = [
        f"{len(some)} {one if len(some) == 1 else many}"
        for some, one, many in (
            (true, "holds", "hold"),
            (false, "fails", "fail"),
            (unknown, "is open, for only a bound is known",
             "are open, for only bounds or nothing is known"),
        )
        if some
    ]  # fmt: skip
    total = len(true) + len(false) + len(unknown)
    every = "Both" if total == 2 else f"All {total}"
    whole = (
        f"{every} cases {counts[0].split(' ', 1)[1]}"
        if len(counts) == 1
        else (f"Of {total} cases {joined(counts)}")
    )
    shown = {Outcome.FAILS: false, Outcome.UNDECIDED: unknown}.get(outcome, true)
    if outcome is Outcome.FAILS:
        return f"{whole}."  # the counter-example stands beside the reason
    return f"{whole}. For instance, {_example(shown)}."


def _example(rulings: Sequence[_Ruling]) -> str:
    """A case with its numbers: at d = 3 where there is one, for it is easy to picture."""
    chosen = min(rulings, key=lambda r: abs(r.case.premises.numbers.get("dimension", 3.0) - 3.0))
    at = chosen.case.told()
    return f"{chosen.told}{f', at {at}' if at else ''}"


def _separate(rulings: Sequence[_Ruling]) -> str:
    """The premise whose value tells the true cases from the rest, else an example."""
    true = [ruling for ruling in rulings if ruling.true is True]
    for name in rulings[0].case.open:
        by_value: dict[Any, set[bool]] = {}
        for ruling in rulings:
            if name in ruling.case.open:
                by_value.setdefault(ruling.case.open[name], set()).add(ruling.true is True)
        good = [value for value, seen in by_value.items() if seen == {True}]
        clean = all(len(seen) == 1 for seen in by_value.values())
        if good and clean and len(good) < len(by_value):
            return f"{name.replace('_', ' ')} is {joined([_word(v) for v in good], 'or')}"
    return f"for instance {true[0].case.told()}" if true else ""


_REPAIRS = (
    ("floor", ("raw",)), ("approximator", ()), ("loss", ("lipschitz",)),
    ("noise", ("labels", "training-labels")), ("target", ("rough", "singular")),
    ("regime", ("discrete", "mixed")), ("residual", ()),
    ("noise_shape", ()), ("probabilities", ()), ("limit", ()), ("sampling", ()), ("domain", ()),
    ("structure", ("additive",)),
)  # fmt: skip
"""Premises whose change may repair a statement, the likeliest first, each with the values that
are no repair: they need further numbers, or speak of something else."""


def _flip(statement: Statement, given: Mapping[str, Any]) -> str:
    """The single changes of a premise under which the statement holds."""
    repairs = []
    for name, barred in _REPAIRS:
        premise = PREMISE[name]
        now = given.get(name, premise.default)
        listed = now if isinstance(now, (list, tuple, set)) else (now,)
        here = {premise.option(value).name for value in listed}
        if name == "approximator" and {"labels", "training-labels"} & {str(given.get("noise"))}:
            continue  # its own plateau would be subtracted: another claim, not a repair of this
        good = []
        for option in premise.options:
            if option.name in {*barred, *here}:
                continue
            try:
                if _always(statement, {**given, name: option.name}):
                    good.append(option.name)
            except ArgumentError:
                continue  # the changed premises contradict others, or no rule covers them
        if good:
            repairs.append(f"{name.replace('_', ' ')} is {joined(good, 'or')}")
    return "; or ".join(repairs[:3])


def _always(statement: Statement, given: Mapping[str, Any]) -> bool:
    return all(_rule_on(statement, case).true is True for case in _cases(statement, given))


def _uncovered(statement: Statement, given: Mapping[str, Any], error: ArgumentError) -> Verdict:
    return Verdict(
        claim=statement.text,
        outcome=Outcome.UNDECIDED,
        reason=f"{capital(str(error)).rstrip('.')}.",
        premises=tuple((name.replace("_", " "), _word(value)) for name, value in given.items()),
    )


def _told(statement: Statement, rulings: Sequence[_Ruling]) -> tuple[tuple[str, str], ...]:
    """Premises for people, with the values tried of those left open."""
    tried: dict[str, dict[str, None]] = {}
    for ruling in rulings:
        for name, value in ruling.case.open.items():
            tried.setdefault(name.replace("_", " "), {}).setdefault(_word(value))
    changes = [term.changes for term in statement.terms.values()]
    set_by_all = set(changes[0]).intersection(*changes)
    rows = {
        name: value
        for name, value in rulings[0].case.premises.told()
        if name.replace(" ", "_") not in set_by_all
    }
    for name in statement.moved:
        tried[name.replace("_", " ")] = dict.fromkeys(map(_word, steps_of(name)))
    rows |= {
        name: f"{joined(list(values))} tried"
        for name, values in tried.items()
        if name.replace(" ", "_") not in set_by_all or name.replace(" ", "_") in statement.moved
    }
    return tuple(rows.items())


def _symbols(premises: Premises) -> dict[str, float]:
    """Numbers for the symbols of a statement; its d is that of the whole data."""
    symbols = premises.symbols
    if "dimension" in premises.numbers:
        symbols["d"] = premises.numbers["dimension"]
    return completed(symbols)


def _shown(range_: Range) -> str:
    low, high = range_
    if math.isnan(low) or math.isnan(high):
        return "no value"
    if low == high:
        return significant(low, 4)
    return (
        f"{significant(low, 4)} or more" if math.isinf(high) else f"{significant(high, 4)} or less"
    )


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def contradiction(number: float, premises: Mapping[str, Any]) -> Verdict:
    """Whether a measured exponent contradicts what the rules say under premises.

    Args:
        number: the measured exponent.
        premises: premise -> value; the dimension among them.

    Raises:
        ArgumentError: premises that contradict each other, or no rule for them.
    """
    checked = make_premises(**premises)
    (low, high), told, source = _value(Term("alpha"), checked, "alpha")
    against = number < low * (1 - _EQUAL) or number > high * (1 + _EQUAL)
    claim = f"alpha = {number:g} contradicts the theory"
    if against:
        reason = f"Theory says {told}, which {number:g} is not."
    else:
        reason = f"Theory says {told}, and {number:g} agrees with that."
    return Verdict(
        claim=claim,
        outcome=Outcome.HOLDS if against else Outcome.FAILS,
        reason=reason,
        counterexample="" if against else told,
        premises=checked.told(),
        source=source,
    )
