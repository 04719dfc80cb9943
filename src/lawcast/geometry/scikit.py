"""The dimension as a scikit-learn estimator, for pipelines of tools that speak that language.

This module is loaded when ``lawcast.IntrinsicDimension`` is first touched, and needs the extra
``sklearn``. All it does is to translate: parameters at construction, data at ``fit``, answers in
attributes that end in an underscore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import ArgumentError, MissingExtraError
from lawcast._values import DEFAULT_LEVEL, Array
from lawcast.geometry.entry import DRAWS, intrinsic_dimension
from lawcast.geometry.estimators import DEFAULT
from lawcast.geometry.hygiene import LEAST_POINTS
from lawcast.geometry.result import Dimension

try:
    from sklearn.base import BaseEstimator
    from sklearn.utils import Tags
    from sklearn.utils.validation import validate_data
except ImportError as error:
    raise MissingExtraError("sklearn", "IntrinsicDimension") from error

if TYPE_CHECKING:
    from typing import Self


class IntrinsicDimension(BaseEstimator):  # type: ignore[misc]
    """The intrinsic dimension of points, by scikit-learn's conventions.

    The parameters are those of :func:`lawcast.intrinsic_dimension`, where each is explained, with
    ``random_state`` for ``rng``. They are checked by :meth:`fit`.

    Args:
        method: name of an estimator.
        metric: "euclidean", "cosine", "hamming" or "periodic".
        box: period of the coordinates for ``metric="periodic"``.
        queries: how many points ask for their neighbours; None for the default.
        level: nominal coverage of the interval.
        draws: half-samples behind the interval; 0 for none.
        precision: "float32" or "float64", of the search.
        engine: "numpy" or "faiss".
        memory: bytes for work arrays; None for the default.
        threads: how many share the queries; None for as many as the numeric libraries use.
        random_state: a seed, or a numpy Generator or RandomState that gives one at each fit; None
            for a fresh seed at each fit.

    Attributes:
        dimension_: the answer, a float; may be infinite, see ``result_.status``.
        interval_: its :class:`lawcast.Interval`, or None where none can be vouched for.
        result_: the whole :class:`lawcast.Dimension`: scales, verdict, findings.
        n_features_in_: D, columns of the data.
        feature_names_in_: (D,) their names, where the data was a frame with names.

    Example:
        >>> import numpy as np
        >>> import lawcast as lc
        >>> X = np.random.default_rng(0).standard_normal((500, 3))
        >>> 2.5 < lc.IntrinsicDimension().fit(X).dimension_ < 3.5
        True
    """

    dimension_: float
    interval_: object
    result_: Dimension

    def __init__(
        self,
        method: str = DEFAULT,
        metric: str = "euclidean",
        box: float | Array | None = None,
        queries: int | None = None,
        level: float = DEFAULT_LEVEL,
        draws: int = DRAWS,
        precision: str = "float32",
        engine: str = "numpy",
        memory: int | None = None,
        threads: int | None = None,
        random_state: Any = 0,
    ) -> None:
        self.method = method
        self.metric = metric
        self.box = box
        self.queries = queries
        self.level = level
        self.draws = draws
        self.precision = precision
        self.engine = engine
        self.memory = memory
        self.threads = threads
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Measure the dimension of the rows of X.

        Args:
            X: (n, D) real numbers, at least 20 rows; rows with missing or infinite numbers are
                set aside, and ``result_.findings`` says so.
            y: ignored, there for the convention.

        Returns:
            This estimator.

        Raises:
            ValueError: X is not rows of real numbers (scikit-learn's check), or fewer than 20.
            TypeError: X is sparse (scikit-learn's check).
            FitRefused: fewer than 20 of the rows are finite and distinct, or distances never
                differ; carries the findings.
            ArgumentError, UnknownNameError: a parameter is out of range or unknown.
            MissingExtraError: the engine needs an optional package.
        """
        checked = validate_data(self, X, dtype="numeric", ensure_all_finite=False)
        if len(checked) < LEAST_POINTS:
            raise ArgumentError(
                f"X has {len(checked)} sample(s) and {checked.shape[1]} feature(s); a dimension "
                f"needs at least {LEAST_POINTS} samples, and an estimate from fewer would be chance"
            )
        found = intrinsic_dimension(
            checked,
            method=self.method,
            metric=self.metric,
            box=self.box,
            queries=self.queries,
            level=self.level,
            draws=self.draws,
            precision=self.precision,
            engine=self.engine,
            memory=self.memory,
            threads=self.threads,
            rng=_generator(self.random_state),
        )
        assert isinstance(found, Dimension)
        self.result_ = found
        self.dimension_ = found.value
        self.interval_ = found.interval
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _generator(random_state: Any) -> int | np.random.Generator:
    """The seed or Generator that stands for one of scikit-learn's kinds of random state."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if isinstance(random_state, (np.random.Generator, int, np.integer)):
        return random_state if isinstance(random_state, np.random.Generator) else int(random_state)
    raise ArgumentError(
        f"random_state= is a seed, a numpy Generator or RandomState, or None, not {random_state!r}"
    )
