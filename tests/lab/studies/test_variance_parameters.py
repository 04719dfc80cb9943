"""The study of variance-limited scaling in the parameters."""

from __future__ import annotations

from typing import Any

import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.running import run_study
from lawcast.lab.studies.variance_parameters import STUDY, measure
from lawcast.lab.study import Streams
from lawcast.theory.verdict import Outcome


def test_the_loss_nears_that_of_the_kernel_as_one_over_p_minus_d() -> None:
    found = run_study(STUDY, workers=1, params=[256, 1024, 4096], seeds=6)
    clean = {one.at["loss"]: one for one in found.readings if one.name == "alpha"}
    plain = {one.at["loss"]: one for one in found.readings if one.name == "slope against P"}
    for loss in ("l1", "l2"):
        assert clean[loss].expected == 1
        assert clean[loss].measured.value == pytest.approx(1, abs=0.07)
        assert plain[loss].measured.value > clean[loss].measured.value
        assert plain[loss].expected is None
    assert Outcome.FAILS not in {verdict.outcome for verdict in found.verdicts}


def test_more_features_come_nearer_to_the_same_limit() -> None:
    rows = []
    for params in (128, 2048):
        config = {"samples": 16, "params": params, "seed": 0}
        rows.append(measure(config, Streams(0, STUDY.name, config)))
    few, many = rows
    assert few["limit_l2"] == many["limit_l2"]
    assert abs(many["l2"] - many["limit_l2"]) < abs(few["l2"] - few["limit_l2"]) / 4


def test_the_same_seed_gives_the_same_numbers() -> None:
    axes: dict[str, Any] = {"params": [128, 256], "seeds": 2, "workers": 1}
    assert run_study(STUDY, rng=1, **axes).readings == run_study(STUDY, rng=1, **axes).readings
    assert run_study(STUDY, rng=1, **axes).readings != run_study(STUDY, rng=2, **axes).readings


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"params": 40}, "P of 2 D or more"),
        ({"params": 0}, "number of features"),
        ({"samples": 1e3}, "number of training points"),
    ],
)
def test_bad_axes_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        STUDY.grid(STUDY.values("quick", axes))
