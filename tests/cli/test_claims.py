"""``lawcast claims``: every registered claim in a line, with the verdict of the rules."""

from __future__ import annotations

import json
from collections.abc import Callable

from cli.conftest import Outcome
from lawcast.theory.claims import CLAIMS
from lawcast.theory.entry import check_claim
from lawcast.theory.verdict import Verdict

Run = Callable[..., Outcome]


def test_one_line_each(run: Run) -> None:
    code, out, err = run("claims")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    listed = lines[1 : lines.index("")]
    assert len(listed) == len(CLAIMS)
    for line, claim in zip(listed, CLAIMS, strict=True):
        number, verdict, statement = line.split(maxsplit=2)
        assert (number, statement) == (claim.id, claim.statement)
        assert verdict == check_claim(claim.id).outcome
    assert "lawcast claim 22 --run" in out


def test_one_in_full(run: Run) -> None:
    code, out, _ = run("claims", "3")
    assert code == 0
    assert "Counter-example" in out
    assert out.splitlines()[-1] == "To run it: lawcast claim 3 --run"
    assert "To run it" not in run("claims", "31").out
    code, _, err = run("claims", "99")
    assert code == 2
    assert "there is no claim '99'" in err


def test_as_json(run: Run) -> None:
    data = json.loads(run("claims", "--json").out)
    assert data["schema"] == "lawcast/claims/1"
    assert [row["statement"] for row in data["claims"]] == [claim.statement for claim in CLAIMS]
    for row in data["claims"]:
        assert Verdict.from_dict(row) == check_claim(row["id"])
    (one,) = json.loads(run("claims", "22", "--json").out)["claims"]
    assert one["id"] == "22"
