"""Which column of a source is which: a table of common names, in order of preference."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lawcast._errors import ArgumentError, Finding
from lawcast.runs.findings import MISSING_COLUMN
from lawcast.runs.table import TEXT_COLUMNS

COMMON_NAMES: dict[str, tuple[str, ...]] = {
    "params": (
        "params", "n_params", "num_params", "parameters", "n_parameters", "num_parameters",
        "total_params", "total_parameters", "params_total", "model_params", "model_parameters",
        "param_count", "parameter_count", "number_of_parameters", "model_size", "trainable_params",
        "non_embedding_params", "non_embedding_parameters", "params_non_embedding",
        "n_params_non_embedding", "num_params_non_embedding", "n_non_embedding_params",
        "model_size_params", "config.n_params", "config.params", "size", "n",
    ),
    "tokens": (
        "tokens", "n_tokens", "num_tokens", "toks", "n_toks", "num_toks", "train_toks",
        "train_tokens", "training_tokens", "tokens_seen",
        "seen_tokens", "tokens_trained", "trained_tokens", "total_tokens", "num_training_tokens",
        "token_count", "number_of_tokens", "num_input_tokens_seen", "train/num_input_tokens_seen",
        "consumed_tokens", "dataset_tokens", "config.tokens",
        "samples", "n_samples", "num_samples", "samples_seen", "seen_samples", "train_samples",
        "training_samples", "consumed_samples", "examples", "n_examples", "num_examples",
        "seen_examples", "examples_seen", "train_examples", "training_examples", "images_seen",
        "training_dataset_size", "dataset_size", "data_size", "d",
    ),
    "compute": (
        "compute", "flop", "flops", "training_flop", "training_flops", "train_flop", "train_flops",
        "training_compute", "train_compute", "total_flop", "total_flops", "total_flos",
        "train/total_flos", "total_compute",
        "n_flops", "num_flops", "compute_flop", "compute_flops", "training_compute_flop",
        "compute_budget", "flop_budget", "flops_budget", "budget", "pf_days", "pflop_days",
        "petaflop_days", "petaflop/s_days", "c",
    ),
    "loss": (
        "val_loss", "validation_loss", "eval_loss", "eval/loss", "val/loss", "valid_loss",
        "valid/loss", "validation/loss", "loss_validation", "loss_val", "heldout_loss",
        "held_out_loss", "test_loss", "test/loss", "final_val_loss", "final_eval_loss",
        "final_test_loss", "final_loss", "loss", "val_cross_entropy", "eval_cross_entropy",
        "cross_entropy", "cross_entropy_loss", "ce_loss", "lm_loss", "nll", "val_nll",
        "train_loss", "train/loss", "training_loss", "loss_train",
    ),
    "run": (
        "run", "run_id", "run_name", "runid", "wandb_run_id", "trial", "trial_id", "trial_name",
        "curve", "curve_id", "job_id", "name",
    ),
    "family": (
        "family", "model_family", "series", "suite", "sweep", "sweep_id", "group", "experiment",
        "experiment_name",
    ),
    "step": (
        "step", "steps", "_step", "global_step", "train_step", "train_steps", "training_step",
        "training_steps", "n_steps", "num_steps", "trainer/global_step", "train/global_step",
        "iteration", "iterations", "iter", "iters", "update", "updates",
    ),
    "seed": ("seed", "random_seed", "rng_seed", "init_seed", "data_seed", "replicate", "repeat"),
    "unique_tokens": (
        "unique_tokens", "n_unique_tokens", "num_unique_tokens", "tokens_unique", "unique_data",
        "unique_samples", "unique_examples",
    ),
    "width": (
        "width", "model_width", "d_model", "hidden_size", "hidden_dim", "n_embd", "embed_dim",
        "embedding_dim",
    ),
    "eval_set": (
        "eval_set", "evaluation_set", "validation_set", "val_set", "test_set", "eval_dataset",
        "validation_dataset", "val_dataset", "test_dataset", "eval_data", "tokenizer", "tokeniser",
    ),
    "params_kind": ("params_kind", "parameter_kind"),
}  # fmt: skip
"""Fixed name -> names that people use, most trusted first; case and punctuation do not count."""

_OTHER_UNITS = {
    "perplexity": ("ppl", "perplexity", "valppl", "evalppl", "valperplexity", "evalperplexity"),
    "bits": ("bits", "bitspertoken", "bpt", "lossbits"),
}
_COUNT_UNIT = "k|m|b|t|thousands?|millions?|mio|billions?|trillions?"
_FLOP_UNIT = r"[kmgtpezy]?flops?|pf-?days?|pflop(?:/s|s)?-?days?"
_UNIT_WORDS = {
    "params": _COUNT_UNIT,
    "tokens": _COUNT_UNIT,
    "unique_tokens": _COUNT_UNIT,
    "compute": _FLOP_UNIT,
    "loss": "nats|bits",
}
_UNIT_AT_END = {
    name: re.compile(rf"(.+?)(?:\s*[(\[]\s*(?:in\s+)?({words})\s*[)\]]|[\s_]({words}))", re.I)
    for name, words in _UNIT_WORDS.items()
}
_KIND_AT_END = re.compile(
    r"(.+?)\s*[(\[]\s*(?:(?:non|no|w/o|without|excl\w*\.?|incl\w*\.?|with)[\s_-]*emb\w*\.?|total)\s*[)\]]",
    re.I,
)
"""What N counts, as people add it to the name: ``"model size (non-emb)"``."""


@dataclass(frozen=True)
class NamePlan:
    """Which source column each fixed name is read from.

    Args:
        sources: fixed name -> column of the source.
        units: fixed name -> unit found in the column's name, where there is one.
        notes: what was guessed.
    """

    sources: dict[str, str]
    units: dict[str, str]
    notes: tuple[str, ...]

    @property
    def text(self) -> set[str]:
        """Columns of the source that hold text whatever they look like."""
        return {self.sources[name] for name in TEXT_COLUMNS if name in self.sources}


def plan_names(
    header: Sequence[str], given: Mapping[str, str | None], user_columns: Sequence[str] = ()
) -> NamePlan:
    """Decide which column is which: those the caller named, then the common names.

    A column that the caller's own law uses is never taken as something else.
    """
    sources = {name: named for name, named in given.items() if named is not None}
    units: dict[str, str] = {}
    notes: list[str] = []
    free = [
        name
        for name in header
        if name not in sources.values() and (name not in user_columns or name in COMMON_NAMES)
    ]
    keys: dict[str, list[str]] = {}
    for name in free:
        keys.setdefault(_key(name), []).append(name)
    for fixed, common in COMMON_NAMES.items():
        if fixed in sources:
            continue
        found = list(dict.fromkeys(hit for word in common for hit in keys.get(_key(word), ())))
        unit_of: dict[str, str] = {}
        if not found and fixed in _UNIT_AT_END:
            wanted = {_key(word) for word in common}
            for name in free:
                match = _UNIT_AT_END[fixed].fullmatch(name)
                if match and _key(match[1]) in wanted:
                    found.append(name)
                    unit_of[name] = match[2] or match[3]
                elif fixed == "params" and (kind := _KIND_AT_END.fullmatch(name)):
                    found += [name] if _key(kind[1]) in wanted else []
        if not found:
            continue
        pick = found[0]
        sources[fixed] = pick
        for hits in keys.values():
            if pick in hits:
                hits.remove(pick)
        free.remove(pick)
        if fixed == "compute" and _key(pick) in {
            "pfdays",
            "pflopdays",
            "petaflopdays",
            "petaflopsdays",
        }:
            unit_of[pick] = "PF-days"
        if pick in unit_of:
            units[fixed] = unit_of[pick]
        if pick != fixed or len(found) > 1:
            notes.append(_guess_note(fixed, pick, found, units.get(fixed)))
    return NamePlan(sources, units, tuple(notes))


_NUMBERS = ("params", "tokens", "compute", "loss")


def refuse_two_roles(given: Mapping[str, str | None]) -> None:
    """One column cannot be two things; also not by its own name, where that is a fixed one.

    Args:
        given: fixed name -> column of the source, as the caller named it. A column whose own name
            is that of another role can be given when that other role is named too (a swap).

    Raises:
        ArgumentError: a column has two roles.
    """
    taken: dict[str, str] = {}
    for fixed, named in given.items():
        if named is None:
            continue
        other = taken.setdefault(named, fixed)
        if other == fixed and named in _NUMBERS and given.get(named) is None:
            other = named
        if other != fixed:
            raise ArgumentError(
                f"column {quote(named)} is named for both {other} and {fixed}; "
                "one column is one thing, so name another column for one of them"
            )


def missing_columns(
    header: Sequence[str],
    given: Mapping[str, str | None],
    user_columns: Sequence[str],
    plan: NamePlan,
    row_label: str,
) -> tuple[Finding, ...]:
    """R001 for each column that the caller named and that is not there, or that a law needs."""
    found: list[Finding] = []
    for fixed, named in given.items():
        if named is not None and named not in header:
            likely = plan_names(header, {}).sources.get(fixed)
            found.append(_no_column(named, header, f"{fixed}=", row_label, likely))
    for name in user_columns:
        if name not in header and name not in plan.sources:
            found.append(_no_column(name, header, "columns=", row_label))
    if user_columns or found:
        return tuple(found)
    if "loss" not in plan.sources:
        found.append(_no_loss(header, row_label))
    if not {"params", "tokens", "compute", "step"} & plan.sources.keys():
        found.append(
            MISSING_COLUMN.found(
                "no column for params, tokens or compute; the table has "
                f"{list_names(header)}. A scaling law needs at least one of them",
                fix='name it: params="...", tokens="..." or compute="..."',
                row_label=row_label,
            )
        )
    return tuple(found)


def list_names(names: Iterable[str], most: int = 12) -> str:
    """Column names for a message: quoted (control characters escaped), cut and counted."""
    every = list(names)
    shown = ", ".join(quote(name) for name in every[:most])
    return shown + (f" and {len(every) - most} more" if len(every) > most else "")


def quote(name: str, most: int = 48) -> str:
    """A name between quotes, escaped, never longer than a line."""
    return repr(name if len(name) <= most else name[: most - 3] + "...")


def _key(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())


def _guess_note(fixed: str, pick: str, found: Sequence[str], unit: str | None) -> str:
    note = f"guessed: {fixed} = {quote(pick)}" if pick != fixed else f"took {fixed} = {quote(pick)}"
    if len(found) > 1:
        note += f", preferred to {list_names(found[1:], 4)}; to choose: {fixed}=..."
    if unit is not None:
        note += f" (unit {unit}, from its name)"
    return note


def _nearest(name: str, header: Sequence[str]) -> list[str]:
    by_key = {_key(column): column for column in header[:2000]}
    hits = difflib.get_close_matches(_key(name), list(by_key), n=3, cutoff=0.6)
    return [by_key[hit] for hit in hits]


def _no_column(
    name: str, header: Sequence[str], argument: str, row_label: str, likely: str | None = None
) -> Finding:
    near = _nearest(name, header)
    if likely is not None:
        near = list(dict.fromkeys([likely, *near]))
    nearest = f"; nearest: {list_names(near)}" if near else ""
    fix = f"{argument}{quote(near[0], 60)}" if near else f"pass the right name to {argument}"
    return MISSING_COLUMN.found(
        f"there is no column {quote(name)}; the table has {list_names(header)}{nearest}",
        fix=fix,
        row_label=row_label,
    )


def _no_loss(header: Sequence[str], row_label: str) -> Finding:
    for unit, words in _OTHER_UNITS.items():
        hit = next((name for name in header if _key(name) in words), None)
        if hit is not None:
            return MISSING_COLUMN.found(
                f"no column for loss; the table has {list_names(header)}; nearest: {quote(hit)}",
                fix=f'loss={quote(hit, 60)}, loss_unit="{unit}"',
                row_label=row_label,
            )
    near = [name for name in header if "loss" in name.lower() or "entropy" in name.lower()]
    near = near or _nearest("val_loss", header)
    return MISSING_COLUMN.found(
        f"no column for loss; the table has {list_names(header)}"
        + (f"; nearest: {list_names(near, 3)}" if near else ""),
        fix=f"loss={quote(near[0], 60)}" if near else 'name it: loss="..."',
        row_label=row_label,
    )
