"""The premises of an exponent: what they may be, what is assumed where they are left out.

An exponent without its premises is where false conclusions begin, so every answer of this room
carries all of them: those that were given and those taken by default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Estimate, Interval
from lawcast.theory.orders import LOSSES
from lawcast.theory.variables import VARIABLES

DEFAULT = " (default)"
"""Marks a premise that was not given."""


@dataclass(frozen=True)
class Option:
    """One value of a premise.

    Args:
        name: the value.
        meaning: what it says.
        aliases: other words for it.
        implies: numbers that come with it, such as the degree of a piecewise-linear fit.
    """

    name: str
    meaning: str
    aliases: tuple[str, ...] = ()
    implies: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Premise:
    """A premise that takes one of several values; the first is taken where none is given.

    Args:
        name: the argument.
        meaning: what it is about.
        options: its values.
    """

    name: str
    meaning: str
    options: tuple[Option, ...]

    @property
    def default(self) -> str:
        """The value taken where none is given."""
        return self.options[0].name

    def option(self, value: object) -> Option:
        """The option of that name or alias.

        Raises:
            UnknownNameError: there is none.
        """
        wanted = " ".join(str(value).lower().replace("_", "-").split()).replace(" ", "-")
        for option in self.options:
            if wanted == option.name or wanted in option.aliases:
                return option
        raise UnknownNameError(self.name, str(value), [option.name for option in self.options])


@dataclass(frozen=True)
class Number:
    """A premise that is a number.

    Args:
        name: the argument.
        symbol: how formulas write it.
        meaning: what it is, with its unit.
        above: it must be greater than this.
        whole: it must be a whole number.
        in_formulas: whether its symbol stands for it in formulas.
    """

    name: str
    symbol: str
    meaning: str
    above: float = 0.0
    whole: bool = False
    in_formulas: bool = True

    def check(self, value: object) -> float:
        """The value as a float.

        Raises:
            ArgumentError: not such a number.
        """
        if isinstance(value, bool) or not isinstance(value, Real):
            raise ArgumentError(f"{self.name}= is a number ({self.meaning}), not {value!r}")
        number = float(value)
        if not (number > self.above and math.isfinite(number)):
            raise ArgumentError(
                f"{self.name}={number:g} makes no sense: {self.meaning}, above {self.above:g}"
            )
        if self.whole and not number.is_integer():
            raise ArgumentError(f"{self.name}={number:g} must be a whole number: {self.meaning}")
        return number


PREMISES = (
    Premise("regime", "what limits the loss", (
        Option("resolution", "the distance between points (or the size of pieces) limits it",
               ("resolution-limited",)),
        Option("variance", "the fluctuation around the limit of one infinite resource",
               ("variance-limited",)),
        Option("discrete", "skills are learned one by one, in order of their Zipf frequency",
               ("quanta", "zipf")),
        Option("mixed", "capacity is shared among many small tasks, each with its own power law",
               ("mixture",)),
    )),
    Premise("variable", "the size along which the loss falls", (
        Option("data", "training points D", VARIABLES["data"]),
        Option("parameters", "parameters P (or N)", VARIABLES["parameters"]),
        Option("width", "width w of a network at the same data", VARIABLES["width"]),
    )),
    Premise("loss", "the test loss", tuple(
        Option(loss.name, loss.meaning, loss.aliases,
               {"q": loss.order} if loss.order is not None else None) for loss in LOSSES)),
    Premise("approximator", "what is fitted", (
        Option("lipschitz", "any fit that interpolates and is Lipschitz, uniformly in its size",
               ("any", "interpolator"), {"p": 0}),
        Option("piecewise-constant", "constant pieces, 1-nearest-neighbour",
               ("constant", "1-nn", "nn", "nearest-neighbour", "nearest-neighbor"), {"p": 0}),
        Option("piecewise-linear", "linear pieces with fixed places: Delaunay, local linear",
               ("linear", "delaunay", "local-linear"), {"p": 1}),
        Option("piecewise-quadratic", "quadratic pieces: local quadratic",
               ("quadratic", "local-quadratic"), {"p": 2}),
        Option("piecewise-polynomial", "polynomial pieces; needs degree=p",
               ("polynomial", "local-polynomial")),
        Option("relu-network", "a trained ReLU network: linear pieces that it places itself",
               ("network", "mlp", "neural-network", "deep-network", "relu"), {"p": 1}),
        Option("free-network", "the best deep ReLU network there is, found or not: depth grows "
               "with its size, weights may jump as the target changes", ("yarotsky", "deep-relu")),
        Option("kernel", "interpolation with a Matérn kernel; needs nu= (Laplace is 0.5)",
               ("matern", "matérn", "gaussian-process", "gp", "kernel-ridge")),
        Option("homogeneous-kernel", "arc-cosine kernel without bias: f(cx) = c f(x)",
               ("arc-cosine", "bias-free-kernel")),
        Option("linear-features", "linear regression on fixed or random features",
               ("random-features", "linear-model")),
        Option("minimax", "the best method for the worst target of its smoothness",
               ("optimal", "best")),
    )),
    Premise("target", "the function to learn", (
        Option("smooth", "at least p + 1 derivatives everywhere", ("analytic", "c2", "c^2")),
        Option("rough", "smoothness s everywhere, no more; needs smoothness=", ("gp-target",)),
        Option("singular", "smooth but for |distance|^s to a set of codimension c; needs "
               "smoothness= and codimension=", ("isolated", "isolated-singularities")),
        Option("relu-network", "a ReLU network of finite width: kinks (s = 1, c = 1)",
               ("relu-teacher", "kinked", "kinks"), {"s": 1, "c": 1}),
        Option("relu-process", "a ReLU network of infinite width: a Gaussian process, s = 3/2",
               ("wide-relu-teacher", "arc-cosine-process"), {"s": 1.5}),
        Option("bias-free-process", "the same without biases: homogeneous, f(cx) = c f(x)",
               ("bias-free-relu-teacher",), {"s": 1.5}),
        Option("matched", "drawn from the prior that the approximator assumes", ()),
    )),
    Premise("noise", "where there is noise", (
        Option("none", "nowhere", ("noise-free", "clean", "no")),
        Option("test-labels", "in the labels of the test points only", ("test", "test-label")),
        Option("training-labels", "in the labels of the training points, tests are clean",
               ("training", "train", "training-label", "train-labels")),
        Option("labels", "in the labels of training and test points", ("label", "both")),
        Option("input", "in the inputs, thicker than the distance between points; the target is a "
               "function of the noisy input", ("inputs", "input-noise")),
    )),
    Premise("residual", "the residual beside the noise", (
        Option("below-noise", "far below the noise: the limit of large sizes", ("small", "below")),
        Option("above-noise", "far above the noise: small sizes", ("large", "above")),
    )),
    Premise("noise_shape", "the noise beside the loss", (
        Option("symmetric", "the target is the minimiser of the test loss", ("gaussian",)),
        Option("skewed", "the target is the mean, the loss has another minimiser", ()),
    )),
    Premise("floor", "the irreducible part of the loss", (
        Option("subtracted", "subtracted before the slope is taken", ("known",)),
        Option("raw", "left in", ("kept", "not-subtracted", "unsubtracted")),
    )),
    Premise("probabilities", "of the classes, for KL and cross-entropy", (
        Option("off-zero", "bounded away from 0", ()),
        Option("touching-zero", "0 on a set of positive measure", ("zero",)),
    )),
    Premise("coefficient", "the leading coefficient of the loss", (
        Option("generic", "does not vanish: gradient or Hessian of the target are not 0", ()),
        Option("any", "may vanish, so that only a bound holds", ("bound", "worst-case")),
    )),
    Premise("limit", "of the infinite resource, in the variance regime", (
        Option("misspecified", "the limit still has a loss almost everywhere", ("generic",)),
        Option("well-specified", "the limit is the target itself, tests are clean and training "
               "labels noisy", ("realizable", "realisable")),
    )),
    Premise("sampling", "how points are drawn", (
        Option("quasi-uniform", "i.i.d. from a density bounded below on a compact manifold",
               ("uniform", "iid", "compact")),
        Option("gaussian", "from a Gaussian: unbounded support", ("normal", "unbounded")),
    )),
    Premise("domain", "of a kernel method", (
        Option("closed", "a closed manifold, such as a torus or a sphere", ("torus", "sphere")),
        Option("bounded", "a domain with a boundary, such as a cube", ("cube", "boundary")),
    )),
    Premise("structure", "of the target on a product of manifolds", (
        Option("none", "none, or the learner does not use it", ("joint", "unused")),
        Option("additive", "a sum over the factors, and the learner is additive or finds it; "
               "needs largest_factor=", ("sum", "used")),
    )),
)  # fmt: skip
"""The premises that take a value from a list, with the default first."""

NUMBERS = (
    Number("dimension", "d", "intrinsic dimension of the data (a measured one may be 2.5)"),
    Number("power", "q", "power q of the loss |f - F|^q"),
    Number("degree", "p", "degree of the local polynomial", above=-1, whole=True),
    Number("smoothness", "s", "smoothness of the target", above=-0.5),
    Number("codimension", "c", "codimension of the set where the target is singular", whole=True),
    Number("nu", "nu", "smoothness of the Matérn kernel, 0.5 for Laplace"),
    Number("a", "a", "exponent of the frequencies p_k ~ k^-(1+a), or of the spectrum (a_K)"),
    Number("b", "b", "exponent at which one task is learned"),
    Number("ambient", "D", "dimension of the space that the data lies in"),
    Number(
        "largest_factor", "d_max", "dimension of the largest factor of a product", in_formulas=False
    ),
    Number("classes", "classes", "number of classes", above=1, whole=True, in_formulas=False),
    Number(
        "residual_over_noise", "ratio", "residual over the noise, delta / sigma", in_formulas=False
    ),
)
"""The premises that are numbers."""

PREMISE = {premise.name: premise for premise in PREMISES}
"""The same by name."""

NUMBER = {number.name: number for number in NUMBERS}
"""The same by name."""


@dataclass(frozen=True)
class Premises:
    """Premises, each with a value.

    Args:
        chosen: premise -> its value.
        numbers: number -> its value; those not given are absent.
        given: names of the premises that were given; the others are defaults.
        dimension: d with its interval where it was measured; None where it was not given.
    """

    chosen: Mapping[str, str]
    numbers: Mapping[str, float]
    given: frozenset[str]
    dimension: Estimate | None = None

    def __getitem__(self, name: str) -> str:
        return self.chosen[name]

    def option(self, name: str) -> Option:
        """The option taken for a premise."""
        return PREMISE[name].option(self.chosen[name])

    @property
    def symbols(self) -> dict[str, float]:
        """Symbol -> number: those given and those that an option implies."""
        symbols: dict[str, float] = {}
        for name in self.chosen:
            symbols.update(self.option(name).implies or {})
        for name, value in self.numbers.items():
            if NUMBER[name].in_formulas:
                symbols[NUMBER[name].symbol] = value
        if self["structure"] == "additive" and "largest_factor" in self.numbers:
            symbols["d"] = self.numbers["largest_factor"]
        return symbols

    def with_choice(self, **changes: Any) -> Premises:
        """The same with other values, checked again."""
        given: dict[str, Any] = {name: self.chosen[name] for name in self.given & set(self.chosen)}
        given.update(self.numbers)
        if self.dimension is not None:
            given["dimension"] = self.dimension
        given.update(changes)
        return make_premises(**{name: value for name, value in given.items() if value is not None})

    def told(self, names: Iterable[str] | None = None) -> tuple[tuple[str, str], ...]:
        """(name, value) pairs for people; defaults are marked."""
        rows = []
        for premise in PREMISES:
            if names is None or premise.name in names:
                option = self.option(premise.name)
                told = premise.name in self.given or option.name != premise.default
                mark = "" if told else DEFAULT
                rows.append((premise.name.replace("_", " "), f"{option.name}{mark}"))
        for name, value in self.numbers.items():
            if names is None or name in names:
                rows.append((name.replace("_", " "), f"{NUMBER[name].symbol} = {value:g}"))
        return tuple(rows)


def make_premises(**given: Any) -> Premises:
    """Premises from arguments; None means not given.

    Raises:
        UnknownNameError: a premise or value that is not known.
        ArgumentError: a number that makes no sense, or premises that contradict each other.
    """
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in PREMISE and name not in NUMBER:
            raise UnknownNameError("premise", name, [*PREMISE, *NUMBER])
    chosen = {
        name: _one_option(premise, given[name]) if name in given else premise.default
        for name, premise in PREMISE.items()
    }
    numbers: dict[str, float] = {}
    dimension: Estimate | None = None
    for name, number in NUMBER.items():
        if name not in given:
            continue
        if name == "dimension":
            dimension = dimension_of(given[name])
            numbers[name] = dimension.value
        else:
            numbers[name] = number.check(given[name])
    premises = Premises(chosen, numbers, frozenset(given), dimension)
    premises = _settle(premises)
    _refuse_conflicts(premises)
    return premises


def completed(symbols: Mapping[str, float]) -> dict[str, float]:
    """Symbols with those that follow from them: m = q, r = min(p + 1, s), a = 2 nu/d, sigma = 1."""
    full = {"sigma": 1.0, **symbols}
    if "q" in full:
        full["m"] = full["q"]
    if "p" in full:
        full["r"] = min(full["p"] + 1, full.get("s", math.inf))
    if "a" not in full and {"nu", "d"} <= set(full):
        full["a"] = 2 * full["nu"] / full["d"]
    return full


def dimension_of(value: Any) -> Estimate:
    """A dimension with its interval: from a number, an Estimate or anything with both.

    Raises:
        ArgumentError: not a positive number.
    """
    interval = None
    if not isinstance(value, Real) and hasattr(value, "value"):
        found = getattr(value, "interval", None)
        interval = found if isinstance(found, Interval) else None
        value = value.value
    return Estimate(NUMBER["dimension"].check(value), interval)


def _one_option(premise: Premise, value: Any) -> str:
    """One value, or several that come to one (noise in test and training labels)."""
    if isinstance(value, str) and "," in value:
        value = [part for part in value.split(",") if part.strip()]
    if isinstance(value, (list, tuple, set, frozenset)):
        names = {premise.option(part).name for part in value}
        if premise.name == "noise" and names in (
            {"test-labels", "training-labels"},
            {"test-labels", "training-labels", "labels"},
            {"test-labels", "labels"},
            {"training-labels", "labels"},
        ):
            return "labels"
        if len(names) != 1:
            raise ArgumentError(
                f"{premise.name}= has values that contradict each other: "
                f"{', '.join(sorted(names))}; give one"
            )
        return next(iter(names))
    return premise.option(value).name


def _settle(premises: Premises) -> Premises:
    """Write out what one premise says of another: a smoothness below p + 1 is a rough target."""
    chosen = dict(premises.chosen)
    numbers = premises.numbers
    if "target" not in premises.given and "smoothness" in numbers:
        if "codimension" in numbers:
            chosen["target"] = "singular"
        elif not numbers["smoothness"] >= premises.symbols.get("p", math.inf) + 1:
            chosen["target"] = "rough"
    if "regime" not in premises.given and chosen["variable"] == "width":
        chosen["regime"] = "variance"  # a width at the same data says nothing of resolution
    if "noise" not in premises.given and chosen["limit"] == "well-specified":
        chosen["noise"] = "training-labels"
    return replace(premises, chosen=chosen)


def _refuse_conflicts(premises: Premises) -> None:
    """All contradictions at once.

    Raises:
        ArgumentError: there is one.
    """
    wrong = [sentence for clashes, sentence in CONFLICTS if clashes(premises)]
    if wrong:
        raise ArgumentError("; ".join(wrong))


def _implied(premises: Premises, name: str, number: str, symbol: str) -> bool:
    """Whether an option brings a number that another one given contradicts."""
    implied = (premises.option(name).implies or {}).get(symbol)
    return (
        implied is not None and number in premises.numbers and premises.numbers[number] != implied
    )


def premise_lines(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Labelled lines of premises: those given, one a line, then all defaults in one.

    Args:
        pairs: (name, value), as :meth:`Premises.told` gives them.
    """
    pairs = list(pairs)
    given = [f"{name}: {value}" for name, value in pairs if not value.endswith(DEFAULT)]
    taken = [f"{name} {value.removesuffix(DEFAULT)}" for name, value in pairs
             if value.endswith(DEFAULT)]  # fmt: skip
    lines = [("" if k else "Premises", line) for k, line in enumerate(given)]
    return lines + ([("Defaults", ", ".join(taken))] if taken else [])


POLYNOMIAL = frozenset(
    {"piecewise-constant", "piecewise-linear", "piecewise-quadratic", "piecewise-polynomial"}
)
"""Approximators made of polynomial pieces with fixed places."""

CONFLICTS: tuple[tuple[Callable[[Premises], object], str], ...] = (
    (lambda p: _implied(p, "loss", "power", "q"),
     "loss= names a power of its own, power= says another; write loss=\"lq\" with power="),
    (lambda p: p["loss"] == "lq" and "power" not in p.numbers,
     "loss=\"lq\" needs its power: power=3"),
    (lambda p: _implied(p, "approximator", "degree", "p"),
     "approximator= names a degree of its own, degree= says another; write "
     "approximator=\"piecewise-polynomial\" with degree="),
    (lambda p: p["approximator"] == "piecewise-polynomial" and "degree" not in p.numbers,
     "approximator=\"piecewise-polynomial\" needs degree= (0 constant, 1 linear, 2 quadratic)"),
    (lambda p: p["target"] in ("rough", "singular") and "smoothness" not in p.numbers,
     "a rough or singular target needs its smoothness="),
    (lambda p: p["target"] == "singular" and "codimension" not in p.numbers,
     "a singular target needs codimension= of the set where it is singular (1 for a surface)"),
    (lambda p: p["target"] != "singular" and "codimension" in p.numbers,
     "codimension= belongs to target=\"singular\": it counts the directions away from the set"),
    (lambda p: p["target"] in ("relu-network", "relu-process", "bias-free-process")
     and "smoothness" in p.numbers,
     "this target brings its own smoothness; leave smoothness= out, or give target=\"rough\""),
    (lambda p: p["noise"] == "none" and {"residual", "noise_shape", "residual_over_noise"} & p.given
     and "noise" in p.given,
     "noise=\"none\" contradicts a premise about the noise; say where the noise is"),
    (lambda p: p["noise"] == "none" and "residual_over_noise" in p.numbers
     and "noise" not in p.given,
     "residual_over_noise= needs to know where the noise is: noise=\"test-labels\""),
    (lambda p: p["limit"] == "well-specified" and p["noise"] == "none",
     "a well-specified limit with noise-free labels is reached exactly at D >= P: there is no "
     "power law; give noise=\"training-labels\""),
    (lambda p: p["limit"] == "well-specified" and p["noise"] in ("test-labels", "labels"),
     "limit=\"well-specified\" means clean tests and noisy training labels: "
     "noise=\"training-labels\""),
    (lambda p: p["limit"] == "well-specified" and p["regime"] != "variance",
     "limit= is about the variance regime: give regime=\"variance\""),
    (lambda p: p["variable"] == "width" and p["regime"] != "variance",
     "width is a variable of the variance regime; for resolution give variable=\"parameters\""),
    (lambda p: p["approximator"] == "kernel" and p["regime"] == "resolution"
     and "nu" not in p.numbers and not (p["target"] == "matched" and "a" in p.numbers),
     "a kernel needs nu= (0.5 for Laplace), or a= of its spectrum with target=\"matched\""),
    (lambda p: p["noise"] == "input" and "ambient" not in p.numbers,
     "noise in the input fills the space around the data: give its dimension, ambient="),
    (lambda p: "ambient" in p.numbers and "dimension" in p.numbers
     and p.numbers["ambient"] < p.numbers["dimension"],
     "ambient= is smaller than dimension=: data cannot have more dimensions than its space"),
    (lambda p: p["structure"] == "additive" and "largest_factor" not in p.numbers,
     "an additive target needs the dimension of its largest factor: largest_factor="),
    (lambda p: "largest_factor" in p.numbers and "dimension" in p.numbers
     and p.numbers["largest_factor"] > p.numbers["dimension"],
     "largest_factor= is larger than dimension=, the sum over all factors"),
    (lambda p: p["target"] == "singular" and "dimension" in p.numbers
     and p.numbers["codimension"] > p.numbers["dimension"],
     "codimension= is larger than dimension="),
    (lambda p: p["target"] == "smooth" and "smoothness" in p.numbers
     and p.numbers["smoothness"] < p.symbols.get("p", -1) + 1,
     "a smooth target has at least p + 1 derivatives; with a smaller smoothness= give "
     "target=\"rough\""),
)  # fmt: skip
"""(test, sentence) pairs: premises that contradict each other, or lack a number."""
