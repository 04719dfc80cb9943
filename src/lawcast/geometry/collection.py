"""The dimensions of several sets of points: of the classes of one set, or of layer after layer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawcast._errors import ArgumentError, Finding, SavedFileError, Severity, UnknownNameError
from lawcast._files import write_atomically
from lawcast._tables import Card, Table, Tabled, joined, printable
from lawcast._values import document, open_document, opens
from lawcast.geometry.result import Dimension
from lawcast.geometry.summary import (
    INTERNAL,
    ends_words,
    percent,
    rounded,
    stands,
    verdict_words,
)

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("class", "layer")
"""What the sets may be: classes stand in no order, layers do."""

_LONGEST_NAME = 24
_MOST_NAMED = 5


@dataclass(frozen=True, repr=False, eq=False)
class Dimensions(Tabled, Mapping[str, Dimension]):
    """Dimensions by name, in order.

    Args:
        each: name -> dimension.
        kind: ``"class"`` or ``"layer"``.
        refused: name -> why that one could not be measured.
        names: every name in order, the refused ones included; those of ``each`` and then the
            refused when empty.

    Raises:
        ArgumentError: another kind, or names that are not those of the two.
    """

    each: Mapping[str, Dimension]
    kind: str = "class"
    refused: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ArgumentError(f"kind is {joined(KINDS, 'or')}, not {self.kind!r}")
        known = (*self.each, *self.refused)
        if not self.names:
            object.__setattr__(self, "names", known)
        if sorted(self.names) != sorted(known):
            raise ArgumentError("names= lists every name of each= and refused= once")

    def __repr__(self) -> str:
        refused = f", {len(self.refused)} refused" if self.refused else ""
        return f"<Dimensions of {self.counted(len(self))}{refused}>"

    def __len__(self) -> int:
        return len(self.each)

    def __iter__(self) -> Iterator[str]:
        return iter(self.each)

    def __contains__(self, name: object) -> bool:
        return str(name) in self.each

    def __getitem__(self, name: object) -> Dimension:
        if str(name) in self.refused:
            raise UnknownNameError(
                f"measured {self.kind}", str(name), self.each,
                f"{str(name)!r} was refused: {self.refused[str(name)]}",
            )  # fmt: skip
        if str(name) not in self.each:
            raise UnknownNameError(self.kind, str(name), self.each)
        return self.each[str(name)]

    def get(self, name: object, default: Any = None) -> Any:
        """The dimension of that name, or ``default``."""
        return self.each.get(str(name), default)

    def counted(self, count: int) -> str:
        """``"1 layer"``, ``"3 classes"``."""
        plural = {"class": "classes"}.get(self.kind, f"{self.kind}s")
        return f"{count:,} {self.kind if count == 1 else plural}"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all."""
        return tuple(finding for one in self.each.values() for finding in one.findings)

    @cached_property
    def common(self) -> dict[str, str]:
        """Code and message of the findings that every one has in the same words."""
        if len(self) < 2:
            return {}
        every = [{(f.code, f.message) for f in one.findings} for one in self.each.values()]
        return dict(sorted(set.intersection(*every)))

    @cached_property
    def table(self) -> Table:
        """One row a class or layer."""
        rows = []
        for name, one in self.each.items():
            rows.append(
                (
                    short_name(name),
                    one.count,
                    one.width,
                    rounded(one.value),
                    None if one.interval is None else ends_words(one.interval, one.value),
                    None if one.plateau is None else rounded(one.plateau.value),
                    self._verdict(one),
                )
            )
        level = next((one.level for one in self.each.values()), None)
        interval = "interval" if level is None else f"{percent(level)} interval"
        return Table((self.kind, "n", "D", "d", interval, "plateau", "verdict"), tuple(rows))

    def _verdict(self, one: Dimension) -> str:
        return ", ".join(filter(None, (verdict_words(one), " ".join(self._codes(one)))))

    def _codes(self, one: Dimension) -> list[str]:
        """The warnings and errors that not every one has."""
        own = {f.code for f in one.findings if f.severity is not Severity.NOTE}
        return sorted(own - set(self.common) - INTERNAL)

    def card(self) -> Card:
        """The labelled lines under the table."""
        rows = []
        made = next((one.interval for one in self.each.values() if one.interval is not None), None)
        if made is not None:
            rows.append(("Intervals", f"{percent(made.level)}, {made.method}"))
        weak = [name for name, one in self.each.items() if not stands(one)]
        if weak:
            shown = joined([short_name(name) for name in weak[:_MOST_NAMED]])
            more = f" and {len(weak) - _MOST_NAMED} more" if len(weak) > _MOST_NAMED else ""
            text = f"{shown}{more}: do not rely on the number alone"
            rows.append(("Beware", text))
        every = {"class": "All classes"}.get(self.kind, f"All {self.kind}s")
        rows.extend(
            (every, f"{code} {text}") for code, text in self.common.items() if code not in INTERNAL
        )
        rows.extend(self._legend())
        rows.extend(
            ("Refused", f"{name}: {' '.join(reason.split())}")
            for name, reason in self.refused.items()
        )
        return Card(tuple(rows))

    def _legend(self) -> list[tuple[str, str]]:
        """The title of each code in the table, in one line."""
        from lawcast.geometry.findings import KINDS as FINDINGS

        used = {code for one in self.each.values() for code in self._codes(one)}
        titles = {kind.code: kind.title for kind in FINDINGS}
        told = [f"{code} {titles.get(code, '')}".strip() for code in sorted(used)]
        return [("Codes", "; ".join(told))] if told else []

    def to_dataframe(self) -> pd.DataFrame:
        """One row a name, the refused ones included, with the reason."""
        import pandas as pd

        rows = []
        for name in self.names:
            if name in self.refused:
                rows.append({self.kind: name, "ok": False, "status": self.refused[name]})
                continue
            one = self.each[name]
            interval, level = one.interval, one.plateau
            rows.append(
                {
                    self.kind: name,
                    "n": one.count,
                    "D": one.width,
                    "dimension": one.value,
                    "low": None if interval is None else interval.low,
                    "high": None if interval is None else interval.high,
                    "plateau": None if level is None else level.value,
                    "lower": None if one.adequacy is None else one.adequacy.lower,
                    "ok": stands(one),
                    "status": one.status.text,
                }
            )
        columns = ["n", "D", "dimension", "low", "high", "plateau", "lower", "ok", "status"]
        return pd.DataFrame(rows, columns=[self.kind, *columns])

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/dimensions/1``."""
        return document(
            "dimensions",
            1,
            {
                "kind": self.kind,
                "names": list(self.names),
                "dimensions": [
                    {"key": name, **self.each[name].to_dict()}
                    for name in self.names
                    if name in self.each
                ],
                "refused": [
                    {"name": name, "reason": reason} for name, reason in self.refused.items()
                ],
            },
        )

    @classmethod
    @opens("set of dimensions")
    def from_dict(cls, data: Mapping[str, Any]) -> Dimensions:
        """The dimensions that :meth:`to_dict` described.

        Raises:
            SavedFileError: the document is of another kind, newer, or damaged.
        """
        content = open_document(dict(data), "dimensions", 1)
        rows = content["dimensions"]
        each = {str(row["key"]): Dimension.from_dict(row) for row in rows}
        if len(each) != len(rows):
            raise SavedFileError("a saved set of dimensions is damaged: a name occurs twice")
        return cls(
            each=each,
            kind=str(content["kind"]),
            refused={str(row["name"]): str(row["reason"]) for row in content["refused"]},
            names=tuple(str(name) for name in content["names"]),
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the dimensions as JSON; :meth:`from_dict` and ``lawcast report`` open them again.

        Raises:
            WriteError: the file cannot be written; nothing is left behind.
        """
        return write_atomically(path, json.dumps(self.to_dict(), allow_nan=False) + "\n")


def short_name(name: str) -> str:
    """A name without its middle, where it is long: layers differ at the end, files at the start."""
    shown = printable(name) or "(no name)"
    if len(shown) <= _LONGEST_NAME:
        return shown
    half = _LONGEST_NAME // 2
    return f"{shown[: half - 1]}…{shown[len(shown) - half :]}"
