"""A function of the caller's as a law over any columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.laws.law import Law, Parameter


def law(
    fn: Callable[..., Array],
    *,
    variables: Sequence[str],
    parameters: Sequence[str],
    start: Mapping[str, float | tuple[float, float]],
    domains: Mapping[str, tuple[float, float]] | None = None,
    response: str = "loss",
    gradient: Callable[..., tuple[Array, ...]] | None = None,
    positive: bool = False,
    name: str | None = None,
    formula: str | None = None,
) -> Law:
    """Make a function a law, to be fitted like any declared one.

    Args:
        fn: ``fn(*variables, *parameters)`` -> response; plain numpy arithmetic that broadcasts.
        variables: names of the columns it reads.
        parameters: names of its parameters, in the order ``fn`` takes them.
        start: a starting value for each parameter, or a (low, high) region to draw starts from.
        domains: (low, high) that a parameter must stay in; unbounded where not given.
        response: the column it describes.
        gradient: d fn / d parameter, one array a parameter; central differences when None.
        positive: refuse tables in which a variable or the response is not positive.
        name: how summaries call it; the function's own name when None.
        formula: how summaries print it.

    Returns:
        A law; pass it as ``law=`` to :func:`lawcast.fit`, and again to
        :func:`lawcast.read_fit` when a saved fit is opened.

    Raises:
        ArgumentError: a parameter has no start, a start lies outside its domain, or names repeat.

    Example:
        >>> import lawcast as lc, numpy as np
        >>> rise = lc.law(lambda x, top, rate: top * (1 - np.exp(-rate * x)),
        ...               variables=["x"], parameters=["top", "rate"],
        ...               start={"top": 500, "rate": 1e-4}, response="y")
        >>> rise.names
        ('top', 'rate')
    """
    names = [*variables, *parameters]
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated or not parameters:
        raise ArgumentError(
            f"names repeat in variables and parameters: {repeated}"
            if repeated
            else "a law needs at least one parameter: parameters=[...]"
        )
    domains = dict(domains or {})
    missing = [p for p in parameters if p not in start]
    stray = sorted((set(start) | set(domains)) - set(parameters))
    if missing or stray:
        raise ArgumentError(
            "start= needs a value or a (low, high) region for every parameter; "
            f"missing: {missing}; not parameters: {stray}"
        )
    declared = []
    for parameter in parameters:
        low, high = domains.get(parameter, (-math.inf, math.inf))
        region = start[parameter]
        first, last = region if isinstance(region, tuple) else (region, region)
        if not (low <= first <= last <= high):
            raise ArgumentError(
                f"the start of {parameter!r}, {region}, is not inside its domain [{low}, {high}]"
            )
        declared.append(
            Parameter(
                name=parameter,
                symbol=parameter,
                meaning="parameter of a user's law",
                unit="",
                domain=(float(low), float(high)),
                start=(float(first), float(last)),
            )
        )
    title = name or getattr(fn, "__name__", "law").replace("<lambda>", "user law")
    return Law(
        name=title,
        title=title,
        formula=formula or f"{response} = {title}({', '.join(names)})",
        variables=tuple(variables),
        parameters=tuple(declared),
        value=_checked(fn),
        gradient=gradient,
        source="given by the caller",
        response=response,
        positive=positive,
        user=True,
    )


def _checked(fn: Callable[..., Any]) -> Callable[..., Array]:
    import numpy as np

    def value(*arguments: Any) -> Array:
        # overflow far from the optimum is the solver's business: it rejects such steps
        shape = np.broadcast_shapes(*(np.shape(a) for a in arguments))
        with np.errstate(all="ignore"):
            try:
                result = np.asarray(fn(*arguments))
            except Exception as error:
                raise ArgumentError(
                    f"the law's function raised {type(error).__name__}: {error}. It is called with "
                    "arrays, first the variables, then the parameters, and must return an array"
                ) from error
            if result.dtype.kind not in "fiub":
                raise ArgumentError(
                    f"the law's function returned {result.dtype} values, not real numbers"
                )
            try:
                return np.broadcast_to(result.astype(float), shape)
            except ValueError as error:
                raise ArgumentError(
                    f"the law's function returned an array of shape {result.shape} for arguments "
                    f"that broadcast to {shape}; use plain numpy arithmetic that keeps shapes"
                ) from error

    return value
