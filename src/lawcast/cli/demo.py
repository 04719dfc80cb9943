"""``lawcast demo``: the whole job on published runs, with the command that does each step."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._points import predict_points
from lawcast.cli._progress import waiting, watched
from lawcast.cli._shared import (
    OnceCommand,
    count_findings,
    emit,
    emit_json,
    json_option,
    options_card,
    print_findings,
    printable,
)
from lawcast.cli._writing import (
    all_or_nothing,
    require_free,
    require_place,
    require_same_or_none,
)

if TYPE_CHECKING:
    from lawcast.fitting.prediction import Prediction
    from lawcast.fitting.result import Fit
    from lawcast.runs.table import Runs

TABLE = "chinchilla.csv"
LEFT_OUT = (2, 3, 4, 5, 6)
"""Lines of the five runs that Besiroglu et al. 2024 set aside."""

REASON = "left out by Besiroglu et al. 2024"
BUDGET = [{"": "10x"}]
CHINCHILLA = [{"params": "70B", "tokens": "1.4T"}]


@click.command(cls=OnceCommand)
@click.option(
    "--out",
    default="lawcast-demo.html",
    metavar="FILE",
    show_default=True,
    help="Where to write the report.",
)
@click.option("--keep", is_flag=True, help=f"Also write {TABLE} and fit.json beside it.")
@json_option
def demo(out: str, keep: bool, as_json: bool) -> None:
    """Check, fit, predict and report on the runs of the Chinchilla study.

    It takes a few seconds, needs no network, and writes one file.
    """
    target = Path(out)
    require_place(target)
    require_free(target, kinds="report")
    if keep:
        _require_room(target)
    tell = _quiet if as_json else emit
    tell(
        "Lawcast on published data: 245 training runs of the Chinchilla study (Hoffmann\n"
        "et al. 2022), as read from its figure 4 by Besiroglu et al. 2024."
    )
    runs = _check(as_json)
    fit, everything = _fit(runs, tell)
    predictions = _predict(fit, tell)
    places = _write(target, fit, predictions[0], keep)
    if as_json:
        emit_json(_as_dict(fit, everything, predictions, places))
        return
    emit(_heading(4, "Keep it", f"report fit.json --out {shlex.quote(out)} --at 10x"))
    _conclude(fit, predictions[0], places, keep)


def _conclude(fit: Fit, prediction: Prediction, places: list[Path], keep: bool) -> None:
    from lawcast._tables import wrap
    from lawcast.reporting.answer import answer

    page, *others = (printable(str(place)) for place in places)
    emit(f"Saved  {page}: one file; open it in a browser, no network needed")
    if others:
        emit(f"       {', '.join(others)}")
    emit("\nIn three sentences\n")
    emit("\n".join(wrap(sentence, indent="  ") for sentence in answer(fit, [prediction])))
    emit("\nYour own runs, one row a run:  lawcast check sweep.csv")
    if not keep:
        emit(f"These commands by hand:        lawcast demo --keep   (writes {TABLE} too)")


def _check(as_json: bool) -> Runs:
    from lawcast._data import packaged
    from lawcast.runs.read import read_runs

    with packaged(TABLE) as path:
        runs = read_runs(path)
    if not as_json:
        emit(_heading(1, "Is anything wrong with the table?", f"check {TABLE}"))
        emit(runs.summary())
        findings = runs.check()
        emit("")
        print_findings(findings)
        emit(f"So: {count_findings(findings)}, nothing that stops a fit.")
    return runs


def _fit(runs: Runs, tell: Callable[[str], None]) -> tuple[Fit, Fit]:
    """The fit without the five runs, and a quick one of all, to say what they would change."""
    from lawcast._tables import joined, significant, wrap
    from lawcast.fitting.entry import fit
    from lawcast.fitting.summary import fit_card

    first, last = LEFT_OUT[0], LEFT_OUT[-1]
    tell("\n2. Fit the law")
    tell("")
    tell(
        wrap(
            f"Lines {first} to {last} are the five runs with the fewest tokens per parameter and "
            "the highest losses. Besiroglu et al. 2024 left them out, and so does this demo."
        )
    )
    tell(f"\n$ lawcast fit {TABLE} --without {first}-{last}")
    with watched() as progress:
        fitted = fit(runs.drop(LEFT_OUT, reason=REASON), progress=progress)
        everything = fit(runs, bootstrap=0, diagnosis=False)
    tell(options_card(fit_card(fitted)).text())
    changes = [
        f"{parameter.symbol} {significant(everything.parameters[name].value, 3)} instead of "
        f"{significant(fitted.parameters[name].value, 3)}"
        for name, parameter in zip(fitted.law.names, fitted.law.parameters, strict=True)
        if name in ("E", *fitted.law.exponents)
    ]
    tell("")
    tell(wrap(f"With those five runs it would say {joined(changes)}."))
    return fitted, everything


def _predict(fit: Fit, tell: Callable[[str], None]) -> list[Prediction]:
    predictions = predict_points(fit, [*BUDGET, *CHINCHILLA])
    question = "Predict runs that are not in the table: ten times the compute, and Chinchilla"
    tell(_heading(3, question, "predict fit.json --compute 10x"))
    tell(options_card(predictions[0].card()).text())
    tell("\n$ lawcast predict fit.json --params 70B --tokens 1.4T")
    tell(options_card(predictions[1].card()).text())
    return predictions


def _write(target: Path, fit: Fit, prediction: Prediction, keep: bool) -> list[Path]:
    from lawcast._data import packaged
    from lawcast._files import write_atomically
    from lawcast.reporting.report import report

    places = [target]
    with all_or_nothing() as staged, waiting("drawing the report"):
        report(fit, prediction).save(staged.file(target))
        if keep:
            places += [target.with_name(TABLE), target.with_name("fit.json")]
            with packaged(TABLE) as path:
                write_atomically(staged.file(places[1]), path.read_bytes())
            saved = fit.save(staged.file(places[2]))
            require_same_or_none(places[2], saved.read_bytes())
    return places


def _require_room(target: Path) -> None:
    """The table and the fit that --keep writes replace nothing of somebody else's."""
    from lawcast._data import packaged

    with packaged(TABLE) as path:
        require_same_or_none(target.with_name(TABLE), path.read_bytes())
    require_free(target.with_name("fit.json"), kinds="fit")


def _as_dict(
    fit: Fit, everything: Fit, predictions: list[Prediction], places: list[Path]
) -> dict[str, Any]:
    from lawcast._values import document

    return document(
        "demo",
        1,
        {
            "table": TABLE,
            "left_out": {"rows": list(LEFT_OUT), "reason": REASON},
            "parameters": {n: e.to_dict() for n, e in fit.parameters.items()},
            "parameters_of_all_runs": {n: e.to_dict() for n, e in everything.parameters.items()},
            "predictions": [prediction.to_dict() for prediction in predictions],
            "saved": [str(place) for place in places],
        },
    )


def _heading(number: int, question: str, command: str) -> str:
    return f"\n{number}. {question}\n\n$ lawcast {command}"


def _quiet(text: str) -> None:
    """With --json nothing but JSON goes to standard output."""
