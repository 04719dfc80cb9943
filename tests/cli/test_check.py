"""``lawcast check``: what it prints, as text and as JSON, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lawcast.cli.main import main

GOOD = "params,tokens,loss\n" + "".join(
    f"{2e8 * 2**i!r},{1e9 * 3**i!r},{4 - 0.2 * i!r}\n" for i in range(7)
)
WARNED = GOOD + GOOD.splitlines()[1] + "\n"
BAD = GOOD + "0,1e9,3.0\n1e9,2e9,-1\n"


def saved(folder: Path, text: str, name: str = "sweep.csv") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (GOOD, [], 0),
        (GOOD, ["--strict"], 0),
        (WARNED, [], 0),
        (WARNED, ["--strict"], 1),
        (WARNED, ["--strict", "--duplicates", "all"], 1),
        (BAD, [], 1),
        ("a,b\n1,2\n", [], 1),
        ("", [], 1),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_exit_codes(
    text: str, words: list[str], code: int, form: list[str], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert main(["check", saved(tmp_path, text), *words, *form]) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    if text and form:
        assert json.loads(out)["schema"] == "lawcast/check/1"


def test_a_good_table_ends_with_the_next_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path, GOOD.replace("params", "my size"), "my sweep.csv")
    assert main(["check", path, "--params", "my size"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-2].startswith("no findings in ")
    assert out.splitlines()[-1] == f"Next   lawcast fit '{path}' --params 'my size'"


def test_findings_come_with_rows_and_fixes_within_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path, BAD)
    assert main(["check", path]) == 1
    out, _ = capsys.readouterr()
    body = [line for line in out.splitlines() if path not in line]
    assert max(map(len, body)) <= 80
    assert "x R004 error: " in out
    assert "x R010 error: " in out
    assert "  line 9" in out
    assert "drop them: --without 9" in " ".join(out.split())
    assert out.splitlines()[-1].startswith("What a code means: lawcast findings R0")
    assert "2 errors" in out
    assert "Next" not in out
    assert "\x1b" not in out


def test_a_missing_column_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, GOOD.replace("loss", "val_ppl"))
    assert main(["check", path]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert "R001" in out
    assert "fix: --loss val_ppl, --loss-unit perplexity" in out


def test_json_holds_what_the_text_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, BAD)
    assert main(["check", path, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert {finding["code"] for finding in data["findings"]} == {"R004", "R010"}
    assert data["table"]["rows_read"] == 9
    assert data["table"]["derived"] == ["compute"]
    assert len(data["table"]["sha256"]) == 64


def test_trouble_with_the_file_is_one_message_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "none.csv")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: there is no file")


def test_reading_options_reach_the_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "a;b;l;who\n" + "".join(f"{2**i};{3**i};{20 - i},5;x{i}\n" for i in range(7))
    path = saved(tmp_path, text)
    words = ["--params", "a", "--samples", "b", "--loss", "l", "--run", "who", "--params-unit", "B",
             "--tokens-unit", "B", "--loss-unit", "perplexity", "--params-kind", "total",
             "--accounting", "2ND", "--checkpoints", "all", "--duplicates", "all", "--decimal", ",",
             "--drop", "diverged", "--column", "a"]  # fmt: skip
    assert main(["check", path, *words, "--json"]) == 0
    table = json.loads(capsys.readouterr().out)["table"]
    assert table["names"] == {"params": "a", "tokens": "b", "loss": "l", "run": "who"}
    assert table["accounting"] == "2ND"
    assert "params_kind" in table["columns"]
    assert any("perplexity" in note for note in table["notes"])


def test_hostile_names_cannot_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b[2J\x1b]0;owned\x07"
    text = "params,tokens,loss,family,eval_set\n" + "".join(
        f"1e{7 + i},1e9,3.0,{evil}{i},{evil}{i}\n" for i in range(6)
    )
    assert main(["check", saved(tmp_path, text)]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_standard_input_and_a_narrow_encoding() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "lawcast", "check", "-"],
        input=GOOD.encode(),
        capture_output=True,
        env={"PYTHONPATH": ":".join(sys.path), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0
    assert b"<stdin>" in done.stdout
    assert done.stderr == b""
