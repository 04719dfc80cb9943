"""Dimensions made by hand, of the kinds that measuring gives, for tests of what is shown."""

import math
from dataclasses import replace

import numpy as np

from lawcast._errors import Finding, Severity
from lawcast._values import Estimate, Interval, Status
from lawcast.geometry.collection import Dimensions
from lawcast.geometry.result import Adequacy, Dimension, Plateau, Sample, Scale

METHOD = "half-samples; shape, bend and unevenness by their signs"
ESTIMATORS = ("combined", "twonn", "twonn-ml", "mle", "gride-2", "extrapolated", "ess")

DUPLICATES = Finding(
    "D003", Severity.WARNING, (3, 17, 1999), "3 of 2,503 rows equal an earlier one (0.12 %) and "
    "are counted once; a distance of zero would void the estimate",
    "find out why rows repeat: overlapping files, oversampling, or discrete data",
)  # fmt: skip
FLATTENED = Finding(
    "D001", Severity.NOTE, (), "the array has 3 axes: its 2,503 items of 28 × 28 were flattened "
    "to 784 numbers each",
)  # fmt: skip


def interval(low: float, high: float) -> Interval:
    return Interval(low, high, 0.90, METHOD)


def scales(
    value: float, bend: float = 0.0, count: int = 2500, first: float = 0.31
) -> tuple[Scale, ...]:
    """Scales 1-2, 2-4, ... up to n/4 for a dimension that falls by ``bend`` an octave."""
    made, low, k = [], 1, 0
    while 2 * low <= count // 4:
        at = value * (1.0 - bend) ** k
        asked = count if low < 64 else 500
        made.append(
            Scale(
                low, 2 * low, first * 2.0 ** (k / value), 0.93 * at, at,
                at / math.sqrt(asked * math.log(1.0 + low)), asked,
            )
        )  # fmt: skip
        low, k = 2 * low, k + 1
    return tuple(made)


def sphere(name: str = "sphere.npy", value: float = 9.81, width: int = 11) -> Dimension:
    """A sample that carries its answer: plateau, interval, no finding."""
    steps = tuple(
        replace(s, value=s.value * (1.0 if i < 5 else 0.86 ** (i - 4)))
        for i, s in enumerate(scales(value))
    )
    generator = np.random.default_rng(0)
    return Dimension(
        value=value,
        interval=interval(0.957 * value, 1.043 * value),
        status=Status("ok", "the sample carries this dimension", True),
        method="combined",
        estimates={
            name: Estimate(
                value * (0.9 + 0.04 * k) if k else value,
                None if name == "ess"
                else interval(value * (0.86 + 0.04 * k), value * (0.94 + 0.04 * k)) if k
                else interval(0.957 * value, 1.043 * value),
            )
            for k, name in enumerate(ESTIMATORS)
        },
        scales=steps,
        plateau=Plateau(0, 4, 0.995 * value),
        adequacy=Adequacy(
            True, f"2,500 points are enough for d = {value:.3g}", 1.06, 0.88, 6.8
        ),
        findings=(),
        local=generator.gamma(20.0, value / 20.0, size=2500),
        local_rows=np.arange(2500),
        sample=Sample(name, 2500, 2500, width, "float64", 2500, seed=0),
        level=0.90,
        draws=64,
    )  # fmt: skip


def images(name: str = "images.npy") -> Dimension:
    """Too few points: bounded below alone, no plateau, findings."""
    generator = np.random.default_rng(1)
    return Dimension(
        value=54.2,
        interval=interval(44.0, 71.3),
        status=Status("too-few", "n is too small for this dimension", False),
        method="combined",
        estimates={
            "combined": Estimate(54.2, interval(44.0, 71.3)),
            "twonn": Estimate(28.1, interval(27.4, 28.9)),
            "extrapolated": Estimate(np.inf),
        },
        scales=scales(47.0, 0.13, 10_000, 5.2),
        plateau=None,
        adequacy=Adequacy(
            False, "d >= 35; this sample cannot bound it above; about n = 4e5 would", 1.92, 0.41,
            8.0, lower=35.0, points_needed=4e5,
        ),
        findings=(DUPLICATES, FLATTENED),
        local=generator.gamma(20.0, 2.0, size=5000),
        local_rows=np.arange(0, 10_000, 2),
        sample=Sample(name, 10_003, 10_000, 3072, "uint8", 5000, seed=0),
        level=0.90,
        draws=64,
    )  # fmt: skip


def boundless() -> Dimension:
    """No finite estimate, no interval."""
    base = images("noise.npy")
    steps = tuple(replace(s, value=np.inf, error=np.nan) for s in base.scales[:3])
    return replace(
        base, value=np.inf, interval=None, draws=0, scales=(*steps, *base.scales[3:]), findings=()
    )


def layers() -> Dimensions:
    """Six layers with the usual hump; one of them is dead."""
    values = {"layer0": 13.1, "layer1": 41.0, "layer2": 63.5, "layer4": 22.4, "layer5": 9.7}
    each = {name: sphere(name, value, 256) for name, value in values.items()}
    each["layer2"] = replace(images("layer2"), findings=())
    dead = {"layer3": "all 2,500 points of layer3 are equal, so there are no distances to measure"}
    return Dimensions(each, "layer", dead, tuple(f"layer{i}" for i in range(6)))


def classes() -> Dimensions:
    """Ten classes; every one has the same note."""
    each = {
        str(digit): sphere(str(digit), 8.0 + 0.6 * ((digit * 7) % 10), 784).with_findings(
            [FLATTENED]
        )
        for digit in range(10)
    }
    return Dimensions(each, "class")
