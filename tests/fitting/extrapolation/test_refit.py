"""The constants re-fitted on a user's own table."""

from __future__ import annotations

import numpy as np

from curves_to_forecast import many_curves
from lawcast.fitting.extrapolation.calibration import Calibration, shipped
from lawcast.fitting.extrapolation.curve import Curve, prepare_curve
from lawcast.fitting.extrapolation.families import LAWS
from lawcast.fitting.extrapolation.metrics import make_metric
from lawcast.fitting.extrapolation.refit import hold_out, refit, roll_curve
from lawcast.fitting.extrapolation.rolling import Rolling

LOSS = make_metric("loss")


def curves_of(columns: dict[str, np.ndarray]) -> list[Curve]:
    names = dict.fromkeys(columns["curve"].tolist())
    return [
        prepare_curve(
            columns["tokens"][columns["curve"] == name],
            columns["loss"][columns["curve"] == name],
            metric=LOSS,
            name=name,
        )
        for name in names
    ]


def refitted(curves: list[Curve]) -> tuple[Calibration, tuple[Rolling, ...]]:
    rule = shipped().rule
    return refit(curves, [roll_curve(curve, rule) for curve in curves], shipped())


def test_own_scores_keep_their_promise_on_new_curves_of_the_same_kind() -> None:
    made, _ = refitted(curves_of(many_curves(30, seed=1, size=30)))
    assert made.curves == 30
    covered = []
    for curve in curves_of(many_curves(50, seed=2, size=30)):
        one = hold_out(curve, made.rule)
        assert one is not None
        half = made.half_width(one.difficulty, 0.9)
        covered.append(np.mean(np.abs(one.error) <= half))
    # curve-wise errors are strongly correlated: 50 curves bound the coverage to about 8 points
    assert 0.8 <= np.mean(covered) <= 1.0


def test_law_weights_move_a_little_and_sum_to_one() -> None:
    made, _ = refitted(curves_of(many_curves(20, size=30)))
    weights = made.rule.law_weights
    np.testing.assert_allclose(sum(weights.values()), 1.0)
    assert set(weights) == set(LAWS)
    packaged = shipped().rule.law_weights
    assert weights != packaged
    assert all(0.4 < weights[law] / packaged[law] < 2.5 for law in LAWS)


def test_too_few_long_curves_keep_the_packaged_constants() -> None:
    curves = curves_of(many_curves(30, size=6))
    made, rollings = refitted(curves)
    assert made is shipped()
    assert all(rolling.cuts == () or len(rolling.cuts) < 3 for rolling in rollings)


def test_the_held_out_end_is_the_last_doubling() -> None:
    curve = curves_of(many_curves(1))[0]
    one = hold_out(curve, shipped().rule)
    assert one is not None
    assert one.difficulty.reach.min() > 1.0
    assert one.difficulty.reach.max() <= 2.3
    changed = prepare_curve(
        curve.x, np.where(curve.x > curve.x_max / 2, 9.0, curve.value), metric=LOSS
    )
    other = hold_out(changed, shipped().rule)
    assert other is not None
    # the end is not used for the forecast: only the truth moved
    np.testing.assert_allclose(other.difficulty.typical_error, one.difficulty.typical_error)


def test_the_late_weight_follows_the_table() -> None:
    """Curves of one exact form want their whole past; curves that drift want their end alone."""
    exact, _ = refitted(curves_of(many_curves(20, seed=5, size=30)))
    assert exact.rule.power < shipped().rule.power
    rng = np.random.default_rng(0)
    x = np.geomspace(1e8, 1e10, 40)
    drifting = []
    for i in range(20):
        wave = 0.15 * np.sin(1.3 * np.log(x / 1e8) + i)
        y = 2.0 * np.exp(-0.1 * np.log(x / 1e8) + wave + rng.normal(0, 0.003, 40))
        drifting.append(prepare_curve(x, y, metric=LOSS, name=str(i)))
    made, _ = refitted(drifting)
    assert made.rule.power > shipped().rule.power
