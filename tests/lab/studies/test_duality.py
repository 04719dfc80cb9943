"""The study of duality."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.learners.features import PowerLawWorld
from lawcast.lab.running import run_study
from lawcast.lab.studies.duality import STUDY, latent_count
from lawcast.theory.verdict import Outcome


def test_both_exponents_are_that_of_the_spectrum_and_the_losses_agree() -> None:
    found = run_study(STUDY, workers=1, spectra=1.0, samples=[16, 64, 128], seeds=2)
    alpha = [one for one in found.readings if one.name == "alpha"]
    assert [one.expected for one in alpha] == [1.0, 1.0]
    for one in alpha:
        assert one.measured.value == pytest.approx(1.0, rel=0.05)
    ratios = [one.measured.value for one in found.readings if one.name == "ratio"]
    assert ratios == pytest.approx([1.0] * 3, abs=0.05)


def test_a_steeper_spectrum_has_a_larger_exponent() -> None:
    found = run_study(STUDY, workers=1, spectra=1.5, samples=[32, 128], seeds=1)
    alpha = [one for one in found.readings if one.name == "alpha"]
    assert [one.expected for one in alpha] == [1.5, 1.5]
    assert [one.measured.value for one in alpha] == pytest.approx([1.5, 1.5], rel=0.1)


def test_the_world_is_large_enough_for_its_spectrum() -> None:
    for a in (0.5, 1.0):
        variances = PowerLawWorld(latent_count(a, 0.05) * 4, a).variances
        cut = variances[latent_count(a, 0.05) :].sum() + (len(variances) ** -a) / a
        assert cut / (128**-a / a) == pytest.approx(0.05, rel=0.01)
    with pytest.raises(ArgumentError, match=r"tails=\["):
        latent_count(0.1, 0.01)


def test_few_rows_of_many_features_miss_what_qr_says() -> None:
    world, rng = PowerLawWorld(400, 1.5), np.random.default_rng(0)
    points, teacher = world.sample(60, rng), rng.standard_normal(400)
    basis = np.linalg.qr(points.T)[0]
    missed = teacher - basis @ (basis.T @ teacher)
    assert world.data_loss(points, teacher) == pytest.approx(world.variances @ missed**2, rel=1e-9)


def test_the_same_seed_gives_the_same_numbers() -> None:
    axes: dict[str, Any] = {"spectra": 1.0, "samples": [64, 128], "seeds": 1, "tails": 0.2}
    first, again = (run_study(STUDY, workers=1, rng=5, **axes).readings for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"spectra": 0.0}, "above 0"),
        ({"spectra": 0.1}, "latent features"),
        ({"tails": 0.9}, "most of the loss"),
        ({"samples": 256}, "at most 128"),
    ],
)
def test_bad_axes_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        STUDY.grid(STUDY.values("quick", axes))


@pytest.mark.slow
def test_the_standard_preset_agrees_with_theory() -> None:
    found = run_study(STUDY, "standard", workers=1)
    assert Outcome.FAILS not in {verdict.outcome for verdict in found.verdicts}
    for one in found.readings:
        assert one.measured.value == pytest.approx(one.expected, rel=0.05)
