"""Exponents and dimensions in every form, real fits and dimensions among them."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import lawcast as lc
from cli.conftest import sweep_rows
from geometry.dimensions_made import boundless, images, layers, sphere
from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Estimate, HasDimension, HasParameters, Interval, Status
from lawcast.fitting.result import Fit
from lawcast.theory.given import read_alpha, read_dimension


@functools.cache
def surface() -> Fit:
    frame = pd.DataFrame(sweep_rows(), columns=["params", "tokens", "loss"])
    return lc.fit(lc.read_runs(frame), law="chinchilla", bootstrap=60, diagnosis=False)


@functools.cache
def curve(law: str, column: str) -> Fit:
    x = np.geomspace(1e6, 1e9, 16)
    noise = np.random.default_rng(0).normal(0.0, 0.003, x.size)
    frame = pd.DataFrame({column: x, "loss": (1.0 + 40.0 * x**-0.3) * np.exp(noise)})
    runs = lc.read_runs(frame, columns=[] if column in ("params", "tokens") else [column])
    return lc.fit(runs, law=law, variable=column, bootstrap=60, diagnosis=False)


def codes(given: object) -> set[str]:
    return {finding.code for finding in given.findings}  # type: ignore[attr-defined]


def test_fits_and_dimensions_satisfy_the_protocols() -> None:
    fit, dimension = surface(), sphere()
    assert isinstance(fit, HasParameters)
    assert isinstance(dimension, HasDimension)
    assert not isinstance(fit, HasDimension)
    assert not isinstance(dimension, HasParameters)
    assert not isinstance(Estimate(0.3), (HasParameters, HasDimension))
    as_fit: HasParameters = fit  # for the type checker
    as_dimension: HasDimension = dimension
    assert as_fit.law.exponents == ("alpha", "beta")
    assert as_dimension.adequacy is not None


@pytest.mark.parametrize(
    ("exponent", "variable", "column"),
    [("alpha", "parameters", "params"), ("beta", "data", "tokens")],
)
def test_an_exponent_of_a_surface(exponent: str, variable: str, column: str) -> None:
    given = read_alpha(surface(), exponent=exponent)
    assert given.estimate == surface().parameters[exponent]
    assert (given.name, given.variable, given.known) == (exponent, variable, True)
    assert given.sweep is not None
    assert (given.sweep.column, given.sweep.runs) == (column, 20)
    assert codes(given) == set()


def test_several_exponents_are_not_guessed() -> None:
    with pytest.raises(ArgumentError, match=r'alpha \(params\) and beta \(tokens\).*exponent="a'):
        read_alpha(surface())
    with pytest.raises(UnknownNameError, match="alpha, beta"):
        read_alpha(surface(), exponent="gamma")


def test_a_curve_has_one_exponent() -> None:
    given = read_alpha(curve("power-floor", "tokens"))
    assert (given.name, given.variable) == ("c", "data")
    assert codes(given) == set()


def test_a_law_without_a_floor_is_a_raw_slope() -> None:
    given = read_alpha(curve("power", "params"))
    assert (given.variable, codes(given)) == ("parameters", {"T036"})


def test_a_column_of_no_variable_wants_a_name() -> None:
    fit = curve("power-floor", "depth")
    with pytest.raises(ArgumentError, match=r"'depth'.*variable=\"data\""):
        read_alpha(fit)
    assert read_alpha(fit, variable="width").variable == "width"


def test_a_fit_not_to_be_relied_on() -> None:
    fit = replace(surface(), status=Status("few", "too few runs", False))
    given = read_alpha(fit, exponent="beta")
    assert codes(given) == {"T032"}
    assert "too few runs" in given.findings[0].message


def test_an_exponent_at_its_bound() -> None:
    from lawcast.fitting.findings import F001

    found = F001.found("beta (exponent of data) ended at its upper bound 5")
    fit = surface().with_findings([found])
    assert codes(read_alpha(fit, exponent="beta")) == {"T033"}
    assert codes(read_alpha(fit, exponent="alpha")) == set()


def test_numbers_with_their_errors() -> None:
    by_se = read_alpha(0.34, se=0.02, level=0.95).estimate.interval
    assert by_se is not None
    assert (by_se.low, by_se.high) == pytest.approx((0.3008, 0.3792), abs=1e-4)
    assert by_se.level == 0.95
    by_ends = read_alpha(0.34, interval=(0.3, 0.4)).estimate.interval
    assert by_ends is not None
    assert by_ends.level == 0.9
    assert codes(read_alpha(0.34)) == {"T035"}
    assert not read_alpha(0.34).known


def test_an_estimate_outside_its_interval_is_moved() -> None:
    given = read_alpha(Estimate(0.5, Interval(0.2, 0.45, 0.9, "bca")))
    assert given.estimate.value == pytest.approx(0.3)
    assert codes(given) == {"T037"}


def test_a_dimension_that_carries() -> None:
    given = read_dimension(sphere())
    assert given.estimate == Estimate(sphere().value, sphere().interval)
    assert (given.at_least, codes(given)) == (False, set())


@pytest.mark.parametrize(("made", "low"), [(images, 35.0), (boundless, 35.0)])
def test_a_dimension_that_is_bounded_below(made: object, low: float) -> None:
    given = read_dimension(made())  # type: ignore[operator]
    assert given.at_least
    assert given.estimate.value == low
    assert codes(given) == {"T031"}


def test_an_infinite_dimension_without_a_bound() -> None:
    with pytest.raises(ArgumentError, match="infinite"):
        read_dimension(replace(boundless(), adequacy=None))


def test_numbers_as_dimensions() -> None:
    assert codes(read_dimension(12)) == {"T030"}
    assert codes(read_dimension((12.0, 10.0, 14.0))) == set()
    assert read_dimension((12.0, 10.0, float("inf"))).estimate.value == 10.0
    assert codes(read_dimension(Estimate(12.0))) == {"T030"}


def test_arguments_in_the_wrong_place() -> None:
    with pytest.raises(ArgumentError, match="goes first"):
        read_alpha(sphere())
    with pytest.raises(ArgumentError, match="goes second"):
        read_dimension(surface())
    with pytest.raises(ArgumentError, match="is a number, not"):
        read_dimension(layers())
    with pytest.raises(ArgumentError, match="brings its own interval"):
        read_alpha(surface(), se=0.1)


@functools.cache
def bent(law: str) -> Fit:
    if law == "skaling":
        frame = pd.DataFrame(sweep_rows(), columns=["params", "tokens", "loss"])
        return lc.fit(lc.read_runs(frame), law=law, bootstrap=60, diagnosis=False)
    x = np.geomspace(1e6, 1e11, 40)
    noise = np.random.default_rng(0).normal(0.0, 0.002, x.size)
    curve = 1.0 + 40.0 * x**-0.1 * (1.0 + x / 1e8) ** -0.2
    frame = pd.DataFrame({"tokens": x, "loss": curve * np.exp(noise)})
    runs = lc.read_runs(frame)
    return lc.fit(runs, law=law, variable="tokens", bootstrap=60, diagnosis=False)


@pytest.mark.parametrize(("exponent", "variable"), [("a", "parameters"), ("b", "data")])
def test_an_exponent_inside_a_power_is_no_exponent_of_the_loss(
    exponent: str, variable: str
) -> None:
    fit = bent("skaling")
    whole = fit.parameters[exponent].value * fit.parameters["k"].value
    with pytest.raises(ArgumentError, match=f"{exponent}·k = {whole:.3f}"[:9]):
        read_alpha(fit, exponent=exponent)
    assert read_alpha(whole, variable=variable).estimate.value == whole


def test_the_first_slope_of_a_broken_law_warns_and_a_change_is_refused() -> None:
    fit = bent("bnsl")
    given = read_alpha(fit)
    assert given.name == "c0"
    assert "T039" in codes(given)
    with pytest.raises(ArgumentError, match=r"change of the exponent at break 1.*c0 \+ c1 = "):
        read_alpha(fit, exponent="c1")


def test_the_exponent_of_small_sizes_warns() -> None:
    given = read_alpha(curve("m3", "tokens"))
    assert {"T039"} == {code for code in codes(given) if code in ("T036", "T039")}


@pytest.mark.parametrize("alpha", [1e-300, 9e-7, 1001.0, 1e300])
def test_an_exponent_far_from_every_line_is_refused(alpha: float) -> None:
    for given in (alpha, Estimate(alpha)):
        with pytest.raises(ArgumentError, match=r"between 1e-06 and 1000.*unit"):
            read_alpha(given)


def test_the_ends_of_what_can_be_explained() -> None:
    for alpha, d in itertools.product((1e-6, 1e3), (0.01, 1e6)):
        made = lc.explain(
            alpha, (d, d, 1.01 * d), interval=(min(alpha, 999.0), max(alpha, 1.001e-6))
        )
        assert [row.outcome for row in made.rows]
    with pytest.raises(ArgumentError, match="ends at 1e\\+300"):
        read_alpha(0.3, interval=(0.2, 1e300))
    assert codes(read_alpha(0.3, interval=(1e-300, 0.4))) == {"T034"}
    assert not read_alpha(0.3, interval=(1e-300, 0.4)).known


@pytest.mark.parametrize("d", [1e-300, 0.009, 1.1e6, 1e300])
def test_a_dimension_out_of_all_bounds_is_refused(d: float) -> None:
    for given in (d, Estimate(d), (d, d / 2, 2 * d)):
        with pytest.raises(ArgumentError, match=r"between 0\.01 and 1e\+06"):
            read_dimension(given)


def test_a_dimension_without_a_useful_end_is_bounded_below() -> None:
    given = read_dimension((12.0, 10.0, 1e300))
    assert given.at_least
    assert given.estimate.value == 10.0
    with pytest.raises(ArgumentError, match=r"starts at 1e-300"):
        read_dimension((12.0, 1e-300, 14.0))
