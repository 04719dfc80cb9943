"""A Dask cluster as what computes the cells of a study."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any, cast

from lawcast._errors import ArgumentError, MissingExtraError, StudyStopped

_PATIENCE = 20.0
"""Seconds to wait for the scheduler, and then for a first worker."""


@contextlib.contextmanager
def cluster_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers behind a scheduler as an executor, and how many threads they have together.

    A worker that dies mid-way costs nothing: the scheduler gives its cells to the others.

    Args:
        address: of the scheduler, such as ``"tcp://10.0.0.1:8786"``.

    Raises:
        MissingExtraError: ``distributed`` is not installed.
        ArgumentError: not an address.
        StudyStopped: there is no scheduler, or it has no worker.
    """
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError("cluster", "A study on a Dask cluster (cluster=)") from error
    if not isinstance(address, str) or "://" not in address:
        raise ArgumentError(
            f"cluster= is the address of a Dask scheduler, such as tcp://10.0.0.1:8786, "
            f"not {address!r}"
        )
    try:
        make: Any = distributed.Client  # it declares no types
        client = make(address, timeout=_PATIENCE, set_as_default=False)
    except ValueError as error:
        raise ArgumentError(
            f"cluster={address!r} is no address of a Dask scheduler ({error}); "
            "write for instance tcp://10.0.0.1:8786"
        ) from error
    except OSError as error:
        raise StudyStopped(
            f"no Dask scheduler answers at {address} ({type(error).__name__}). Start one with "
            "dask scheduler, and name the address that it prints"
        ) from error
    try:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except OSError as error:  # that of a timeout too
            raise StudyStopped(
                f"the Dask scheduler at {address} has no worker. Start some with "
                f"dask worker {address}, where Lawcast is installed too"
            ) from error
        threads = sum(client.nthreads().values())
        yield cast(Executor, client.get_executor(pure=False)), threads
    finally:
        client.close(timeout=_PATIENCE)
