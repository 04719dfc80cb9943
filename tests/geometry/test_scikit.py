"""The scikit-learn estimator: its conventions, checked by scikit-learn itself."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import check_is_fitted

import lawcast as lc

X = np.random.default_rng(0).standard_normal((300, 3))


def name_of(check):
    return getattr(check, "func", check).__name__


# all but the one of an array interface that scipy has off by default
CHECKS = [
    (estimator, check)
    for model in (lc.IntrinsicDimension(), lc.IntrinsicDimension(method="twonn", draws=0))
    for estimator, check in estimator_checks_generator(model)
    if name_of(check) != "check_array_api_input"
]


@pytest.mark.parametrize(
    ("estimator", "check"),
    CHECKS,
    ids=[f"{i}-{name_of(check)}" for i, (_, check) in enumerate(CHECKS)],
)
def test_scikit_learns_own_checks(estimator, check):
    if name_of(check) == "check_n_features_in_after_fitting":
        # it fits 15 rows, and a dimension from fewer than 20 points is refused
        with pytest.raises(ValueError, match="20"):
            check(estimator)
    else:
        check(estimator)


def test_the_attributes_are_those_of_the_function():
    fitted = lc.IntrinsicDimension(draws=32, random_state=3).fit(X)
    direct = lc.intrinsic_dimension(X, draws=32, rng=3)
    assert fitted.dimension_ == direct.value
    assert fitted.interval_ == direct.interval
    assert fitted.result_.to_dict() == direct.to_dict()
    assert fitted.n_features_in_ == 3
    assert not hasattr(fitted, "feature_names_in_")


def test_a_frame_gives_its_names():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    fitted = lc.IntrinsicDimension().fit(frame)
    assert list(fitted.feature_names_in_) == ["a", "b", "c"]
    assert fitted.dimension_ == lc.intrinsic_dimension(X).value


def test_parameters_are_kept_as_given_and_checked_at_fit():
    box = np.ones(3)
    model = lc.IntrinsicDimension(method="no such", box=box, random_state=-3)
    assert model.get_params()["box"] is box
    assert set(model.get_params()) == {
        "method", "metric", "box", "queries", "level", "draws", "precision", "engine", "memory",
        "threads", "random_state",
    }  # fmt: skip
    with pytest.raises(lc.UnknownNameError):
        model.fit(X)
    model.set_params(method="mle", box=None)
    with pytest.raises(lc.ArgumentError, match="seed of 0 or more"):
        model.fit(X)


def test_every_parameter_reaches_the_measurement():
    options = {
        "method": "mle", "metric": "periodic", "box": 9.0, "queries": 200, "level": 0.5,
        "draws": 20, "precision": "float64", "memory": 2**22, "threads": 1, "random_state": 4,
    }  # fmt: skip
    fitted = lc.IntrinsicDimension(**options).fit(X)
    options["rng"] = options.pop("random_state")
    assert fitted.result_.to_dict() == lc.intrinsic_dimension(X, **options).to_dict()


def test_a_clone_is_unfitted_and_the_same():
    model = lc.IntrinsicDimension(method="ess", level=0.5).fit(X)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(twin)
    assert twin.fit(X).dimension_ == model.dimension_


def test_a_pipeline_ends_in_it():
    pipeline = make_pipeline(StandardScaler(), lc.IntrinsicDimension()).fit(X * [1, 100, 1e4])
    assert pipeline[-1].dimension_ == pytest.approx(3, rel=0.15)


def test_kinds_of_random_state():
    seeded = [lc.IntrinsicDimension(random_state=s).fit(X).interval_ for s in (1, np.int64(1))]
    assert seeded[0] == seeded[1]
    generated = lc.IntrinsicDimension(random_state=np.random.default_rng(1)).fit(X).interval_
    assert generated == seeded[0]
    model = lc.IntrinsicDimension(random_state=np.random.RandomState(7))
    first, second = model.fit(X).interval_, model.fit(X).interval_
    assert first != second
    again = lc.IntrinsicDimension(random_state=np.random.RandomState(7)).fit(X)
    assert again.interval_ == first
    fresh = lc.IntrinsicDimension(random_state=None)
    assert fresh.fit(X).interval_ != fresh.fit(X).interval_
    with pytest.raises(lc.ArgumentError, match="random_state= is a seed"):
        lc.IntrinsicDimension(random_state="7").fit(X)


def test_rows_that_are_not_finite_are_set_aside_and_said_so():
    holes = X.copy()
    holes[::10, 0] = np.nan
    fitted = lc.IntrinsicDimension().fit(holes)
    assert fitted.result_.count == 270
    assert "D002" in [finding.code for finding in fitted.result_.findings]


def test_too_few_rows():
    with pytest.raises(ValueError, match=r"12 sample\(s\).*at least 20"):
        lc.IntrinsicDimension().fit(X[:12])
    with pytest.raises(lc.FitRefused):
        lc.IntrinsicDimension().fit(np.repeat(X[:12], 3, axis=0))


WITHOUT = """
import sys
sys.modules["sklearn"] = None
import lawcast as lc
lc.intrinsic_dimension
try:
    lc.IntrinsicDimension
except lc.MissingExtraError as error:
    print(error)
"""


def test_without_scikit_learn_the_command_that_installs_it():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.strip() == (
        'IntrinsicDimension needs an optional package: pip install "lawcast[sklearn]"'
    )


def test_scikit_learn_is_loaded_for_the_class_alone():
    code = "import sys, lawcast as lc; lc.intrinsic_dimension; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"
