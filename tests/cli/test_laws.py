"""``lawcast laws``: every declared law, whole, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from cli.conftest import Outcome
from lawcast import get_law, list_laws

Run = Callable[..., Outcome]


def words_of(text: str) -> str:
    """The text without line breaks, to look for what may be wrapped."""
    return " ".join(text.replace("-\n", "-").split())


def test_the_list_has_every_law(run: Run) -> None:
    code, out, err = run("laws")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    listed = [line.split()[0] for line in out.splitlines()[1:] if line[:1].isalnum()]
    assert set(list_laws()) <= set(listed)
    data = json.loads(run("laws", "--json").out)
    assert data["schema"] == "lawcast/laws/1"
    assert [law["name"] for law in data["laws"]] == list(list_laws())


@pytest.mark.parametrize("name", [*list_laws(), "bnsl-3", "M2"])
def test_one_law_is_shown_whole(name: str, run: Run) -> None:
    law = get_law(name)
    code, out, _ = run("laws", name)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert f"lawcast fit FILE --law {law.name}" in out
    assert ("--variable COLUMN" in out) == law.free_variable
    rows = [line.split()[0] for line in out.splitlines() if line[:1].strip()]
    for parameter in law.parameters:
        assert parameter.name in rows
        assert parameter.symbol in out
    (shown,) = json.loads(run("laws", name, "--json").out)["laws"]
    assert shown["formula"] == law.formula
    assert shown["source"] == law.source
    assert [p["name"] for p in shown["parameters"]] == list(law.names)
    assert [p["meaning"] for p in shown["parameters"]] == [p.meaning for p in law.parameters]


def test_an_unknown_law_is_bad_usage(run: Run) -> None:
    code, out, err = run("laws", "chinchila")
    assert (code, out) == (2, "")
    assert "did you mean 'chinchilla'?" in err
