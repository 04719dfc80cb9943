"""Whether processes that are started now would run the user's program a second time.

A spawned process first runs the main program under another name, so that it finds the functions
in it. A program that starts a study at its top, outside ``if __name__ == "__main__":``, would
start it again in every process, and each of them would fail.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import threading
from types import CodeType, FrameType

GUARD = 'if __name__ == "__main__":'


def why_alone() -> str:
    """Why no processes can be started from here; empty where they can.

    Nothing is said of a program whose text cannot be read.
    """
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    if main is None or file is None:
        return ""  # a prompt, a notebook or python -c, which no process runs again
    name = getattr(getattr(main, "__spec__", None), "name", None)
    if name is not None and (name == "__main__" or name.endswith(".__main__")):
        return ""  # python -m package: not run again either
    if name is None and not os.path.exists(file):
        return f"the program is no file ({os.path.basename(file)}), so that they cannot read it"
    for found in _lines(vars(main)):
        code, line, text = found
        if text and not _guarded(text, line):
            return (
                f"they would run {os.path.basename(code.co_filename)} again from its top, where "
                f"line {line} starts the study"
            )
    return ""


def _lines(names: dict[str, object]) -> list[tuple[CodeType, int, str]]:
    """Where the main program is at its top level: in this thread and in the first one."""
    first = sys._current_frames().get(threading.main_thread().ident or 0)
    found = []
    for start in {id(frame): frame for frame in (sys._getframe(), first) if frame}.values():
        frame: FrameType | None = start
        while frame is not None:
            if frame.f_globals is names and frame.f_code.co_name == "<module>":
                text = "".join(linecache.getlines(frame.f_code.co_filename, names))
                found.append((frame.f_code, frame.f_lineno, text))
            frame = frame.f_back
    return found


def _guarded(text: str, line: int) -> bool:
    """Whether a line of a program runs only where ``__name__`` has some value."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return True  # not the text that runs
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or not node.lineno <= line <= (node.end_lineno or 0):
            continue
        if isinstance(node, (ast.If, ast.While)):
            asked: ast.AST = node.test
        elif isinstance(node, ast.Match):
            asked = node.subject
        elif isinstance(node, ast.Expr) and isinstance(node.value, (ast.BoolOp, ast.IfExp)):
            asked = node.value  # __name__ == "__main__" and main()
        else:
            continue
        if any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(asked)):
            return True
    return False
