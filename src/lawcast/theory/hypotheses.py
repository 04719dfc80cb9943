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
    """

    q: float | None = None
    p: float | None = None
    s: float | None = None
    c: float | None = None
    nu: float | None = None

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
    }
)
"""What each number of :class:`Numbers` means."""

SMALLEST = MappingProxyType({"q": 0.0, "p": 0.0, "s": 0.0, "c": 0.0, "nu": 0.0})
"""The least that each of them can be."""


@dataclass(frozen=True)
class Ground:
    """One set of premises under which a formula is the exponent.

    Args:
        premises: approximator, target and noise, in words.
        basis: whether it is proved, argued, computed or seen.
        source: where, with section.
        order: order of the loss that it is about; None for every order.
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

    def fitting(self, order: float | None, variable: str | None) -> tuple[Ground, ...]:
        """The grounds that fit what is known of loss and variable."""
        return tuple(
            ground
            for ground in self.grounds
            if (order is None or ground.order is None or ground.order == order)
            and (variable is None or variable in ground.variables)
        )


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
        "measured", f"{OWN}: min(q(p+1), qs+c)/d with s = c = 1", order, _DATA, _KINKS,
        under={"approximator": "piecewise-linear", "target": "relu-network"},
    )  # fmt: skip


def _wide_teacher(order: float) -> Ground:
    return Ground(
        "piecewise linear or matched kernel, noise-free, ReLU teacher of infinite width (s = 3/2)",
        "derived", f"{OWN}: 2s/d with s = 3/2", order, _DATA, _ROUGH,
        under={"approximator": "piecewise-linear", "target": "relu-process"},
    )  # fmt: skip


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
    Hypothesis("1/d", "1/d", _over_d(1.0), grounds=(_constant_fit(1.0),)),
    Hypothesis("3/(2d)", "3/(2d)", _over_d(1.5), grounds=(_wide_teacher(1.0),)),
    Hypothesis("2/d", "2/d", _over_d(2.0), grounds=(_constant_fit(2.0), _linear_fit(1.0))),
    Hypothesis(
        "3/d", "3/d", _over_d(3.0),
        grounds=(_kinks(2.0), _wide_teacher(2.0), _quadratic_fit(1.0)),
    ),
    Hypothesis("4/d", "4/d", _over_d(4.0), grounds=(_linear_fit(2.0), _constant_fit(4.0))),
    Hypothesis("5/d", "5/d", _over_d(5.0), grounds=(_kinks(4.0),)),
    Hypothesis("6/d", "6/d", _over_d(6.0), grounds=(_quadratic_fit(2.0), _wide_teacher(4.0))),
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
                        under={"approximator": "minimax", "target": "rough"}),),
    ),
    Hypothesis(
        "(qs+c)/d", "(qs+c)/d", _singular, needs=("q", "s", "c"), numerator="qs+c",
        grounds=(Ground("target like dist^s near a set of codimension c, approximator not "
                        "adaptive, noise-free", "measured", f"{OWN}: min(q(p+1), qs+c)/d", None,
                        _DATA, under={"approximator": "piecewise-polynomial",
                                      "target": "singular"}),),
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
                   under={"regime": "variance", "approximator": "linear-features"}),
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
)  # fmt: skip
"""Every hypothesis, in the order in which they are shown."""
