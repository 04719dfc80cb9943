"""All the figures of a fit, and how they are written into a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lawcast.fitting.prediction import Prediction
from lawcast.fitting.result import Fit
from lawcast.reporting.figures_backtest import backtest_picture
from lawcast.reporting.figures_data import design_picture
from lawcast.reporting.figures_fit import parameter_picture, residual_picture
from lawcast.reporting.figures_law import law_picture
from lawcast.reporting.figures_profile import profile_picture
from lawcast.reporting.picture import Picture


def pictures_of(
    fit: Fit,
    predictions: Sequence[Prediction] = (),
    *,
    redact: bool = False,
    design: bool = True,
) -> dict[str, Picture]:
    """Every figure that this fit has, by name, in reading order.

    Args:
        fit: the fit.
        predictions: marked in the figure of the law.
        redact: leave single runs out of the figures and of their tables.
        design: whether to make the figure of the table of runs.

    Returns:
        Some of ``design``, ``law``, ``residuals``, ``parameters``, ``backtest``, ``profiles``.
    """
    points = not redact
    made = (
        design_picture(fit.runs) if design and points and not fit.law.user else None,
        law_picture(fit, predictions, points=points),
        residual_picture(fit, points=points),
        parameter_picture(fit),
        backtest_picture(fit),
        profile_picture(fit),
    )
    return {picture.name: picture for picture in made if picture is not None}


def save_figures(
    fit: Fit, folder: str | os.PathLike[str], predictions: Sequence[Prediction] = ()
) -> list[Path]:
    """Write every figure of a fit as SVG and PDF, with its numbers as CSV.

    Args:
        fit: the fit.
        folder: made if it is missing.
        predictions: marked in the figure of the law.

    Returns:
        The files written.

    Raises:
        WriteError: the folder or a file cannot be written.
    """
    return [
        path for picture in pictures_of(fit, predictions).values() for path in picture.save(folder)
    ]
