"""Checks across rows: groups, repeats, checkpoints, comparability, diverged runs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding
from lawcast._units import format_count
from lawcast._values import Array
from lawcast.runs.checks_values import about, checked
from lawcast.runs.diverged import NOISE_UNITS, find_diverged
from lawcast.runs.findings import (
    BITS_AND_NATS,
    CHECKPOINTS,
    DIVERGED,
    DUPLICATES,
    EMBEDDINGS_UNSAID,
    NOT_COMPARABLE,
    REPEATED_DATA,
    REPEATS,
    counted,
)
from lawcast.runs.names import list_names, quote
from lawcast.runs.repeats import find_repeats
from lawcast.runs.rows import find_duplicates, group_rows
from lawcast.runs.surface import cloud_of, quadratic, robust_fit, sample
from lawcast.runs.table import Runs

_LN_2 = math.log(2.0)
_BITS_STEP = -math.log(_LN_2)  # ln of the ratio of bits to nats, 0.3665
_MOST_GROUPS = 12
_SMALL_MODEL = 1e8


def bits_and_nats(runs: Runs) -> Finding | None:
    """R006: two groups differ by 1/ln 2 on one smooth surface."""
    cloud = cloud_of(runs)
    if cloud is None or len(cloud.positions) < 12:
        return None
    picked = sample(np.column_stack([cloud.places, cloud.log_loss]))
    places, log_loss = cloud.places[picked], cloud.log_loss[picked]
    where = cloud.positions[picked]
    for name, column in sorted(runs.columns.items()):
        if column.dtype != np.object_:
            continue
        labels, group = np.unique(column[where].astype(str), return_inverse=True)
        sizes = np.bincount(group)
        if not 2 <= len(labels) <= _MOST_GROUPS or sizes.min() < 4:
            continue
        reference = int(np.argmax(sizes))
        if not _overlap(places, group, reference):
            continue
        dummies = np.eye(len(labels))[group][:, np.arange(len(labels)) != reference]
        terms = np.column_stack([quadratic(places), dummies])
        if len(terms) < terms.shape[1] + 5:
            continue
        solution, scatter = robust_fit(terms, log_loss)
        offset = np.insert(solution[-dummies.shape[1] :], reference, 0.0)
        offset -= np.min(offset)  # the lowest group is in nats, if any is
        near = np.abs(offset - _BITS_STEP) < 0.03
        if scatter > 0.06 or not near.any() or not np.all(near | (offset < 0.1)):
            continue
        high = labels[near].tolist()
        rows = np.isin(column.astype(str), high)
        factor = math.exp(float(np.mean(offset[near])))
        return about(
            runs,
            BITS_AND_NATS,
            f"losses where {quote(name)} is {list_names(high, 4)} are {factor:.3g} x those of the "
            f"others at the same N and D; 1/ln 2 is 1.44, so these rows seem to be in bits",
            fix=f'read the parts apart and pass loss_unit="bits" for {list_names(high, 2)}',
            mask=rows,
        )
    return None


def _overlap(places: Array, group: NDArray[np.intp], reference: int) -> bool:
    """Whether half of each group lies within the range of the reference group."""
    base = places[group == reference]
    inside = np.all((places >= base.min(axis=0)) & (places <= base.max(axis=0)), axis=1)
    share = np.bincount(group, weights=inside) / np.bincount(group)
    return bool(np.all(share >= 0.5))


def embeddings_unsaid(runs: Runs) -> Finding | None:
    """R009."""
    if not checked(runs, "params") or "params_kind" in runs.columns or runs.user_columns:
        return None
    if "emb" in runs.names.get("params", "").casefold():  # the name of the column says it
        return None
    params = runs.columns["params"]
    params = params[np.isfinite(params) & (params > 0)]
    if params.size < 2:
        return None
    low, high = float(params.min()), float(params.max())
    # Below 1e5 parameters these are toy models without a vocabulary.
    if not (1e5 <= low < _SMALL_MODEL and high / low > 5):
        return None
    return about(
        runs,
        EMBEDDINGS_UNSAID,
        f"models start at {format_count(low)} parameters, where embeddings are a large share, and "
        "nothing says whether N counts them; the exponent depends on it",
        fix='params_kind="total" or params_kind="non-embedding" (--params-kind)',
    )


def duplicates_kept(runs: Runs) -> Finding | None:
    """R012 for tables that kept their duplicates."""
    again, _ = find_duplicates(runs)
    if not again.any():
        return None
    return about(
        runs,
        DUPLICATES,
        f"exact copies of another row in {counted(int(again.sum()))}, which were kept",
        fix='duplicates="once" unless they are independent repeats',
        mask=again,
    )


def repeats(runs: Runs) -> Finding | None:
    """R013."""
    if runs.user_columns:
        return None
    found = find_repeats(runs)
    if found is None:
        return None
    mask = np.zeros(len(runs), dtype=bool)
    mask[found.positions] = True
    doubt = ""
    if found.noise > 0.05:
        doubt = "; that is much, so they may differ in something that is not in the table"
    return about(
        runs,
        REPEATS,
        f"{counted(len(found.positions))} repeat {counted(found.cells, 'design')} (same N and D): "
        f"the noise of one run is about {100 * found.noise:.2g} %{doubt}",
        fix="",
        mask=mask,
    )


def checkpoints(runs: Runs) -> Finding | None:
    """R014."""
    if runs.user_columns or not len(runs):
        return None
    if "run" in runs.columns:
        keys = [runs.columns[name] for name in ("run", "family", "seed") if name in runs.columns]
        named = runs.columns["run"] != ""
        remedy = 'checkpoints="final" with run= and step=, or cluster="run" in the fit'
    elif "step" in runs.columns and "params" in runs.columns:
        names = ("params", "family", "seed", "width", "eval_set", "unique_tokens")
        keys = [runs.columns[name] for name in names if name in runs.columns]
        named = np.isfinite(runs.columns["step"])
        remedy = "name the column of runs: run=..., so that the last step of each is kept"
    else:
        return None
    groups, count = group_rows([key[named] for key in keys], int(named.sum()))
    if not count:
        return None
    if "run" not in runs.columns and count < 2:
        return None
    size = np.bincount(groups, minlength=count)
    if "step" in runs.columns:
        _, steps = group_rows([groups, runs.columns["step"][named]], len(groups))
        if steps == count:  # several rows, but one step each: not points along a curve
            return None
    elif "tokens" in runs.columns:
        _, points = group_rows([groups, runs.columns["tokens"][named]], len(groups))
        if points == count:
            return None
    if float(np.median(size)) < 2 and float(np.mean(size)) < 1.5:
        return None
    return about(
        runs,
        CHECKPOINTS,
        f"{counted(len(groups))} belong to {counted(count, 'run')}: points along one curve are "
        "dependent, and losses in mid-schedule are high",
        fix=remedy,
    )


def diverged(runs: Runs) -> Finding | None:
    """R015."""
    mask = find_diverged(runs)
    if not mask.any():
        return None
    return about(
        runs,
        DIVERGED,
        f"the loss of {counted(int(mask.sum()))} is above that of at least two runs with no more "
        f"parameters and no more tokens, by more than {NOISE_UNITS:.0f} times the scatter: "
        "diverged, or an untuned learning rate",
        fix='look at these runs; drop=("diverged",) (--drop diverged) sets them aside',
        mask=mask,
    )


def repeated_data(runs: Runs) -> Finding | None:
    """R018."""
    if "unique_tokens" not in runs.columns or "tokens" not in runs.columns or runs.user_columns:
        return None
    unique, tokens = runs.columns["unique_tokens"], runs.columns["tokens"]
    over = (unique > 0) & (tokens > 1.001 * unique)
    if not over.any():
        return None
    epochs = float(np.max(tokens[over] / unique[over]))
    return about(
        runs,
        REPEATED_DATA,
        f"D exceeds the unique tokens in {counted(int(over.sum()))} (up to {epochs:.3g} epochs): "
        "the plain laws do not describe repeated data",
        fix='law="data-constrained" (--law data-constrained), or drop these rows',
        mask=over,
    )


def not_comparable(runs: Runs) -> Finding | None:
    """R019."""
    if "eval_set" not in runs.columns:
        return None
    values = sorted(set(runs.columns["eval_set"].tolist()) - {""})
    if len(values) < 2:
        return None
    named = runs.names.get("eval_set", "eval_set")
    return about(
        runs,
        NOT_COMPARABLE,
        f"{quote(named)} has {len(values)} values ({list_names(values, 4)}): losses on different "
        "evaluation sets or tokenisers have no common law",
        fix='fit each part: runs.split("eval_set"), or by="eval_set" in the fit',
    )
