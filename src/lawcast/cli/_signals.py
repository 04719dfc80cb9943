"""Ctrl-C and SIGTERM that are never lost, and what was written before they came.

Python raises KeyboardInterrupt wherever it happens to be. Inside a callback of the interpreter
(``__del__``, a weak reference, the lock of an import) it is reported and dropped, and a C
extension may clear it, so that the work would go on as if nobody had asked it to stop.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from types import FrameType
from typing import Any

_AGAIN = 0.02
"""Seconds after which a dropped interrupt is raised once more."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: the same as Ctrl-C but for the exit code."""


written: list[str] = []
"""Files and folders that the command has put in their place."""

resumable: list[str] = []
"""Sentences about what is kept of unfinished work, and how to go on with it."""

_asked: list[type[KeyboardInterrupt]] = []


def install() -> None:
    """Take over both signals; for the process of a command, never for a library's caller."""
    with contextlib.suppress(ValueError):  # not in the main thread
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _on_signal)
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_signal)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, _on_alarm)
        sys.unraisablehook = _on_unraisable


def begin() -> None:
    """Forget an earlier command of the same process."""
    written.clear()
    resumable.clear()
    _asked.clear()


def raise_lost() -> None:
    """Raise an interrupt that was asked for but got lost on its way.

    Raises:
        KeyboardInterrupt: there is one.
    """
    if _asked:
        raise _asked[0]


def what_was_written() -> str:
    """The end of a message about an interrupt or a failure."""
    if resumable and not written:
        return " ".join(resumable)
    return f"already written: {', '.join(written)}." if written else "nothing was written."


def _on_signal(number: int, frame: FrameType | None) -> None:
    _asked.append(Terminated if number == signal.SIGTERM else KeyboardInterrupt)
    raise _asked[-1]


def _on_alarm(number: int, frame: FrameType | None) -> None:
    raise_lost()


def _on_unraisable(unraisable: Any) -> None:
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
    elif hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
