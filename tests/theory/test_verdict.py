"""A verdict: its card, and the document it is saved in."""

from __future__ import annotations

import pytest

from lawcast import SavedFileError
from lawcast.theory.verdict import Outcome, Verdict

WHOLE = Verdict(
    claim="alpha >= 4/d",
    outcome=Outcome.FAILS,
    reason="All 10 cases fail.",
    counterexample="alpha = 2/d = 0.6667 and 4/d = 1.333, at d = 3",
    repair="approximator is piecewise-linear",
    premises=(("loss", "l2"), ("regime", "resolution (default)"), ("noise", "none (default)")),
    source="[B] section 2.2",
    study="interpolation",
    evidence=("1-NN 0.66", "Delaunay 1.33"),
    id="3",
)


def test_the_card() -> None:
    lines = WHOLE.summary().splitlines()
    assert max(map(len, lines)) <= 80
    text = WHOLE.summary()
    assert "3. alpha >= 4/d" in text
    assert "FAILS" in text
    assert [line for line in lines if "(default)" in line] == []
    assert "Defaults         regime resolution, noise none" in text
    assert "interpolation decided it" in text
    assert "<th" in WHOLE._repr_html_()


def test_what_is_not_there_has_no_line() -> None:
    labels = [label for label, _ in Verdict("alpha = 1", Outcome.HOLDS, "So it is.").card().rows]
    assert labels == ["Claim", "Verdict", "Reason"]


def test_a_counter_example_is_not_told_twice() -> None:
    told = Verdict("alpha = 1", Outcome.FAILS, "alpha = 2, at d = 1.", counterexample="alpha = 2")
    assert "Counter-example" not in told.summary()


def test_it_is_saved_and_read_back() -> None:
    assert Verdict.from_dict(WHOLE.to_dict()) == WHOLE
    assert WHOLE.to_dict()["schema"] == "lawcast/verdict/1"
    with pytest.raises(SavedFileError, match="damaged"):
        Verdict.from_dict(WHOLE.to_dict() | {"outcome": "maybe"})
    with pytest.raises(SavedFileError, match="holds a exponent"):
        Verdict.from_dict(WHOLE.to_dict() | {"schema": "lawcast/exponent/1"})
