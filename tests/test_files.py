"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lawcast._errors import ReadError, WriteError
from lawcast._files import read_text, write_atomically


def test_text_and_bytes_arrive_and_nothing_else_does(tmp_path: Path) -> None:
    assert write_atomically(tmp_path / "a.txt", "α\n") == tmp_path / "a.txt"
    write_atomically(tmp_path / "b.bin", b"\x00\xff")
    assert (tmp_path / "a.txt").read_bytes() == "α\n".encode()
    assert (tmp_path / "b.bin").read_bytes() == b"\x00\xff"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.bin"]


def test_an_old_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    write_atomically(target, "new")
    assert target.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_atomically(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == usual.stat().st_mode


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"cannot write .*No such file .*choose another place"):
        write_atomically(tmp_path / "missing" / "a.txt", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="is a folder"):
        write_atomically(tmp_path, "x")


def test_a_file_in_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="cannot write"):
        write_atomically(tmp_path / "file" / "a.txt", "x")


def test_a_failure_while_writing_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="No space left on device"):
        write_atomically(target, "new")
    assert target.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_ctrl_c_while_writing_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old", encoding="utf-8")

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert target.read_text(encoding="utf-8") == "old"


if Path("/dev/full").exists():  # Linux: a device that is always full

    def test_a_full_device_is_a_clear_error() -> None:
        with pytest.raises(WriteError, match="No space left"):
            write_atomically("/dev/full", "x")

    def test_a_device_stays_a_device() -> None:
        write_atomically("/dev/null", "x")
        assert not Path("/dev/null").is_file()


def test_a_file_is_read_back(tmp_path: Path) -> None:
    assert read_text(write_atomically(tmp_path / "a.txt", "α")) == "α"


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"abc\xe9")
    (tmp_path / "long.txt").write_bytes(b"x" * 11)
    for path, reason in [
        (tmp_path / "none.txt", "there is no file"),
        (tmp_path, "is a folder"),
        (tmp_path / "latin.txt", r"not UTF-8 text \(byte 3\)"),
        (tmp_path / "long.txt", "11 bytes; at most 10"),
    ]:
        with pytest.raises(ReadError, match=reason):
            read_text(path, most=10)
