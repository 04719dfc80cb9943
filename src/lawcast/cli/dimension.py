"""``lawcast dimension``: the intrinsic dimension of the points in a file, or layer after layer."""

from __future__ import annotations

import csv
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._curves import say_no_forecast
from lawcast.cli._points import FRACTION
from lawcast.cli._progress import watched
from lawcast.cli._results import Saved, find_places, save
from lawcast.cli._shared import (
    OnceCommand,
    count_findings,
    emit,
    emit_json,
    exit_code,
    json_option,
    options_card,
    printable,
    strict_option,
)
from lawcast.cli._writing import Staged
from lawcast.cli.extrapolate import write_picture

if TYPE_CHECKING:
    from lawcast.geometry.collection import Dimensions
    from lawcast.geometry.result import Dimension
    from lawcast.geometry.sources import Source
    from lawcast.reporting.picture import Picture

    Made = Dimension | Dimensions

METRICS = ("euclidean", "cosine", "hamming", "periodic")
PRECISIONS = ("float32", "float64")
ENGINES = ("numpy", "faiss")

_BYTES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", re.IGNORECASE)
_LEAST_MEMORY = 2**20


def _size(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """The bytes behind 512M, 2G or 1.5GiB."""
    if value is None:
        return None
    match = _BYTES.fullmatch(value)
    if match is None:
        raise click.BadParameter(f"{printable(value)} is not a size; write for instance 512M or 2G")
    power = " kmgt".index(match[2].lower() or " ")
    size = int(float(match[1]) * (1024 if match[3] else 1000) ** power)
    if size < _LEAST_MEMORY:
        raise click.BadParameter(f"{value} is too little to work with; write for instance 512M")
    return size


def _sides(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """One period, or an array with one for each coordinate; the library judges the values."""
    if value is None:
        return None
    import numpy as np

    try:
        sides = [float(word) for word in value.split(",")]
    except ValueError as error:
        raise click.BadParameter(
            f"{printable(value)} is not a length; write for instance 1, or 1,1,2 for three "
            "coordinates"
        ) from error
    return sides[0] if len(sides) == 1 else np.array(sides)


def _names(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Names between commas, each once; a name with a comma in it stands in quotation marks."""
    cells = [name.strip() for row in csv.reader(value, skipinitialspace=True) for name in row]
    if value and not all(cells):
        raise click.BadParameter("an empty name; write names of columns, such as id,label")
    return tuple(dict.fromkeys(cells))


@click.command(cls=OnceCommand)
@click.argument("file", metavar="FILE|DIR")
@click.option("--key", metavar="NAME", help="The array of an .npz file, or a Parquet column.")
@click.option("--drop", multiple=True, callback=_names, metavar="NAMES",
              help="Columns that are no coordinates, such as id,label.")  # fmt: skip
@click.option("--labels", metavar="FILE", help="Classes: a .npy file, or text with one a line.")
@click.option("--metric", type=click.Choice(METRICS), default="euclidean", show_default=True,
              help="How distances are measured.")  # fmt: skip
@click.option("--box", callback=_sides, metavar="L", help="Period of the coordinates, one or each.")
@click.option("--method", default="combined", metavar="NAME", show_default=True,
              help="Name of an estimator; with --metric hamming the default is bid.")  # fmt: skip
@click.option("--queries", type=click.IntRange(min=20), metavar="M",
              help="Points that ask for their neighbours (default: all below 50,000, else "
              "5,000).")  # fmt: skip
@click.option("--level", type=FRACTION, metavar="NUMBER", default=0.9, show_default=True,
              help="Level of the intervals.")  # fmt: skip
@click.option("--draws", type=click.IntRange(min=0), default=64, metavar="N", show_default=True,
              help="Half-samples behind the interval; 0 for none.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, metavar="N", show_default=True,
              help="Seed of the draws.")  # fmt: skip
@click.option("--engine", type=click.Choice(ENGINES), default="numpy", show_default=True,
              help="What searches for neighbours.")  # fmt: skip
@click.option("--precision", type=click.Choice(PRECISIONS), default="float32", show_default=True,
              help="Precision of the search.")  # fmt: skip
@click.option("--memory", callback=_size, metavar="SIZE",
              help="Memory beside the data, such as 512M (default: 128 MiB).")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Most threads to use.")
@click.option("--figure", metavar="FILE", help="Draw the result: a .png, .svg or .pdf file.")
@click.option("--out", metavar="FILE", help="Save the result as JSON.")
@json_option
@strict_option
@click.pass_context
def dimension(
    ctx: click.Context,
    /,
    file: str,
    key: str | None,
    drop: tuple[str, ...],
    labels: str | None,
    seed: int,
    figure: str | None,
    out: str | None,
    as_json: bool,
    strict: bool,
    **options: Any,
) -> None:
    """Measure the intrinsic dimension of points, at every scale, with an interval.

    FILE holds one point a row: .npy, .npz, .csv, .tsv or .parquet. Of a folder, every such file is
    a layer, in the order of its numbers.
    """
    from lawcast._errors import FitRefused

    inputs = [file, *filter(None, [labels])]
    places = find_places(out, figure, inputs, ["dimension"], ending=".json")
    if places.figure and labels is None:
        _require_picture(file, **options)
    try:
        made = _advised(_measure(file, key, drop, labels, rng=seed, **options), file)
    except FitRefused as error:
        ctx.exit(say_no_forecast(error, (), as_json))
    failed = exit_code(made.findings, strict=False)
    saved = Saved() if failed else save(made, places, file, partial(_draw, made))
    if as_json:
        emit_json(made.to_dict() | saved.to_dict())
    else:
        _show(made, saved)
        if failed and (out or figure):
            emit(f"Not saved: there are {count_findings(made.findings)}.")
    refused = bool(getattr(made, "refused", {}))
    ctx.exit(failed or exit_code(made.findings, strict) or int(refused))


def _require_picture(file: str, method: str, metric: str, **_: Any) -> None:
    """Fail before the work where one set of points has no picture.

    Raises:
        click.UsageError: its binary dimension, or a single estimator, is asked for.
    """
    from lawcast.geometry.estimators import BINARY, DEFAULT

    if Path(file).is_dir():
        return
    if method in ("twonn", "gride-1"):
        raise click.UsageError(
            f"{method} alone reads two neighbours, which leaves nothing to draw: leave --figure or "
            "--method out"
        )
    if method == BINARY or (method, metric) == (DEFAULT, "hamming"):
        raise click.UsageError(
            "the binary dimension of one set of points has no picture by scale: leave --figure "
            "out. Layers and classes have one (a folder, or --labels)"
        )


def _measure(
    file: str, key: str | None, drop: tuple[str, ...], labels: str | None, **options: Any
) -> Made:
    from lawcast.geometry.entry import intrinsic_dimension

    if not file:
        raise click.UsageError("FILE is empty text: name a file or a folder")
    if file == "-":
        raise click.UsageError(
            "points are read from a file, not from standard input; name the file"
        )
    if Path(file).is_dir():
        if labels is not None:
            raise click.UsageError("--labels splits one file, and a folder holds several layers")
        layers: dict[str, Any] = _layers(file, key)
        if drop:
            layers = {name: _without(path, None, drop)[0] for name, path in layers.items()}
        with watched() as progress:
            return intrinsic_dimension(layers, progress=progress, **options)
    opened = _without(file, key, drop) if drop else None
    classes = None if labels is None else _labels(labels, file, key, opened and opened[0])
    if opened is not None:
        X, name = opened
        with watched() as progress:
            return intrinsic_dimension(X, name=name, labels=classes, progress=progress, **options)
    with watched() as progress:
        return intrinsic_dimension(file, key=key, labels=classes, progress=progress, **options)


def _without(file: str, key: str | None, drop: tuple[str, ...]) -> tuple[Source, str]:
    """The points of a file without some columns, and a name that says so."""
    from lawcast._tables import joined
    from lawcast.geometry.files import open_points_file

    source, name = open_points_file(file, key, drop)
    left = joined(drop) if len(drop) <= 3 else f"{len(drop)} columns"
    return source, f"{name} without {left}"


def _advised(made: Made, file: str) -> Made:
    """The same with advice that can be typed at the terminal."""
    from dataclasses import replace

    from lawcast.geometry.hygiene import ROW_NUMBERS
    from lawcast.geometry.result import Dimension

    if not isinstance(made, Dimension):
        each = {name: _advised(one, file) for name, one in made.each.items()}
        known = {name: one for name, one in each.items() if isinstance(one, Dimension)}
        return replace(made, each=known)
    if not Path(file).is_dir() and Path(file).suffix.lower() not in (".csv", ".tsv", ".parquet"):
        return made
    fix = "leave it out: --drop and the name of the column, or to_csv(index=False)"
    return made.with_findings(
        replace(finding, fix=fix) if finding.code == ROW_NUMBERS.code else finding
        for finding in made.findings
    )


def _layers(folder: str, key: str | None) -> dict[str, str]:
    """Name -> file of each layer; with ``key`` its array or column of that name."""
    from lawcast.geometry.files import layer_files

    files = layer_files(folder)
    stems = [path.stem for path in files]
    names = [path.name if stems.count(path.stem) > 1 else path.stem for path in files]
    keyed = (".npz", ".parquet")
    return {
        name: f"{path}[{key}]" if key is not None and path.suffix.lower() in keyed else str(path)
        for name, path in zip(names, files, strict=True)
    }


def _labels(text: str, file: str, key: str | None, opened: Source | None) -> list[Any]:
    """One label a row of the points.

    Raises:
        ReadError: the file is missing, is no list of labels, or holds pickled objects.
    """
    import numpy as np

    from lawcast._errors import ReadError
    from lawcast._files import read_text

    if not Path(text).is_file():
        raise ReadError(f"there is no file {text}")
    if Path(text).suffix.lower() != ".npy":
        lines = read_text(text).removeprefix("\ufeff").splitlines()
        from lawcast.geometry.files import open_points_file

        count = (opened or open_points_file(file, key)[0]).shape[0]
        # one line more than points is a heading
        return [line.strip() or None for line in lines[len(lines) - count == 1 :]]
    try:
        array = np.load(text, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ReadError(
            f"{text} holds no labels that can be read ({error}); objects are never loaded, because "
            "loading them can run any code. Save plain numbers or text, one for each row"
        ) from error
    if array.ndim != 1:
        raise ReadError(f"{text} has the shape {array.shape}; labels are one for each row, (n,)")
    listed: list[Any] = array.tolist()
    return listed


def _draw(made: Made, staged: Staged, target: Path) -> int:
    """Draw; the figure leaves nothing out."""
    write_picture(_picture(made), staged, target)
    return 0


def _picture(made: Made) -> Picture:
    from lawcast._errors import ArgumentError
    from lawcast.geometry.result import Dimension
    from lawcast.reporting.figures_dimension import (
        dimensions_picture,
        local_picture,
        scale_picture,
    )

    if isinstance(made, Dimension):
        picture = scale_picture(made) or local_picture(made)
    else:
        picture = dimensions_picture(made)
    if picture is None:
        method = made.method if isinstance(made, Dimension) else "the method"
        raise ArgumentError(
            f"there is nothing to draw: {method} measures no scales and no single points. Leave "
            f"--figure out, or --method {method}"
        )
    return picture


def _show(made: Made, saved: Saved) -> None:
    """Print the result, where it went and what to type next."""
    from lawcast._tables import Card
    from lawcast.geometry.result import Dimension

    parts = made.parts() if isinstance(made, Dimension) else (made.table, made.card())
    texts = [(options_card(part) if isinstance(part, Card) else part).text() for part in parts]
    lines = "\n\n".join(text for text in texts if text).splitlines()
    lines += saved.lines()
    emit("\n".join(printable(line) for line in lines))
