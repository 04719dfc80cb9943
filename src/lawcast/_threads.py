"""How many threads the numeric libraries use: one around many small products, or as asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Cap the numeric libraries at ``count`` threads inside the block; None changes nothing."""
    if count is None:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=count):
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Cap the numeric libraries at one thread: starting more costs small products far more."""
    with threads(1):
        yield
