"""``lawcast.exponent``: from premises to an exponent that carries them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawcast._errors import ArgumentError, NoRuleError
from lawcast._tables import Card, bracket, joined, significant
from lawcast._values import Estimate, Interval, document, open_document, opens
from lawcast.theory.expressions import Node, parse
from lawcast.theory.orders import loss_order
from lawcast.theory.premises import NUMBERS, Premises, make_premises, premise_lines
from lawcast.theory.rules import FLOORS, RULES, Rule
from lawcast.theory.sources import named

_SCHEMA_VERSION = 1

_VARIABLE = {"data": "D", "parameters": "P", "width": "w"}
_R = parse("min(p+1, s)")
_A = parse("2*nu/d")


@dataclass(frozen=True)
class Exponent:
    """An exponent with everything that it stands on. Made by :func:`exponent`.

    Args:
        value: the number; None where the dimension, or another symbol, has no value yet. Its
            interval is that of the dimension, carried through.
        formula: the value in symbols that have no number, such as ``"4/d"``.
        relation: ``"="``, ``">="``, ``"<="`` or ``"~"`` (up to logarithms or a crossover).
        status: ``"theorem"``, ``"heuristic"``, ``"derived"`` or ``"measured"``.
        derivation: how it comes about, step by step.
        assumptions: what it needs beyond the premises.
        subtract: what to subtract from the loss before its slope is taken.
        source: where it is written.
        rule: name of the rule that applied.
        premises: (name, value) pairs; those taken by default are marked.
        unused: premises that were given and play no part.
    """

    value: Estimate | None
    formula: str
    relation: str
    status: str
    derivation: tuple[str, ...]
    assumptions: tuple[str, ...]
    subtract: str
    source: str
    rule: str
    premises: tuple[tuple[str, str], ...]
    unused: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """``"alpha = 4/d = 1.333"``."""
        sign = {"~": "≈", ">=": "≥", "<=": "≤"}.get(self.relation, "=")
        text = f"alpha {sign} {self.formula}"
        if self.value is None:
            return text
        shown = significant(self.value.value, 4)
        if self.formula != shown and not _is_number(self.formula):
            text += f" = {shown}"
        interval = self.value.interval
        if interval is not None:
            text += f" {bracket(interval.low, interval.high)} ({interval.level:.0%}, from d)"
        return text

    def card(self) -> Card:
        """The exponent as labelled lines."""
        rows = [("Exponent", self.number), ("Status", f"{self.status} (rule {self.rule})")]
        rows += _labelled("Derivation", [f"{k}. {s}" for k, s in enumerate(self.derivation, 1)])
        rows += _labelled("Assumes", self.assumptions)
        rows.append(("Subtract", self.subtract))
        rows += premise_lines(self.premises)
        if self.unused:
            rows.append(("Not used", f"{', '.join(self.unused)}: the rule does not depend on it"))
        rows.append(("Source", named(self.source)))
        return Card(tuple(rows))

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return self.card().text()

    def _repr_html_(self) -> str:
        return self.card().html()

    def __repr__(self) -> str:
        return f"Exponent({self.number}, {self.status}, rule {self.rule})"

    def to_dict(self) -> dict[str, Any]:
        """A versioned document (schema ``lawcast/exponent/1``)."""
        return document(
            "exponent",
            _SCHEMA_VERSION,
            {
                "value": None if self.value is None else self.value.to_dict(),
                "formula": self.formula,
                "relation": self.relation,
                "status": self.status,
                "derivation": list(self.derivation),
                "assumptions": list(self.assumptions),
                "subtract": self.subtract,
                "source": self.source,
                "rule": self.rule,
                "premises": [list(pair) for pair in self.premises],
                "unused": list(self.unused),
            },
        )

    @classmethod
    @opens("exponent")
    def from_dict(cls, data: Mapping[str, Any]) -> Exponent:
        """The exponent that :meth:`to_dict` described.

        Raises:
            SavedFileError: damaged, of another kind, or written by a newer version.
        """
        data = open_document(data, "exponent", _SCHEMA_VERSION)
        return cls(
            value=None if data["value"] is None else Estimate.from_dict(data["value"]),
            formula=str(data["formula"]),
            relation=str(data["relation"]),
            status=str(data["status"]),
            derivation=tuple(str(step) for step in data["derivation"]),
            assumptions=tuple(str(line) for line in data["assumptions"]),
            subtract=str(data["subtract"]),
            source=str(data["source"]),
            rule=str(data["rule"]),
            premises=tuple((str(name), str(value)) for name, value in data["premises"]),
            unused=tuple(str(name) for name in data["unused"]),
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the exponent as JSON.

        Raises:
            WriteError: the file cannot be written.
        """
        import json

        from lawcast._files import write_atomically

        return write_atomically(
            path, json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"
        )


def exponent(
    *,
    regime: str | None = None,
    variable: str | None = None,
    loss: str | None = None,
    approximator: str | None = None,
    dimension: Any = None,
    target: str | None = None,
    noise: str | tuple[str, ...] | None = None,
    residual: str | None = None,
    noise_shape: str | None = None,
    floor: str | None = None,
    probabilities: str | None = None,
    coefficient: str | None = None,
    limit: str | None = None,
    sampling: str | None = None,
    domain: str | None = None,
    structure: str | None = None,
    power: float | None = None,
    degree: int | None = None,
    smoothness: float | None = None,
    codimension: int | None = None,
    nu: float | None = None,
    a: float | None = None,
    b: float | None = None,
    ambient: float | None = None,
    largest_factor: float | None = None,
    classes: int | None = None,
    residual_over_noise: float | None = None,
) -> Exponent:
    """The exponent alpha of L ~ x**-alpha that follows from the premises.

    Premises left out take a default that the answer prints: resolution-limited, in the data,
    any Lipschitz loss, any fit that interpolates and is Lipschitz, a smooth target, no noise, the
    floor subtracted, probabilities off 0, a generic leading coefficient, quasi-uniform sampling.
    With nothing known but that, the theorem is alpha >= 1/d.

    Args:
        regime: ``"resolution"``, ``"variance"``, ``"discrete"`` or ``"mixed"``.
        variable: ``"data"``, ``"parameters"`` or ``"width"``: the size along which the loss falls.
        loss: ``"l1"``, ``"l2"``, ``"l4"``, ``"lq"`` (with ``power=``), ``"huber"``, ``"kl"``,
            ``"cross-entropy"`` or ``"zero-one"``.
        approximator: ``"piecewise-linear"`` and so on; ``lawcast exponent --help`` lists all.
        dimension: intrinsic dimension d > 0: a number (2.5 is allowed, for it may be measured), an
            ``Estimate``, or a ``Dimension``; its interval is carried through.
        target: ``"smooth"``, ``"rough"``, ``"singular"``, ``"relu-network"`` and so on.
        noise: ``"none"``, ``"test-labels"``, ``"training-labels"``, ``"labels"`` or ``"input"``.
        residual: ``"below-noise"`` or ``"above-noise"``.
        noise_shape: ``"symmetric"`` or ``"skewed"``.
        floor: ``"subtracted"`` or ``"raw"``.
        probabilities: ``"off-zero"`` or ``"touching-zero"``.
        coefficient: ``"generic"`` or ``"any"``, which leaves a bound.
        limit: ``"misspecified"`` or ``"well-specified"``, of the variance regime.
        sampling: ``"quasi-uniform"`` or ``"gaussian"``.
        domain: ``"closed"`` or ``"bounded"``, of a kernel.
        structure: ``"none"`` or ``"additive"`` (with ``largest_factor=``).
        power: q of the loss ``"lq"``.
        degree: p of ``"piecewise-polynomial"``.
        smoothness: s of the target.
        codimension: c of the set where the target is singular.
        nu: smoothness of the Matérn kernel.
        a: exponent of the frequencies, or of the kernel's spectrum (a_K).
        b: exponent at which one task is learned.
        ambient: dimension of the space around the data.
        largest_factor: dimension of the largest factor of a product.
        classes: number of classes; plays no part from 2 on.
        residual_over_noise: delta / sigma: gives the slope at this size, through the local order
            of the loss.

    Raises:
        UnknownNameError: a value that is not known; the known ones are listed.
        ArgumentError: a number that makes no sense, premises that contradict each other, or
            premises for which no rule is known.

    Source: Bahri et al. 2102.06701; Sharma & Kaplan 2004.10802; each rule names its own.
    """
    return exponent_under(make_premises(**locals()))


def exponent_under(premises: Premises) -> Exponent:
    """The exponent under checked premises.

    Raises:
        ArgumentError: no rule covers them, or a number is missing.
    """
    rule = rule_for(premises)
    value = value_of(rule, premises)
    symbols = premises.symbols
    estimate = _with_dimension(value, premises)
    known = {name: number for name, number in symbols.items() if name != "d"}
    used = {*rule.when, "loss", "approximator", "target", "noise"} | _numbers_in(rule, premises)
    return Exponent(
        value=estimate,
        formula=value.substitute(known).text,
        relation=rule.relation,
        status=str(rule.standing),
        derivation=(*rule.steps, _arithmetic(rule, premises, value)),
        assumptions=rule.assumes,
        subtract=rule.subtract,
        source=rule.source,
        rule=rule.id,
        premises=premises.told(),
        unused=tuple(
            name.replace("_", " ") for name in sorted(premises.given - used - _always(premises))
        ),
    )


def rule_for(premises: Premises) -> Rule:
    """The first rule that fits.

    Raises:
        NoRuleError: none does; the message says which single premise would help.
    """
    for rule in RULES:
        if rule.fits(premises):
            return rule
    helps: dict[str, dict[str, None]] = {}
    for rule in RULES:
        wrong = [name for name, values in rule.when.items() if premises[name] not in values]
        if len(wrong) == 1 and rule.also(premises) and wrong[0] not in ("regime", "floor"):
            helps.setdefault(wrong[0], {}).update(dict.fromkeys(sorted(rule.when[wrong[0]])))
    shown = premises.given | {"regime", "variable", "loss", "approximator", "target", "noise"}
    told = ", ".join(f"{name}={value}" for name, value in premises.chosen.items() if name in shown)
    known = "; or ".join(f"{name}= {joined(list(values), 'or')}" for name, values in helps.items())
    hint = f" Rules are known for another {known}." if known else ""
    raise NoRuleError(f"no rule is known for {told}: what holds there is undecided.{hint}")


def value_of(rule: Rule, premises: Premises) -> Node:
    """The value of a rule with all that the premises fix worked out, but for d.

    Raises:
        ArgumentError: a number that the rule needs is missing.
    """
    symbols = premises.symbols
    value = parse(rule.value)
    known: dict[str, float | Node] = {k: v for k, v in symbols.items() if k not in ("d", "q")}
    if "p" in symbols:
        steps = symbols["p"] + 1
        known["r"] = min(steps, symbols["s"]) if "s" in symbols else steps
    elif "r" in value.symbols:
        known["r"] = _R
    if "q" in symbols:
        known["m"] = _order(rule, symbols["q"], premises)
    if "a" in value.symbols and "a" not in known and "nu" in known:
        known["a"] = _A.substitute({"nu": known["nu"]})
    value = value.substitute(known)
    missing = value.symbols - {"d", "a", "b"}
    if missing:
        needs = {"m": "loss=", "s": "smoothness=", "D": "ambient=", "nu": "nu=", "p": "degree="}
        named = " and ".join(needs.get(name, name) for name in sorted(missing))
        raise ArgumentError(
            f"the rule {rule.id} (alpha {rule.relation} {rule.value}) needs {named}"
        )
    return value


def plateau(premises: Premises) -> Node:
    """What the loss tends to, in units of sigma^2 and d.

    Raises:
        NoRuleError: no rule says what it is under these premises.
    """
    noise = premises["noise"]
    if premises["regime"] == "variance" and premises["limit"] == "well-specified":
        return parse("0")
    if premises["regime"] != "resolution":
        raise NoRuleError(
            f"no rule says what the loss tends to with regime={premises['regime']}: it is the loss "
            "at the limit, which only a run tells"
        )
    if premises["loss"] == "cross-entropy":
        raise NoRuleError(
            "no rule says what cross-entropy tends to: it is the entropy of the labels; "
            "loss=kl has it subtracted"
        )
    if noise == "none":
        _vanishes(premises)
        return parse("0")
    if noise == "input":
        raise NoRuleError(
            "no rule says what the loss tends to with noise=input: that depends on whether the "
            "labels belong to the clean or to the noisy input"
        )
    if premises.symbols.get("q") != 2 or premises["loss"] not in ("l2", "lq"):
        raise NoRuleError(
            f"no rule says what the loss tends to with loss={premises['loss']} and noise={noise}; "
            "with noise in the labels it is known for loss=l2"
        )
    _vanishes(premises)
    if noise == "test-labels":
        return parse("sigma^2")
    rows = [floor for floor in FLOORS if floor.noise == noise]
    for floor in rows:
        if floor.approximator == premises["approximator"] and premises["structure"] == "none":
            known = {name: value for name, value in premises.symbols.items() if name == "d"}
            return parse(floor.value).substitute(known)
    raise NoRuleError(
        f"no rule says what a {premises['approximator']} fit of noisy labels tends to; it is known "
        f"for {joined([floor.approximator for floor in rows])}, with structure=none"
    )


def _vanishes(premises: Premises) -> None:
    """Refuse a fit of which no rule says that its residual falls to 0 without noise.

    Raises:
        NoRuleError: no rule does.
    """
    about_noise = ("residual", "noise_shape", "residual_over_noise")
    rule_for(premises.with_choice(noise="none", floor=None, **dict.fromkeys(about_noise)))


def _order(rule: Rule, power: float, premises: Premises) -> float:
    ratio = premises.numbers.get("residual_over_noise")
    return loss_order(power, ratio) if rule.id == "crossover" and ratio is not None else power


def _with_dimension(value: Node, premises: Premises) -> Estimate | None:
    symbols = premises.symbols
    if not value.symbols <= set(symbols):
        return None
    number = value.number(symbols)
    if not number == number or number in (float("inf"), float("-inf")):
        raise ArgumentError(f"{value.text} has no value at d = {symbols.get('d', 0):g}")
    if number < 0:
        raise ArgumentError(f"{value.text} is negative at d = {symbols['d']:g}: no such dimension")
    measured = premises.dimension.interval if premises.dimension is not None else None
    if measured is None or premises["structure"] == "additive" or "d" not in value.symbols:
        return Estimate(number)
    ends = [value.number({**symbols, "d": end}) for end in (measured.low, measured.high)]
    # an exponent falls with d, so that the ends of one interval give those of the other
    low, high = min(ends), max(ends)
    if not low <= number <= high:
        return Estimate(number)
    return Estimate(number, Interval(low, high, measured.level, f"from d, {measured.method}"))


def _arithmetic(rule: Rule, premises: Premises, value: Node) -> str:
    """The last step: the rule's expression with its numbers."""
    sign = {"~": "≈", ">=": "≥", "<=": "≤"}.get(rule.relation, "=")
    general = parse(rule.value).text
    symbols = premises.symbols
    parts = []
    if "m" in parse(rule.value).symbols and "q" in symbols:
        parts.append(f"m = {_order(rule, symbols['q'], premises):.4g}")
    if "r" in parse(rule.value).symbols and "p" in symbols:
        s = f"{symbols['s']:g}" if "s" in symbols else "s"
        capped = min(symbols["p"] + 1, symbols.get("s", float("inf")))
        parts.append(f"r = min({symbols['p']:g} + 1, {s}) = {capped:g}")
    chain = f"alpha {sign} {general}"
    if value.text != general:
        chain += f" = {value.text}"
    if value.symbols <= set(symbols) and value.symbols:
        chain += f" = {significant(value.number(symbols), 4)} at d = {symbols.get('d', 0):g}"
    along = f"L ~ {_VARIABLE[premises['variable']]}^(-alpha)"
    return f"{'; '.join([*parts, chain])}; {along}"


def _numbers_in(rule: Rule, premises: Premises) -> set[str]:
    """Names of the numbers that a rule's value was made from."""
    names = parse(rule.value).symbols
    names |= {"p", "s"} if "r" in names else frozenset()
    names |= {"q"} if "m" in names else frozenset()
    names |= {"nu"} if "a" in names else frozenset()
    used = {number.name for number in NUMBERS if number.symbol in names}
    if rule.id == "crossover":
        used.add("residual_over_noise")
    if premises["structure"] == "additive":
        used.add("largest_factor")
    return used


def _always(premises: Premises) -> set[str]:
    return (
        {"regime", "variable", "dimension"}
        if "dimension" in premises.numbers
        else {"regime", "variable"}
    )


def _labelled(label: str, lines: tuple[str, ...] | list[str]) -> list[tuple[str, str]]:
    return [(label if k == 0 else "", line) for k, line in enumerate(lines)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
