from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawcast._errors import UnknownNameError
from lawcast.fitting.losses import (
    LOSSES,
    make_loss,
    robust_spread,
    with_robust_scale,
)

SCALED = {"log-huber": 1e-3, "student-t": 0.02, "asymmetric": 2e-3}


def losses():
    return [make_loss(name, SCALED.get(name)) for name in LOSSES]


@pytest.mark.parametrize("loss", losses(), ids=lambda loss: loss.name)
@given(r=st.floats(-0.5, 0.5))
def test_psi_and_curvature_are_derivatives(loss, r: float) -> None:
    step = 1e-7
    kinks = [0.0, SCALED["asymmetric"], -SCALED["asymmetric"], 1e-3, -1e-3]
    if min(abs(r - kink) for kink in kinks) < 1e-6:
        return  # the second derivative jumps here
    ends = np.array([r - step, r, r + step])
    rho, psi, curvature = loss.rho(ends), loss.psi(ends), loss.curvature(ends)
    assert (rho[2] - rho[0]) / (2 * step) == pytest.approx(psi[1], rel=1e-5, abs=1e-8)
    assert (psi[2] - psi[0]) / (2 * step) == pytest.approx(float(curvature[1]), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("loss", losses(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_solver_gets_the_same_three_functions(loss, kind) -> None:
    r = np.linspace(-0.0103, 0.0111, 43).reshape(1, -1).astype(kind)
    room = np.empty_like(r), np.empty_like(r)
    rho, psi, curvature = loss.derivatives(r.copy(), *room)
    close = {
        "rtol": 1e-4 if kind is np.float32 else 1e-12,
        "atol": 1e-7 if kind is np.float32 else 0,
    }
    np.testing.assert_allclose(rho, loss.rho(r), **close)
    np.testing.assert_allclose(psi, loss.psi(r), **close)
    np.testing.assert_allclose(np.broadcast_to(curvature, r.shape), loss.curvature(r), **close)


@pytest.mark.parametrize("loss", losses(), ids=lambda loss: loss.name)
def test_losses_are_zero_at_zero_and_grow(loss) -> None:
    r = np.array([0.0, 1e-4, 1e-3, 1e-2, 1e-1])
    for side in (r, -r):
        rho = loss.rho(side)
        assert rho[0] == 0.0
        assert (np.diff(rho) > 0).all()
    assert (loss.majorant(np.concatenate([r, -r])) > 0).all()


def test_the_asymmetric_loss_weighs_runs_above_the_curve_less() -> None:
    loss = make_loss("asymmetric")
    above, below = loss.rho(np.array([-0.01, 0.01]))  # r = log prediction - log observed
    assert above == pytest.approx(0.1 * below)


def test_huber_is_linear_beyond_delta() -> None:
    loss = make_loss("log-huber", 0.5)
    assert loss.rho(np.array([0.5, 2.5])) == pytest.approx([0.125, 1.125])
    assert loss.scale == 0.5
    assert make_loss("log-huber").scale == 1e-3


def test_bad_names_and_scales() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'log-huber'"):
        make_loss("log-hubert")
    for scale in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="positive number"):
            make_loss("log-huber", scale)
    with pytest.raises(ValueError, match="has no scale"):
        make_loss("l2", 1.0)


def test_the_robust_scale_is_that_of_a_normal() -> None:
    residuals = 0.03 * np.random.default_rng(0).standard_normal(20_001)
    residuals[:100] = 5.0
    assert robust_spread(residuals) == pytest.approx(0.03, rel=0.03)
    assert with_robust_scale(make_loss("student-t"), residuals).scale == robust_spread(residuals)
    assert with_robust_scale(make_loss("student-t"), np.zeros(9)).scale == 1e-8
    huber = make_loss("log-huber")
    assert with_robust_scale(huber, residuals) is huber
