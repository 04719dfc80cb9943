"""A figure with its title, its message in one sentence and the numbers that it shows."""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from lawcast._errors import WriteError
from lawcast._files import write_atomically
from lawcast._tables import Table
from lawcast.reporting.look import look, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 150  # of the parts that are drawn as an image
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


@dataclass(frozen=True, eq=False)
class Picture:
    """One figure.

    Args:
        name: short identifier; file name without ending.
        title: a few words.
        description: one sentence with the message in numbers; the text alternative.
        figure: the matplotlib figure.
        table: the numbers it shows.
    """

    name: str
    title: str
    description: str
    figure: Figure = field(repr=False)
    table: Table = field(repr=False)

    def __post_init__(self) -> None:
        # Laid out once and for all: every further run of the layout would move it a little.
        with look():
            self.figure.draw_without_rendering()
            self.figure.set_layout_engine("none")

    def svg(self) -> str:
        """The figure as an SVG file; the same bytes for the same figure."""
        return self._written("svg", metadata={"Date": None, "Title": printable(self.title)}).decode(
            "utf-8"
        )

    def pdf(self) -> bytes:
        """The figure as a PDF file; the same bytes for the same figure."""
        dates = {"CreationDate": None, "Title": printable(self.title)}
        return self._written("pdf", metadata=dates)

    def inline_svg(self, prefix: str) -> str:
        """The figure as an ``<svg>`` element for an HTML page, with its text alternative.

        Args:
            prefix: put before every id, so that figures of one page do not share any.
        """
        root = ElementTree.fromstring(self.svg())
        for element in root.iter():
            element.tag = _local(element.tag)
            for name in list(element.attrib):
                value = element.attrib.pop(name)
                element.attrib[_local(name)] = _renamed(_local(name), value, prefix)
        for child in list(root):
            if child.tag in ("metadata", "title"):
                root.remove(child)
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag == "style":  # it would style the whole page; style.css has the rule
                    parent.remove(child)
        ids = {"title": f"{prefix}title", "desc": f"{prefix}desc"}
        for place, (tag, text) in enumerate((("title", self.title), ("desc", self.description))):
            child = ElementTree.Element(tag, {"id": ids[tag]})
            child.text = printable(text)
            root.insert(place, child)
        view = root.attrib["viewBox"]
        root.attrib.clear()
        root.attrib.update(
            {
                "viewBox": view,
                "role": "img",
                "aria-labelledby": ids["title"],
                "aria-describedby": ids["desc"],
            }
        )
        return ElementTree.tostring(root, encoding="unicode")

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write NAME.svg, NAME.pdf and NAME.csv.

        Args:
            folder: made if it is missing.

        Raises:
            WriteError: the folder or a file cannot be written.
        """
        place = Path(folder)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(
                f"cannot make the folder {place}: {error.strerror or error}; name another one"
            ) from error
        return [
            write_atomically(place / f"{self.name}.svg", self.svg()),
            write_atomically(place / f"{self.name}.pdf", self.pdf()),
            write_atomically(place / f"{self.name}.csv", guarded(self.table).csv()),
        ]

    def save_image(self, path: str | os.PathLike[str]) -> Path:
        """Write the figure as a PNG image.

        Raises:
            WriteError: the file cannot be written.
        """
        metadata = {"Title": printable(self.title), "Software": None}
        return write_atomically(path, self._written("png", metadata=metadata))

    def _written(self, kind: str, metadata: dict[str, Any]) -> bytes:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        stream = io.BytesIO()
        with look():
            FigureCanvasAgg(self.figure)
            self.figure.savefig(stream, format=kind, metadata=metadata, dpi=_DPI)
        return stream.getvalue()


def guarded(table: Table) -> Table:
    """The table as a file holds it: ten significant digits, and no text that a spreadsheet runs."""

    def safe(cell: Any) -> Any:
        if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
            return "'" + cell
        return float(f"{cell:.10g}") if isinstance(cell, float) else cell

    return replace(
        table,
        columns=tuple(safe(name) for name in table.columns),
        rows=tuple(tuple(safe(cell) for cell in row) for row in table.rows),
    )


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _renamed(attribute: str, value: str, prefix: str) -> str:
    """An attribute's value with the prefix on every id and reference to one."""
    if attribute == "id":
        return prefix + value
    if attribute in ("d", "x", "y"):  # a hundredth of a point is finer than any screen
        return _LONG_NUMBER.sub(lambda match: f"{float(match[0]):.2f}", value)
    if attribute == "href" and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    return value.replace("url(#", f"url(#{prefix}")
