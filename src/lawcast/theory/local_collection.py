"""The local exponents of several groups of one table, in one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lawcast._errors import Finding
from lawcast._values import document, open_document, opens
from lawcast.theory.local_result import LocalExponent


@dataclass(frozen=True, repr=False, eq=False)
class LocalExponents(Mapping[str, LocalExponent]):
    """Local exponents by group, in order. Made by ``lawcast local-exponent --by``.

    Args:
        each: group -> its local exponent; a row without a label is in the group ``""``.
        by: the column that the table was split by.
        refused: group -> why that one could not be measured.
    """

    each: Mapping[str, LocalExponent]
    by: str
    refused: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, group: str) -> LocalExponent:
        return self.each[group]

    def __iter__(self) -> Iterator[str]:
        return iter(self.each)

    def __len__(self) -> int:
        return len(self.each)

    def __repr__(self) -> str:
        refused = f", {len(self.refused)} refused" if self.refused else ""
        return f"<LocalExponents of {len(self)} groups by {self.by}{refused}>"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all."""
        return tuple(finding for one in self.each.values() for finding in one.findings)

    def summary(self) -> str:
        """Text of at most 80 columns: each group in turn, then those refused."""
        parts = [f"Group  {self.by} = {group_word(group)}\n\n{one.summary()}"
                 for group, one in self.each.items()]  # fmt: skip
        parts += [f"Refused  {self.by} = {group_word(group)}: {why}"
                  for group, why in self.refused.items()]  # fmt: skip
        return "\n\n".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/local-exponents/1``."""
        groups = {group: one.to_dict() for group, one in self.each.items()}
        content = {"by": self.by, "groups": groups, "refused": dict(self.refused)}
        return document("local-exponents", 1, content)

    @classmethod
    @opens("local exponents")
    def from_dict(cls, data: Mapping[str, Any]) -> LocalExponents:
        """The local exponents that :meth:`to_dict` described.

        Raises:
            SavedFileError: the document is of another kind, newer, or damaged.
        """
        content = open_document(dict(data), "local-exponents", 1)
        each = {str(g): LocalExponent.from_dict(one) for g, one in content["groups"].items()}
        refused = {str(group): str(why) for group, why in content["refused"].items()}
        if not each and not refused:
            raise ValueError("there is no group")
        return cls(each, str(content["by"]), refused)


def group_word(group: str) -> str:
    """A group as it is shown: rows without a label are no group called none."""
    return group or "(no label)"
