"""Every exponent that theory has a reason for, with the premises under which it has that reason.

One row is one formula. It may rest on several grounds: 2/d is a piecewise linear fit in L1, and a
piecewise constant one in L2. A ground says which losses and variables it is about, so that a
measured exponent is held only against what could have made it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from lawcast._values import Array
from lawcast.theory.orders import LOSSES
from lawcast.theory.sources import BAHRI, OWN, SHARMA

Relation = Literal["=", ">=", "<="]
Basis = Literal["theorem", "heuristic", "derived", "measured"]


@dataclass(frozen=True)
class Numbers:
    """The numbers of a premise that may be known; None where one is not.

    Args:
        q: power of the loss, or its order where it is no power.
        p: degree of the polynomial that the approximator matches.
        s: smoothness of the target.
        c: codimension of the set where the target is singular.
        nu: smoothness of a Matérn kernel.
        a: decay of a spectrum, or of the frequency of skills: the i-th falls as i^-(1+a).
        ambient: dimension D of the space around the data.
        factor: dimension of the largest factor of an additive target.
    """

    q: float | None = None
    p: float | None = None
    s: float | None = None
    c: float | None = None
    nu: float | None = None
    a: float | None = None
    ambient: float | None = None
    factor: float | None = None

    def missing(self, needs: Iterable[str]) -> tuple[str, ...]:
        """Those of ``needs`` that are not known."""
        return tuple(name for name in needs if getattr(self, name) is None)

    def having(self, name: str, value: float) -> Numbers:
        """The same with one more number."""
        return replace(self, **{name: value})

    def known(self) -> dict[str, float]:
        """Those that are known."""
        return {n: v for n in MEANINGS if (v := getattr(self, n)) is not None}


MEANINGS = MappingProxyType(
    {
        "q": "power of the loss",
        "p": "degree of the approximator",
        "s": "smoothness of the target",
        "c": "codimension of the singular set",
        "nu": "smoothness of the kernel",
        "a": "decay of the spectrum or of the skills",
        "ambient": "dimension of the space around the data",
        "factor": "dimension of the largest factor",
    }
)
"""What each number of :class:`Numbers` means."""

SMALLEST = MappingProxyType(dict.fromkeys(MEANINGS, 0.0))
"""The least that each of them can be."""

FALLING = frozenset({"ambient", "factor"})
"""Numbers with which alpha falls; it rises with the others."""

POWERS = frozenset({"l1", "l2", "l4", "lq", "huber", "kl", "cross-entropy"})
"""Losses of a known order in the residual; ``lq`` stands for every other power."""

_ANY_LOSS = frozenset({*POWERS, "zero-one"})
_NAMES = frozenset(loss.name for loss in LOSSES)


@dataclass(frozen=True)
class Ground:
    """One set of premises under which a formula is the exponent.

    Args:
        premises: approximator, target and noise, in words.
        basis: whether it is proved, argued, computed or seen.
        source: where, with section.
        order: order of the loss that it is about; None for every order.
        losses: the losses that it is about, by name; those of one order may behave differently.
        variables: what the exponent may be about.
        by_loss: the exponents that the same runs show in L1, L2 and L4, up to a common factor;
            None where that is not known.
        clean: whether labels are taken to be free of noise in training.
        under: the same premises as arguments of :func:`lawcast.exponent`; the loss, the variable
            and the numbers that the formula needs come on top. None where no rule covers it.
    """

    premises: str
    basis: Basis
    source: str
    order: float | None = None
    variables: tuple[str, ...] = ("data", "parameters")
    by_loss: tuple[float, float, float] | None = None
    clean: bool = True
    under: Mapping[str, str | float] | None = None
    losses: frozenset[str] = POWERS

    def fits(self, order: float | None, variable: str | None, loss: str | None = None) -> bool:
        """Whether it is about this loss and this variable; None for one that is not known."""
        named = loss is None or (loss if loss in _NAMES else "lq") in self.losses
        ordered = order is None or self.order is None or self.order == order
        return named and ordered and (variable is None or variable in self.variables)


@dataclass(frozen=True)
class Hypothesis:
    """A formula for the exponent.

    Args:
        id: formula with its relation, such as ``"4/d"`` or ``">= 4/d"``.
        formula: as printed.
        value: alpha of d and the numbers.
        grounds: the premises that lead to it.
        relation: of alpha to the value.
        needs: numbers without which it has no value.
        numerator: what a formula of the form (...)/d has above d, where several are missing.
        inverse: where several are missing, the number whose inverse the whole formula is.
        above: smallest d (not included) at which it means something.
        uses_dimension: whether d is in it.
    """

    id: str
    formula: str
    value: Callable[[Array, Numbers], Array]
    grounds: tuple[Ground, ...]
    relation: Relation = "="
    needs: tuple[str, ...] = ()
    numerator: str = ""
    inverse: str = ""
    above: float = 0.0
    uses_dimension: bool = True

    def curve(self, numbers: Numbers) -> Callable[[Array], Array]:
        """alpha as a function of d; infinite where d is too small for the formula."""

        def at(d: Array) -> Array:
            d = np.asarray(d, dtype=float)
            sound = d > self.above
            safe = np.where(sound, d, self.above + 1.0)
            return np.where(sound, self.value(safe, numbers) + 0.0 * safe, math.inf)

        return at

    def fitting(
        self, order: float | None, variable: str | None, loss: str | None = None
    ) -> tuple[Ground, ...]:
        """The grounds that fit what is known of loss and variable."""
        return tuple(ground for ground in self.grounds if ground.fits(order, variable, loss))


def _over_d(numerator: float) -> Callable[[Array, Numbers], Array]:
    return lambda d, n: np.asarray(numerator / d)


def _over_less(numerator: float) -> Callable[[Array, Numbers], Array]:
    return lambda d, n: np.asarray(numerator / (d - 1.0))


def _constant(value: float) -> Callable[[Array, Numbers], Array]:
    return lambda d, n: np.asarray(value + 0.0 * d)


def _known(value: float | None) -> float:
    """A number that :attr:`Hypothesis.needs` promises."""
    return math.nan if value is None else value


def _polynomial(d: Array, n: Numbers) -> Array:
    return np.asarray(_known(n.q) * (_known(n.p) + 1.0) / d)


def _singular(d: Array, n: Numbers) -> Array:
    numerator = _known(n.q) * _known(n.s) + _known(n.c)
    most = math.inf if n.p is None else _known(n.q) * (n.p + 1.0)
    return np.asarray(min(numerator, most) / d)


def _degree(n: Numbers) -> float:
    """r = min(p + 1, s), the order of the residual."""
    return min(_known(n.p) + 1.0, math.inf if n.s is None else n.s)


def _in_ambient(d: Array, n: Numbers) -> Array:
    # data never have more dimensions than the space around them
    return np.asarray(_known(n.q) * _degree(n) / np.maximum(_known(n.ambient), d))


def _in_factor(d: Array, n: Numbers) -> Array:
    return np.asarray(_known(n.q) * _degree(n) / np.minimum(_known(n.factor), d))


_RESOLVED = f"{BAHRI}, section 2.2; {SHARMA}, section 2; nearest neighbours, Delaunay: theorem"
_ORDERS_1, _ORDERS_2, _ORDERS_3 = (1.0, 2.0, 4.0), (2.0, 4.0, 8.0), (3.0, 6.0, 12.0)
_KINKS, _ROUGH, _FLAT = (2.0, 3.0, 5.0), (1.5, 3.0, 6.0), (1.0, 1.0, 1.0)
_BOTH, _DATA = ("data", "parameters"), ("data",)


def _constant_fit(order: float) -> Ground:
    return Ground(
        "piecewise constant or nearest neighbour, noise-free, gradient of the target not zero",
        "heuristic", _RESOLVED, order, by_loss=_ORDERS_1,
        under={"approximator": "piecewise-constant"},
    )  # fmt: skip


def _linear_fit(order: float) -> Ground:
    return Ground(
        "piecewise linear, noise-free, target C² with a curvature that is not zero",
        "heuristic", _RESOLVED, order, by_loss=_ORDERS_2,
        under={"approximator": "piecewise-linear"},
    )  # fmt: skip


def _quadratic_fit(order: float) -> Ground:
    return Ground(
        "piecewise quadratic, noise-free, target C³", "heuristic", _RESOLVED, order,
        by_loss=_ORDERS_3, under={"approximator": "piecewise-quadratic"},
    )  # fmt: skip


def _kinks(order: float) -> Ground:
    return Ground(
        "piecewise linear and not adaptive, noise-free, target with kinks (a ReLU teacher)",
        "measured", f"{OWN}: min(q(p+1), qs+c)/d with s = c = 1", order, _BOTH, _KINKS,
        under={"approximator": "piecewise-linear", "target": "relu-network"},
    )  # fmt: skip


def _wide_teacher(order: float) -> Ground:
    return Ground(
        "piecewise linear or matched kernel, noise-free, ReLU teacher of infinite width (s = 3/2)",
        "derived", f"{OWN}: qs/d with s = 3/2", order, _BOTH, _ROUGH,
        under={"approximator": "piecewise-linear", "target": "relu-process"},
    )  # fmt: skip


_NOISE_ORDER = f"{OWN}: averaged over noise every loss is of order 2 in a small residual"
_NOISY_POWERS = frozenset({"l1", "l4", "lq"})  # in L2 noise in the test labels changes nothing
_ZERO_ONE = frozenset({"zero-one"})
_UNEVEN = frozenset({"l1", "l4", "lq"})  # the lines of order 2 have rows of their own
_LINEAR_MODEL = frozenset({"l1", "l2", "l4", "lq", "huber"})
_SKEWED = frozenset({"l1", "l4", "lq", "huber"})
_PIECES = {
    "constant": "piecewise constant or nearest neighbour",
    "linear": "piecewise linear",
    "quadratic": "piecewise quadratic",
    "polynomial": "polynomial of degree p in each cell",
}


def _noisy(
    pieces: str, target: str = "a smooth target", under: Mapping[str, str | float] | None = None
) -> tuple[Ground, ...]:
    """2r/d: noise in the test labels far above the residual, and the Bayes rule missed."""
    told = {"approximator": f"piecewise-{pieces}", **(under or {})}
    return (
        Ground(
            f"{_PIECES[pieces]}, {target}, noise in the test labels far above the residual",
            "derived", _NOISE_ORDER, None, by_loss=_FLAT, under={**told, "noise": "test-labels"},
            losses=_NOISY_POWERS,
        ),
        Ground(
            f"{_PIECES[pieces]}, {target}, noisy labels, the error of the Bayes rule subtracted",
            "derived", f"{OWN}: 2|x| integrated over the strip that is flipped", None,
            under={**told, "noise": "labels"}, losses=_ZERO_ONE,
        ),
    )  # fmt: skip


def _first_order(
    pieces: str, target: str = "a smooth target", under: Mapping[str, str | float] | None = None
) -> tuple[Ground, ...]:
    """r/d: the share of wrong classes, and noise whose middle is not the target."""
    told = {"approximator": f"piecewise-{pieces}", **(under or {})}
    return (
        Ground(
            f"{_PIECES[pieces]}, {target}, clean labels, a smooth boundary between classes",
            "heuristic", f"{OWN}: points within h^r of the boundary are wrong", None,
            under=told, losses=_ZERO_ONE,
        ),
        Ground(
            f"{_PIECES[pieces]}, {target}, skewed noise in the test labels far above the residual",
            "derived", f"{OWN}: a term of first order survives", None, by_loss=(1.0, 2.0, 1.0),
            under={**told, "noise": "test-labels", "noise_shape": "skewed"}, losses=_SKEWED,
        ),
    )  # fmt: skip


_TEACHER: Mapping[str, str | float] = MappingProxyType({"target": "relu-process"})
_WIDE = "a ReLU teacher of infinite width (s = 3/2)"
_ROUGH_TARGET: Mapping[str, str | float] = MappingProxyType({"target": "rough", "degree": 9.0})
_OF_S = "a target of smoothness s < p + 1"

HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(
        ">= 1/d", "1/d", _over_d(1.0), relation=">=",
        grounds=(Ground("f and target Lipschitz, f interpolates, noise-free", "theorem",
                        f"{BAHRI}, theorems 2 and 3", under={"loss": "lipschitz"}),),
    ),
    Hypothesis(
        ">= 2/d", "2/d", _over_d(2.0), relation=">=",
        grounds=(Ground("f and target Lipschitz uniformly in the size, f interpolates, noise-free",
                        "theorem", f"{BAHRI}, theorems 2 and 3, squared", 2.0,
                        under={"approximator": "lipschitz"}),),
    ),
    Hypothesis(
        ">= 4/d", "4/d", _over_d(4.0), relation=">=",
        grounds=(Ground("piecewise linear, noise-free, target C²", "heuristic",
                        f"{SHARMA}, section 2; Delaunay: theorem", 2.0,
                        under={"approximator": "piecewise-linear", "coefficient": "any"}),),
    ),
    Hypothesis("1/d", "1/d", _over_d(1.0), grounds=(_constant_fit(1.0), *_first_order("constant"))),
    Hypothesis("3/(2d)", "3/(2d)", _over_d(1.5),
               grounds=(_wide_teacher(1.0), *_first_order("linear", _WIDE, _TEACHER))),
    Hypothesis(
        "2/d", "2/d", _over_d(2.0),
        grounds=(_constant_fit(2.0), _linear_fit(1.0), *_noisy("constant"),
                 *_first_order("linear")),
    ),
    Hypothesis(
        "3/d", "3/d", _over_d(3.0),
        grounds=(_kinks(2.0), _wide_teacher(2.0), _quadratic_fit(1.0),
                 *_noisy("linear", _WIDE, _TEACHER), *_first_order("quadratic")),
    ),
    Hypothesis("4/d", "4/d", _over_d(4.0),
               grounds=(_linear_fit(2.0), _constant_fit(4.0), *_noisy("linear"))),
    Hypothesis("5/d", "5/d", _over_d(5.0), grounds=(_kinks(4.0),)),
    Hypothesis("6/d", "6/d", _over_d(6.0),
               grounds=(_quadratic_fit(2.0), _wide_teacher(4.0), *_noisy("quadratic"))),
    Hypothesis("8/d", "8/d", _over_d(8.0), grounds=(_linear_fit(4.0),)),
    Hypothesis(
        "3/(d-1)", "3/(d−1)", _over_less(3.0), above=1.0,
        grounds=(Ground("homogeneous learner, ReLU teacher without bias, noise-free", "measured",
                        f"{OWN}: bias-free kernels on the cube", 2.0, _DATA, _ROUGH,
                        under={"approximator": "homogeneous-kernel",
                               "target": "bias-free-process"}),),
    ),
    Hypothesis(
        "4/(d-1)", "4/(d−1)", _over_less(4.0), above=1.0,
        grounds=(Ground("piecewise linear learner that finds a homogeneous target, noise-free",
                        "heuristic", f"{OWN}: 4/d with one direction less", 2.0, _BOTH,
                        _ORDERS_2),),
    ),
    Hypothesis(
        "q(p+1)/d", "q(p+1)/d", _polynomial, needs=("q", "p"), numerator="q(p+1)",
        grounds=(Ground("polynomial of degree p in each cell, noise-free, target smooth to order "
                        "p + 1", "heuristic", f"{SHARMA}, section 2 (p = 1); {OWN}",
                        under={"approximator": "piecewise-polynomial"}),),
    ),
    Hypothesis(
        "qs/d", "qs/d", lambda d, n: np.asarray(_known(n.q) * _known(n.s) / d), needs=("q", "s"),
        numerator="qs",
        grounds=(Ground("target of smoothness s < p + 1 everywhere, noise-free", "theorem",
                        "approximation theory, worst case; exact for a Gaussian process", None,
                        _BOTH, _ORDERS_1,
                        under={"approximator": "minimax", "target": "rough"}),
                 Ground("noisy labels, target of smoothness s, the loss at infinite data less its "
                        "noise", "heuristic", "DeVore, Howard & Micchelli 1989", 2.0,
                        ("parameters",), under={"approximator": "minimax", "noise": "labels",
                                                "target": "rough"},
                        losses=frozenset({"l2", "huber", "kl", "cross-entropy"})),
                 Ground("kernel smoother than the target, a closed manifold, noise-free",
                        "derived", "Spigler, Geiger & Wyart 2020", None, _DATA, _ORDERS_1,
                        under={"approximator": "kernel", "target": "rough", "nu": 50.0})),
    ),
    Hypothesis(
        "(qs+c)/d", "(qs+c)/d", _singular, needs=("q", "s", "c"), numerator="qs+c",
        grounds=(Ground("target like dist^s near a set of codimension c, approximator not "
                        "adaptive, noise-free", "measured", f"{OWN}: min(q(p+1), qs+c)/d", None,
                        _BOTH, under={"approximator": "piecewise-polynomial",
                                      "target": "singular"}),),
    ),
    Hypothesis(
        "(p+1)/d", "(p+1)/d", lambda d, n: np.asarray((_known(n.p) + 1) / d), needs=("p",),
        grounds=_first_order("polynomial"),
    ),
    Hypothesis(
        "s/d", "s/d", lambda d, n: np.asarray(_known(n.s) / d), needs=("s",),
        grounds=_first_order("polynomial", _OF_S, _ROUGH_TARGET),
    ),
    Hypothesis(
        "2(p+1)/d", "2(p+1)/d", lambda d, n: np.asarray(2 * (_known(n.p) + 1) / d), needs=("p",),
        grounds=_noisy("polynomial"),
    ),
    Hypothesis(
        "2s/d", "2s/d", lambda d, n: np.asarray(2 * _known(n.s) / d), needs=("s",),
        grounds=_noisy("polynomial", _OF_S, _ROUGH_TARGET),
    ),
    Hypothesis(
        "2s/(2s+d)", "2s/(2s+d)", lambda d, n: np.asarray(2 * _known(n.s) / (2 * _known(n.s) + d)),
        needs=("s",),
        grounds=(Ground("noisy training labels, target of smoothness s, worst case", "theorem",
                        "Stone 1982", 2.0, _DATA, clean=False,
                        under={"approximator": "minimax", "noise": "training-labels",
                               "target": "rough"}),),
    ),
    Hypothesis(
        "4/(4+d)", "4/(4+d)", lambda d, n: np.asarray(4.0 / (4.0 + d)),
        grounds=(Ground("noisy training labels, target C² and no smoother, worst case", "theorem",
                        "Stone 1982, s = 2", 2.0, _DATA, clean=False,
                        under={"approximator": "minimax", "noise": "training-labels",
                               "target": "rough", "smoothness": 2.0}),),
    ),
    Hypothesis(
        "1", "1", _constant(1.0), uses_dimension=False,
        grounds=(
            Ground("variance-limited: the other size is fixed and its limit is subtracted",
                   "theorem", f"{BAHRI}, theorem 1; L1: {OWN}", None, _DATA, _FLAT,
                   clean=False, under={"regime": "variance"}),
            Ground("variance-limited: the data are fixed and the limit of infinite width is "
                   "subtracted", "heuristic", f"{BAHRI}, section 2.1", None, ("width",), _FLAT,
                   clean=False, under={"regime": "variance"}),
            Ground("variance-limited, model linear in its parameters", "derived",
                   f"{BAHRI}, section 2.1", None, ("parameters",), _FLAT, clean=False,
                   under={"regime": "variance", "approximator": "linear-features"},
                   losses=_LINEAR_MODEL),
            Ground("well-specified model, noisy training labels, clean test labels", "theorem",
                   f"{OWN}: regular parametric models", 2.0, _DATA, _ORDERS_1, clean=False,
                   under={"regime": "variance", "limit": "well-specified"},
                   losses=_LINEAR_MODEL),
        ),
    ),
    Hypothesis(
        "1/2", "1/2", _constant(0.5), uses_dimension=False,
        grounds=(
            Ground("variance-limited in the parameters of a deep net, whose number grows as the "
                   "square of the width", "heuristic", f"{BAHRI}, section 2.1", None,
                   ("parameters",), _FLAT, clean=False,
                   under={"regime": "variance", "approximator": "relu-network"}),
            Ground("well-specified model, noisy training labels, clean test labels", "theorem",
                   f"{OWN}: regular parametric models", 1.0, _DATA, _ORDERS_1, clean=False,
                   under={"regime": "variance", "limit": "well-specified"}),
        ),
    ),
    Hypothesis(
        "q/2", "q/2", lambda d, n: np.asarray(_known(n.q) / 2 + 0.0 * d), needs=("q",),
        uses_dimension=False,
        grounds=(Ground("well-specified model, noisy training labels, clean test labels",
                        "theorem", f"{OWN}: regular parametric models", None, _DATA, _ORDERS_1,
                        clean=False, under={"regime": "variance", "limit": "well-specified"},
                        losses=frozenset({"l4", "lq"})),),
    ),
    Hypothesis(
        "a_K = 2nu/d", "2ν/d", lambda d, n: np.asarray(2 * _known(n.nu) / d), needs=("nu",),
        grounds=(Ground("matched Matérn kernel: the target is drawn from the kernel, noise-free",
                        "derived", f"{BAHRI}, section 2.3; Bordelon et al. 2020", 2.0, _BOTH,
                        _ORDERS_1, under={"approximator": "kernel", "target": "matched"}),),
    ),
    Hypothesis(
        "2(2nu+d)/d", "2(2ν+d)/d", lambda d, n: np.asarray(2 * (2 * _known(n.nu) + d) / d),
        needs=("nu",),
        grounds=(Ground("Matérn kernel, smooth target, closed manifold, noise-free", "derived",
                        "Spigler, Geiger & Wyart 2020", 2.0, _DATA, _ORDERS_1,
                        under={"approximator": "kernel", "domain": "closed"}),),
    ),
    Hypothesis(
        "(2nu+d+1)/d", "(2ν+d+1)/d", lambda d, n: np.asarray((2 * _known(n.nu) + d + 1) / d),
        needs=("nu",),
        grounds=(Ground("Matérn kernel, smooth target, domain with a boundary, noise-free",
                        "measured", f"{OWN}: layer of width h at the boundary", 2.0, _DATA,
                        under={"approximator": "kernel", "domain": "bounded"}),),
    ),
    Hypothesis(
        "<= 4s/d", "4s/d", lambda d, n: np.asarray(4 * _known(n.s) / d), relation="<=",
        needs=("s",),
        grounds=(Ground("deep ReLU nets, weights chosen discontinuously; approximation alone, no "
                        "training", "theorem", "Yarotsky 2018", 2.0, ("parameters",),
                        under={"approximator": "free-network", "target": "rough"}),),
    ),
    Hypothesis(
        "3q/(2(d-1))", "3q/(2(d−1))",
        lambda d, n: np.asarray(1.5 * _known(n.q) / (d - 1.0)), above=1.0, needs=("q",),
        grounds=(Ground("homogeneous learner, ReLU teacher without bias, noise-free", "derived",
                        f"{OWN}: residual D^(-(3/2)/(d-1))", None, _DATA, _ROUGH,
                        under={"approximator": "homogeneous-kernel",
                               "target": "bias-free-process"}, losses=_UNEVEN),),
    ),
    Hypothesis(
        "qnu/d", "qν/d", lambda d, n: np.asarray(_known(n.q) * _known(n.nu) / d),
        needs=("q", "nu"), numerator="qν",
        grounds=(Ground("matched Matérn kernel: the target is drawn from the kernel, noise-free",
                        "derived", f"{BAHRI}, section 2.3; Bordelon et al. 2020", None, _BOTH,
                        _ORDERS_1, under={"approximator": "kernel", "target": "matched"},
                        losses=_UNEVEN),),
    ),
    Hypothesis(
        "q(2nu+d)/d", "q(2ν+d)/d",
        lambda d, n: np.asarray(_known(n.q) * (2 * _known(n.nu) + d) / d), needs=("q", "nu"),
        numerator="q(2ν+d)",
        grounds=(Ground("Matérn kernel, smooth target, closed manifold, noise-free", "derived",
                        "Spigler, Geiger & Wyart 2020", None, _DATA, _ORDERS_1,
                        under={"approximator": "kernel", "domain": "closed"}, losses=_UNEVEN),),
    ),
    Hypothesis(
        "(q(nu+d/2)+1)/d", "(q(ν+d/2)+1)/d",
        lambda d, n: np.asarray((_known(n.q) * (_known(n.nu) + d / 2) + 1) / d),
        needs=("q", "nu"), numerator="q(ν+d/2)+1",
        grounds=(Ground("Matérn kernel, smooth target, domain with a boundary, noise-free",
                        "measured", f"{OWN}: layer of width h at the boundary", None, _DATA,
                        under={"approximator": "kernel", "domain": "bounded"}, losses=_UNEVEN),),
    ),
    Hypothesis(
        "qr/D", "qr/D", _in_ambient, needs=("q", "p", "ambient"), inverse="ambient/(qr)",
        grounds=(Ground("polynomial pieces, noise in the input that is wider than the points lie "
                        "apart, r = min(p + 1, s)", "measured",
                        f"{OWN}: noise fills every direction of the space around the data", None,
                        _BOTH, under={"approximator": "piecewise-polynomial",
                                      "noise": "input"}),),
    ),
    Hypothesis(
        "qr/factor", "qr/factor", _in_factor, needs=("q", "p", "factor"), inverse="factor/(qr)",
        grounds=(Ground("additive target, a learner that finds the sum, noise-free, "
                        "r = min(p + 1, s)", "heuristic", f"{SHARMA}, section 2",
                        under={"approximator": "piecewise-polynomial", "structure": "additive"}),),
    ),
    Hypothesis(
        "qa/2", "qa/2", lambda d, n: np.asarray(_known(n.q) * _known(n.a) / 2 + 0.0 * d),
        needs=("q", "a"), inverse="2/(qa)", uses_dimension=False,
        grounds=(Ground("linear features or a kernel whose spectrum falls as i^-(1+a), matched "
                        "target, noise-free", "derived",
                        f"{BAHRI}, section 2.2; Maloney et al. 2022", None, _BOTH, _ORDERS_1,
                        under={"approximator": "linear-features", "target": "matched"}),),
    ),
    Hypothesis(
        "a", "a", lambda d, n: np.asarray(_known(n.a) + 0.0 * d), needs=("a",),
        uses_dimension=False,
        grounds=(Ground("skills of frequency k^-(1+a), the most frequent learned first", "derived",
                        "Michaud et al. 2023", None, ("parameters",),
                        under={"regime": "discrete"}, losses=_ANY_LOSS),
                 Ground("capacity shared among tasks, where a is the slower of the two decays",
                        "derived", "Brill 2024", None, ("parameters",),
                        under={"regime": "mixed", "b": 9.0}, losses=_ANY_LOSS)),
    ),
    Hypothesis(
        "a/(1+a)", "a/(1+a)", lambda d, n: np.asarray(_known(n.a) / (1 + _known(n.a)) + 0.0 * d),
        needs=("a",), uses_dimension=False,
        grounds=(Ground("skills of frequency k^-(1+a), each learned once it was seen often enough",
                        "derived", "Michaud et al. 2023; Hutter 2021", None, _DATA,
                        under={"regime": "discrete"}, losses=_ANY_LOSS),),
    ),
)  # fmt: skip
"""Every hypothesis, in the order in which they are shown."""
