"""Which hypotheses survive: known cases, calibration, conclusions, and what is saved."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from lawcast._errors import ArgumentError, SavedFileError, UnknownNameError
from lawcast._values import Estimate, Interval
from lawcast.theory.explain import explain
from lawcast.theory.explanation import Explanation, Standing
from lawcast.theory.hypotheses import HYPOTHESES, Numbers
from lawcast.theory.judging import NEIGHBOUR, Question, judge
from lawcast.theory.measured import Measured, probability_below

BY_ID = {hypothesis.id: hypothesis for hypothesis in HYPOTHESES}
INF = float("inf")
KINKS = explain(1.51, (2.0, 1.95, 2.05), se=0.04, loss="l2", variable="data")
WIDE = explain(0.34, (12.0, 10.0, 14.0), interval=(0.26, 0.44))


def equalities(made: Explanation, outcome: str) -> list[str]:
    return [r.id for r in made.of(outcome) if r.relation == "=" and r.ratio is not None]


def test_a_sharp_measurement_leaves_one_line() -> None:
    assert equalities(KINKS, "survives") == ["3/d"]
    assert equalities(KINKS, "undecided") == []
    assert KINKS.conclusion.startswith("3/d survives.")
    assert "alpha ≥ 4/d fails" in KINKS.conclusion
    assert "alpha ≥ 1/d and alpha ≥ 2/d hold" in KINKS.conclusion


def test_a_wide_measurement_leaves_neighbours_undecided() -> None:
    assert {"3/d", "4/d"} <= set(equalities(WIDE, "undecided"))
    assert equalities(WIDE, "survives") == []
    assert WIDE.conclusion.startswith("Undecided: ")
    assert "3/d" in WIDE.conclusion.split(".")[0]


def test_survival_is_what_the_width_says() -> None:
    for made in (KINKS, WIDE):
        for row in made.rows:
            if row.relation != "=" or row.ratio is None or row.ratio.interval is None:
                continue
            low, high = row.ratio.interval.low, row.ratio.interval.high
            if not low <= 1 <= high:
                assert row.outcome is Standing.EXCLUDED
            elif low > 1 / NEIGHBOUR and high < NEIGHBOUR:
                assert row.outcome is Standing.SURVIVES
            else:
                assert row.outcome is Standing.UNDECIDED
            assert row.p is not None
            assert (row.p < 1 - made.level) == (row.outcome is Standing.EXCLUDED)


def test_neighbouring_lines_never_survive_together() -> None:
    for alpha in np.linspace(0.2, 0.5, 13):
        made = explain(float(alpha), (12.0, 11.8, 12.2), se=0.004)
        assert not {"3/d", "4/d"} <= set(equalities(made, "survives"))


def test_a_number_that_was_not_given_is_implied() -> None:
    implied = KINKS["2ν/d"].implied
    assert implied is not None
    assert (implied.name, implied.estimate.value) == ("nu", pytest.approx(1.51))
    assert implied.estimate.interval is not None
    assert 1.4 < implied.estimate.interval.low < 1.51 < implied.estimate.interval.high < 1.6
    assert KINKS["2ν/d"].outcome is Standing.UNDECIDED
    given = explain(1.51, (2.0, 1.95, 2.05), se=0.04, loss="l2", variable="data", nu=1.5)
    assert given["2ν/d"].outcome is Standing.SURVIVES
    many = explain(1.51, 2.0, se=0.04)["(qs+c)/d"].implied
    assert many is not None
    assert (many.name, many.estimate.value) == ("qs+c", pytest.approx(3.02))


def test_a_number_that_no_value_helps_is_excluded() -> None:
    assert KINKS["2s/(2s+d)"].outcome is Standing.EXCLUDED  # below 1 whatever s
    assert KINKS["2(2ν+d)/d"].outcome is Standing.EXCLUDED  # above 2 whatever nu
    assert KINKS["q(p+1)/d"].outcome is Standing.EXCLUDED  # p = 0.51 is no degree
    low = explain(0.5, (4.0, 3.9, 4.1), se=0.01, variable="data")["2s/(2s+d)"]
    assert low.implied is not None
    assert low.implied.estimate.value == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("name", "alpha", "d", "holding", "failing"),
    [
        ("CIFAR-10", 4 / 17.83, 17.04, ("2/d",), ("4/d",)),
        ("MNIST", 4 / 5.95, 9.38, ("2/d", "4/d"), ()),
        ("Fashion-MNIST", 4 / 10.67, 9.92, ("2/d",), ("4/d",)),
        ("SVHN", 4 / 10.71, 11.43, ("2/d", "4/d"), ()),
    ],
)
def test_published_points_at_face_value(
    name: str, alpha: float, d: float, holding: tuple[str, ...], failing: tuple[str, ...]
) -> None:
    """Sharma & Kaplan 2020 give no intervals, so the bounds are compared and nothing is tested."""
    made = explain(alpha, d, loss="ce", variable="parameters")
    for line in holding:
        assert made[f">= {line}"].note == "holds at face value"
    for line in failing:
        assert made[f">= {line}"].note == "fails at face value"
    assert not made.of("survives")
    assert not made.of("excluded")
    assert {f.code for f in made.findings} == {"T030", "T035"}


def test_gpt_lies_above_both_bounds_and_that_is_no_conflict() -> None:
    made = explain(0.076, (90.0, 90.0, INF), variable="parameters")
    assert made.only_at_least
    assert made[">= 2/d"].note == made[">= 4/d"].note == "holds at face value"
    ratio = made["4/d"].ratio
    assert ratio is not None
    assert ratio.value == pytest.approx(1.71)
    known = explain(0.076, (90.0, 90.0, INF), interval=(0.07, 0.082), variable="parameters")
    assert known[">= 4/d"].outcome is Standing.SURVIVES
    assert known["4/d"].outcome is Standing.EXCLUDED  # even the smallest d gives too little


def test_a_lower_bound_excludes_only_what_no_d_allows() -> None:
    made = explain(0.3, (10.0, 10.0, INF), interval=(0.28, 0.32), variable="data")
    assert made["2/d"].outcome is Standing.EXCLUDED
    assert made["4/d"].outcome is Standing.UNDECIDED  # d = 13.3 would do
    implied = made["4/d"].implied
    assert implied is not None
    assert implied.estimate.value == pytest.approx(4 / 0.3)
    exact = explain(0.3, 10.0, interval=(0.28, 0.32), variable="data")
    assert exact["4/d"].outcome is Standing.EXCLUDED
    assert made["1"].outcome is Standing.EXCLUDED  # d is not in it
    assert "because d is bounded below alone" in made.conclusion


def test_alpha_that_reaches_zero_decides_nothing() -> None:
    made = explain(0.1, 10.0, se=0.1)
    assert {r.outcome for r in made.rows} == {Standing.UNDECIDED}
    assert "T034" in {f.code for f in made.findings}
    assert "no interval above zero" in made.conclusion
    assert made.experiments == ()


def test_what_does_not_fit_is_listed_with_the_reason() -> None:
    made = explain(0.3, 10.0, se=0.01, loss="l1", variable="parameters")
    assert made["8/d"].outcome is Standing.NOT_TESTED
    assert made["8/d"].note == "not for the loss l1"
    assert made["4/(4+d)"].note == "not for the exponent of parameters"
    assert made["q/2"].note == "not for the exponent of parameters"
    assert len(made.rows) == len(HYPOTHESES)
    assert "not for the loss l1" in made.summary()
    low = explain(2.0, 0.9, se=0.1)
    assert low["3/(d−1)"].note == "not for d ≤ 1"
    near = explain(2.0, (1.5, 0.9, 2.5), se=0.1)
    assert near["3/(d−1)"].outcome is Standing.UNDECIDED


def test_nothing_fits() -> None:
    made = explain(0.7, (12.0, 11.9, 12.1), se=0.01, loss="l2", variable="parameters")
    assert made.conclusion.startswith("No line that is known in full fits. The nearest is 6/d")
    assert "T038" in {f.code for f in made.findings}
    width = explain(0.7, 12.0, se=0.01, variable="width")
    assert width.conclusion.startswith("No line fits. The nearest is 1,")


@pytest.mark.parametrize("id", ["4/d", "3/(d-1)", ">= 4/d", "1"])
def test_the_true_hypothesis_is_excluded_at_the_nominal_rate(id: str) -> None:
    """0.10 within three standard errors of 600 worlds, p being uniform in a true hypothesis."""
    rng, hypothesis, d = np.random.default_rng(5), BY_ID[id], 8.0
    curve = hypothesis.curve(Numbers())
    truth = float(curve(np.array([d]))[0])
    z, count, excluded = rng.normal(size=(600, 2)), 600, 0
    for a, b in z:
        alpha, seen = Measured(truth * math.exp(0.05 * a), 0.05, 0.05), d * math.exp(0.04 * b)
        below = probability_below(alpha, Measured(seen, 0.04, 0.04), curve)
        excluded += (1 - below if id[0] == ">" else 2 * min(below, 1 - below)) < 0.1
    assert excluded / count == pytest.approx(0.1, abs=3 * math.sqrt(0.1 * 0.9 / count))


@pytest.mark.slow
@pytest.mark.parametrize(("true", "other"), [("4/d", "3/d"), ("3/d", "4/d")])
@pytest.mark.parametrize("spreads", [(0.03, 0.03), (0.02, 0.1), (0.15, 0.1)])
def test_a_neighbour_rarely_survives(true: str, other: str, spreads: tuple[float, float]) -> None:
    """By construction below (1 - level)/2: its interval would have to miss the truth."""
    rng, (sa, sd), wrong, count = np.random.default_rng(2), spreads, 0, 150
    for a, b in rng.normal(size=(count, 2)):
        alpha = float(true[0]) / 8.0 * math.exp(sa * a)
        question = Question(
            Measured(alpha, sa, sa), Measured(8.0 * math.exp(sd * b), sd, sd), 0.9
        )  # fmt: skip
        wrong += judge(BY_ID[other], question).outcome is Standing.SURVIVES
    assert wrong / count <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / count)


def test_the_same_digits_again() -> None:
    again = explain(1.51, (2.0, 1.95, 2.05), se=0.04, loss="l2", variable="data")
    assert json.dumps(again.to_dict()) == json.dumps(KINKS.to_dict())


@pytest.mark.parametrize("made", [KINKS, WIDE, explain(0.3, (9.0, 9.0, INF), se=0.01)])
def test_saved_and_opened(made: Explanation, tmp_path: Path) -> None:
    text = made.save(tmp_path / "why.json").read_text()
    opened = Explanation.from_dict(json.loads(text))
    assert opened == made
    assert opened.summary() == made.summary()


def test_damage_is_told() -> None:
    data = KINKS.to_dict()
    for broken in (
        data | {"rows": [{}]},
        data | {"schema": "lawcast/fit/1"},
        data | {"schema": "lawcast/explanation/9"},
        data | {"level": 2},
        {k: v for k, v in data.items() if k != "alpha"},
    ):
        with pytest.raises(SavedFileError):
            Explanation.from_dict(broken)


def test_what_is_shown() -> None:
    for made in (KINKS, WIDE):
        assert max(map(len, made.summary().splitlines())) <= 80
        frame = made.to_dataframe()
        assert len(frame) == len(HYPOTHESES)
        assert made.rows[0].outcome in (Standing.SURVIVES, Standing.UNDECIDED)
        assert "<table>" in made._repr_html_()
        assert repr(made).startswith("<Explanation: ")
    with pytest.raises(KeyError):
        KINKS["7/d"]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((0.3, 0.0), {}, "the dimension is a number above 0"),
        ((0.3, -2.0), {}, "the dimension is a number above 0"),
        ((0.3, math.nan), {}, "the dimension is a number, not nan"),
        ((0.3, (12.0, 13.0, 14.0)), {}, "outside its interval"),
        ((0.3, (12.0, 14.0, 10.0)), {}, "the lower end goes first"),
        ((0.3, (12.0, 14.0)), {}, "is a number or"),
        ((0.3, (12.0, -1.0, 14.0)), {}, "a dimension is above 0"),
        ((0.3, "12"), {}, "is a number, not '12'"),
        ((0.0, 12.0), {}, "above 0"),
        ((-0.3, 12.0), {}, "without its minus sign"),
        ((0.3, 12.0), {"level": 1.5}, "a level lies between 0 and 1"),
        ((0.3, 12.0), {"se": 0.1, "interval": (0.2, 0.4)}, "not both"),
        ((0.3, 12.0), {"se": -0.1}, "the standard error"),
        ((0.3, 12.0), {"interval": (0.31, 0.4)}, "outside its interval"),
        ((0.3, 12.0), {"interval": 0.31}, "an interval is"),
        ((0.3, 12.0), {"exponent": "alpha"}, "leave it out for a number"),
        ((0.3, 12.0), {"loss": "lq"}, "needs its power"),
        ((0.3, 12.0), {"loss": "l2", "q": 3.0}, "leave one of them out"),
        ((0.3, 12.0), {"p": 0.5}, "whole number"),
        ((0.3, 12.0), {"s": 0.0}, "smoothness of the target"),
        ((0.3, 12.0), {"nu": math.inf}, "smoothness of the kernel"),
        ((Estimate(0.3, Interval(0.2, 0.4, 0.9, "")), 12.0), {"se": 0.1}, "its own interval"),
    ],
)
def test_bad_input(arguments: tuple[object, ...], options: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        explain(*arguments, **options)  # type: ignore[arg-type]


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match="l2"):
        explain(0.3, 12.0, loss="l22")
    with pytest.raises(UnknownNameError, match="parameters"):
        explain(0.3, 12.0, variable="compute")
