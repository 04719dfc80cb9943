"""The registered claims: what is said of scaling exponents, each put to the test.

A claim holds one or more statements under premises, and names the study that decides it by
experiment. No verdict is written here: :func:`lawcast.check_claim` works it out from the rules,
and ``lawcast.verify_claim`` from a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lawcast._errors import UnknownNameError
from lawcast.theory.arithmetic import (
    gpt_contradicts,
    limit_is_free,
    papers_argue,
    published_models,
    tail_sum,
)
from lawcast.theory.verdict import Verdict

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One statement of a claim.

    Args:
        text: see :mod:`lawcast.theory.statements`.
        premises: premise -> value, or a list of values to run over.
    """

    text: str
    premises: Given = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A registered claim.

    Args:
        id: its number.
        statement: what is said, as people say it.
        parts: what it means; all of it must hold.
        why: the reason behind the verdict, for people.
        source: where the claim or its answer is written.
        study: the study that decides it by experiment; empty where none can.
        decide: works the verdict out where statements cannot say the claim; it gets the premises
            that the caller changes.
    """

    id: str
    statement: str
    parts: tuple[Part, ...]
    why: str
    source: str
    study: str = ""
    decide: Callable[[Given], Verdict] | None = None


def _p(text: str, **premises: Any) -> Part:
    return Part(text, premises)


_PIECES = ["piecewise-constant", "piecewise-linear"]
_KERNEL = {"loss": "l2", "approximator": "kernel"}

CLAIMS: tuple[Claim, ...] = (
    Claim("1", "The papers argue alpha >= 4/d in general for L2", (),
          "their general order-2 exponent is 2/d; 4/d is stated for piecewise-linear fits alone",
          "[B] Theorem 2 and section 2.2; [S] section 2", decide=papers_argue),
    Claim("2", "alpha >= 2/d for every order-2 loss, without noise, on compact support",
          (_p("alpha >= 2/d", loss=["l2", "huber", "kl"],
              approximator=["lipschitz", "piecewise-constant", "piecewise-linear",
                            "piecewise-quadratic"]),),
          "the residual is at most K h, and its square has no logarithm in the mean",
          "[B] Theorem 2 with an order-2 loss; derived here", "interpolation"),
    Claim("3", "Piecewise-constant fits have alpha >= 4/d in L2",
          (_p("alpha >= 4/d", loss="l2", approximator="piecewise-constant"),),
          "the 2 of 2/d already is the square of the loss", "[B] section 2.2", "interpolation"),
    Claim("4", "The loss is minimal at a training point, so alpha = 2/d for every loss",
          (_p("in general, alpha = 2/d", approximator="piecewise-constant",
              loss=["l1", "l2", "l4"]),),
          "it is minimal in f, not in x: L1 keeps its first order", "derived here",
          "interpolation"),
    Claim("5", "In L1 piecewise-constant fits have 1/d and piecewise-linear ones 2/d",
          (_p("alpha = 1/d", loss="l1", approximator="piecewise-constant"),
           _p("alpha = 2/d", loss="l1", approximator="piecewise-linear")),
          "L1 is of order 1", "derived here", "interpolation"),
    Claim("6", "A piecewise-linear fit of a C^2 target has 4/d in L2",
          (_p("alpha = 4/d", loss="l2", approximator="piecewise-linear", smoothness=2),),
          "the residual is h^2, the loss its square", "[S] section 2; [B] section 2.2",
          "delaunay"),
    Claim("7", "The variance-limited exponent is 1 in L1 and in L2",
          (_p("alpha(l1) = 1 and alpha(l2) = 1", regime="variance"),),
          "both terms of the expansion are of order 1/x", "[B] Theorem 1; L1 derived here",
          "variance-data"),
    Claim("8", "The variance-limited exponent is 2 in L2, because the loss is squared",
          (_p("alpha = 2", regime="variance", loss="l2"),),
          "E delta^2 itself is of order 1/x", "[B] Theorem 1", "variance-data"),
    Claim("9", "L1 is smooth at 0 and behaves as L2 everywhere",
          (_p("alpha(l1) = alpha(l2)", approximator=_PIECES),),
          "only after a floor of noise is subtracted", "derived here", "test-noise"),
    Claim("10", "With the floor of noisy test labels subtracted, L1 scales as L2",
          (_p("alpha(l1) = alpha(l2)", noise="test-labels", approximator=_PIECES),),
          "E|delta + noise| - E|noise| = p(0) delta^2", "derived here", "test-noise"),
    Claim("11", "Most real models have alpha >= 4/d, some only 2/d < alpha < 4/d", (),
          "read off the published table, which gives no intervals", "[S], table of data sets",
          decide=published_models),
    Claim("12", "The alpha of GPT, above 4/d, contradicts the theory", (),
          "theory bounds alpha from below, and an entropy floor only raises it",
          "[S] section on language models", decide=gpt_contradicts),
    Claim("13", "Subtracting sigma^2 from the L2 loss of any model leaves a clean power law",
          (_p("in general, floor = sigma^2", noise="labels", loss="l2",
              approximator=[*_PIECES, "minimax"]),),
          "interpolators repeat the noise of their labels", "derived here", "label-noise"),
    Claim("14", "Piecewise-linear fits have 8/d in L4",
          (_p("alpha = 8/d", loss="l4", approximator="piecewise-linear"),),
          "order 4 without noise", "derived here", "interpolation"),
    Claim("15", "alpha depends on the ambient dimension",
          (_p("alpha changes with ambient", loss="l2", approximator="piecewise-constant",
              dimension=2),),
          "h follows the intrinsic dimension; thick noise changes that", "[B] section 2.2",
          "ambient"),
    Claim("16", "Grouping classes into super-classes changes alpha_D",
          (_p("alpha changes with classes", loss="zero-one", approximator="piecewise-constant"),),
          "the boundary keeps its dimension", "[B], figure of super-classes", "superclass"),
    Claim("17", "Noise in the inputs leaves alpha_D unchanged",
          (_p("alpha(noise=input) = alpha(noise=none)", loss="l2", ambient=100,
              approximator="piecewise-constant"),),
          "noise thicker than h fills the ambient space", "[B], figure of noisy CIFAR-10",
          "input-noise"),
    Claim("18", "alpha_D = alpha_P = a_K for any target",
          (_p("alpha_D = alpha_P and alpha_D = a_K", target="smooth", **_KERNEL),),
          "only a matched target has a_K; a smooth one has 2(2 nu + d)/d",
          "Spigler et al. 1905.10843", "kernels"),
    Claim("19", "For matched power-law random features alpha_D = alpha_P = a_K",
          (_p("alpha_D = a_K and alpha_P = a_K", loss="l2", approximator="linear-features",
              target="matched"),),
          "points and features enter alike", "[B] section 2.2", "duality"),
    Claim("20", "The variance-limited exponent in parameters is 1 for deep networks",
          (_p("alpha_P = 1", regime="variance", loss="l2", approximator="relu-network"),),
          "it is 1 in the width, and P ~ w^2", "[B] section 2.1", "variance-parameters"),
    Claim("21", "A smoother kernel always raises alpha",
          (_p("in general, alpha increases with nu", target="rough", smoothness=1, **_KERNEL),),
          "the smoothness of the target caps it", "Spigler et al. 1905.10843", "kernels"),
    Claim("22", "A random ReLU teacher gives 4/d in the data",
          (_p("alpha = 4/d", loss="l2", approximator="piecewise-linear",
              target=["relu-network", "relu-process"]),),
          "kinks, and the infinite-width limit, both give 3/d to fits with fixed places",
          "derived here", "teachers"),
    Claim("23", "The bias-free teacher has intrinsic dimension d for learning",
          (_p("alpha = 3/d", loss="l2", approximator=["piecewise-linear", "homogeneous-kernel"],
              target="bias-free-process", dimension=[2, 3, 4, 6]),),
          "d for local learners, d - 1 for homogeneous ones", "derived here", "teachers"),
    Claim("24", "An additive target on a product scales with the total dimension",
          (_p("alpha = 2/d", loss="l2", approximator="piecewise-constant", dimension=3,
              largest_factor=1, structure=["none", "additive"]),),
          "so it does for joint learners; additive ones see the largest factor",
          "[S] section 2", "products"),
    Claim("25", "KL and cross-entropy minus entropy have the exponent of L2",
          (_p("alpha(kl) = alpha(l2) and alpha(cross-entropy) = alpha(l2)",
              approximator=_PIECES),),
          "KL starts at delta^2/(2 f)", "[S] section 2", "cross-entropy"),
    Claim("26", "Cross-entropy is a power law to 0 without subtracting the entropy",
          (_p("alpha > 0", loss="cross-entropy", floor="raw", approximator=_PIECES),),
          "its floor is the entropy", "derived here", "cross-entropy"),
    Claim("27", "alpha_D exceeds 1 only in the variance-limited regime",
          (_p("in general, alpha_D <= 1", loss="l2", approximator=_PIECES),),
          "4/d > 1 for d < 4", "derived here", "interpolation"),
    Claim("28", "With noisy training labels 4/d in D is still guaranteed for C^2 targets",
          (_p("alpha >= 4/d", loss="l2", noise="training-labels", approximator="minimax",
              smoothness=2),),
          "the worst C^2 target has 4/(4 + d)", "Stone 1982", "label-noise"),
    Claim("29", "4/d is an upper bound in L2",
          (_p("in general, alpha <= 4/d", loss="l2"),),
          "quadratic pieces have 6/d, kernels more", "derived here", "interpolation"),
    Claim("30", "Every target rougher than C^2 still gives 4/d to piecewise-linear fits in L2",
          (_p("in general, alpha = 4/d", loss="l2", approximator="piecewise-linear",
              target=["rough", "singular"], smoothness=[0.5, 1.0, 1.5]),),
          "2s/d if it is rough everywhere, min(4, 2s + c)/d if in isolated places",
          "derived here", "singularities"),
    Claim("31", "sum over i > D of i^-(1+a) is about a D^-a for all a > 0", (),
          "it is D^-a / a: they agree at a = 1 alone", "integral; [B] prints the prefactor a",
          decide=tail_sum),
    Claim("32", "0-1 error has the exponent of an order-2 loss",
          (_p("alpha(zero-one) = alpha(l2)", approximator="piecewise-constant"),),
          "it measures the layer at the boundary: order 1; order 2 for the excess over Bayes",
          "derived here", "superclass"),
    Claim("33", "TwoNN is unbiased at d = 50", (),
          "at finite n the edge of the data bends it down", "Facco et al. 2017, Scientific Reports 7:12140", "dimension-bias"),
    Claim("34", "A free floor costs nothing in the precision of alpha", (),
          "floor and exponent are partly the same shape", "derived here", decide=limit_is_free),
    Claim("35", "In the quanta model the data exponent equals the parameter exponent",
          (_p("alpha_D = alpha_P", regime="discrete"),),
          "a/(1+a) against a: a skill must be seen before it is learned",
          "Michaud et al. 2303.13506", "quanta"),
)  # fmt: skip
"""Every registered claim."""


def claim_named(id: str) -> Claim:
    """The claim of that number.

    Raises:
        UnknownNameError: there is none.
    """
    wanted = str(id).strip().lstrip("#")
    for claim in CLAIMS:
        if claim.id == wanted:
            return claim
    raise UnknownNameError("claim", str(id), [claim.id for claim in CLAIMS])
