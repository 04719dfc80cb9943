"""The store: exact, durable, shared, and clear about every way in which it can fail."""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lawcast._errors import ArgumentError, SavedFileError, WriteError
from lawcast.lab import store as store_module
from lawcast.lab.store import Cell, Store, open_store

ROWS = {
    "a": {"l1": 0.1 + 0.2, "l2": float("nan")},
    "b": {"l1": -0.0, "l2": float("inf")},
    "c": {"l1": 5e-324, "l2": float("-inf")},
    "d": {"l1": 1.7976931348623157e308, "l2": 1 / 3},
}


def cell(key: str, **row: float) -> Cell:
    return Cell(key, "tiny", {"samples": 64, "name": "é\n"}, row or ROWS[key], 0.25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cells.db"


@pytest.fixture
def full(path: Path) -> Path:
    """A store with the four cells."""
    with open_store(path) as store:
        store.keep([cell(key) for key in ROWS])
    return path


def test_numbers_come_back_bit_for_bit(full: Path) -> None:
    with open_store(f"sqlite:///{full}") as store:
        found = store.find([*ROWS, "missing"])
        assert store.place() == str(full)
    assert set(found) == set(ROWS)
    for key, row in ROWS.items():
        got = found[key].row
        assert {k: v.hex() for k, v in got.items()} == {k: v.hex() for k, v in row.items()}
        assert (found[key].config, found[key].seconds) == (cell(key).config, 0.25)


def test_cost_is_kept_apart_from_what_was_measured(full: Path) -> None:
    with sqlite3.connect(full) as base:
        rows = base.execute("SELECT row, seconds FROM cells").fetchall()
    base.close()
    assert all("0.25" not in row and seconds == 0.25 for row, seconds in rows)


def test_a_store_is_durable_and_leaves_one_file(full: Path) -> None:
    assert os.listdir(full.parent) == ["cells.db"]
    with open_store(full) as store:
        assert isinstance(store, Store)
        use = store._use().exec_driver_sql
        assert use("PRAGMA journal_mode").scalar() == "wal"
        assert use("PRAGMA synchronous").scalar() == 2  # FULL


def test_the_first_row_of_a_cell_is_the_one_that_counts(full: Path) -> None:
    with open_store(full) as store:
        kept = store.keep([cell("a", l1=9.0, l2=9.0), cell("new", l1=1.0, l2=2.0)])
        assert kept["a"].row["l1"] == ROWS["a"]["l1"]
        assert kept["new"].row == {"l1": 1.0, "l2": 2.0}
        assert store.keep([]) == {}


def test_memory_keeps_no_file(tmp_path: Path) -> None:
    with open_store(None) as store:
        assert store.keep([cell("a")])["a"].row["l1"] == ROWS["a"]["l1"]
        assert set(store.find(["a", "b"])) == {"a"}
        assert store.place() == ""
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    "where",
    ["postgresql://host/base", "sqlite://", "sqlite:///", "", " ", ":memory:", "a\0b", 3, b"x.db"],
)
def test_what_names_no_file_is_refused(where: Any) -> None:
    with pytest.raises(ArgumentError, match="store="), open_store(where):
        pass


def test_names_that_a_database_would_read_otherwise(tmp_path: Path) -> None:
    for name in ("what?mode=memory#x%20.db", "file:x.db", "é ü.db"):
        with open_store(tmp_path / name) as store:
            store.keep([cell("a")])
        assert (tmp_path / name).stat().st_size > 0


def test_folders_devices_and_missing_folders_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for where, says in ((tmp_path, "is a folder"), (tmp_path / "pipe", "no regular file"),
                        (tmp_path / "no" / "x.db", "there is no folder")):  # fmt: skip
        with pytest.raises(WriteError, match=says), open_store(where):
            pass
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_file_of_something_else_is_not_touched(path: Path) -> None:
    path.write_text("params,tokens,loss\n1,2,3\n" * 100)
    before = path.read_bytes()
    with pytest.raises(SavedFileError, match="damaged"), open_store(path):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("tables", ["CREATE TABLE fish (x)", "CREATE TABLE meta (key, value)"])
def test_another_database_is_not_touched(path: Path, tables: str) -> None:
    base = sqlite3.connect(path)
    base.executescript(f"{tables}; CREATE TABLE cells (x);")
    base.close()
    before = path.read_bytes()
    with pytest.raises(SavedFileError, match="a database of something else"), open_store(path):
        pass
    assert path.read_bytes() == before


def test_a_truncated_store_and_a_damaged_page_are_told(full: Path, tmp_path: Path) -> None:
    with open_store(full) as store:
        store.keep([cell(f"k{k}", l1=float(k)) for k in range(400)])
    whole = full.read_bytes()
    cut = tmp_path / "cut.db"
    cut.write_bytes(whole[: len(whole) // 2])
    page = tmp_path / "page.db"
    middle = len(whole) // 2 // 4096 * 4096
    page.write_bytes(whole[:middle] + b"\xff" * 4096 + whole[middle + 4096 :])
    for damaged in (cut, page):
        before = damaged.read_bytes()
        with pytest.raises(SavedFileError, match="is damaged"), open_store(damaged) as store:
            store.find([f"k{k}" for k in range(400)])
        assert damaged.read_bytes() == before


@pytest.mark.parametrize(
    "row", ["{", "[1]", '{"l1":0.3,"l2":1.0}', '{"l1":"x"}', "", "null", '{"l1":[]}']
)
def test_a_damaged_row_is_named_with_the_command_that_removes_it(full: Path, row: str) -> None:
    base = sqlite3.connect(full)
    base.execute("UPDATE cells SET row = ? WHERE key = 'b'", (row,))
    base.commit()
    base.close()
    with open_store(full) as store:
        assert set(store.find(["a", "c"])) == {"a", "c"}
        with pytest.raises(SavedFileError, match=r"DELETE FROM cells WHERE key = 'b'"):
            store.find(["a", "b"])


def test_a_store_of_a_newer_version_asks_for_an_upgrade(full: Path) -> None:
    base = sqlite3.connect(full)
    base.execute("UPDATE meta SET value = 'lawcast/store/2'")
    base.commit()
    base.close()
    with pytest.raises(SavedFileError, match=r"newer Lawcast.*--upgrade"), open_store(full):
        pass


def test_a_store_held_by_another_process(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE", 0.2)
    with open_store(full) as store:
        other = sqlite3.connect(full)
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        with pytest.raises(WriteError, match=r"by another process for more than 0\.2 s"):
            store.keep([cell("new", l1=1.0)])
        assert time.monotonic() - start > 0.15
        other.rollback()
        other.close()
        assert store.keep([cell("new", l1=1.0)])


def test_a_full_disk_loses_nothing(full: Path) -> None:
    with open_store(full) as store:
        assert isinstance(store, Store)
        pages = store._use().exec_driver_sql("PRAGMA page_count").scalar()
        store._use().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(WriteError, match="the disk is full"):
            store.keep([cell(f"k{k}", l1=float(k)) for k in range(1000)])
        assert set(store.find([*ROWS, "k1"])) == set(ROWS)
        store._use().exec_driver_sql("PRAGMA max_page_count = 100000")
        store.keep([cell("later", l1=1.0)])
    with open_store(full) as store:
        assert set(store.find([*ROWS, "later"])) == {*ROWS, "later"}


def test_a_read_only_store_is_told(full: Path) -> None:
    with open_store(full) as store:
        assert isinstance(store, Store)
        store._use().exec_driver_sql("PRAGMA query_only = 1")
        with pytest.raises(WriteError, match="read-only"):
            store.keep([cell("new", l1=1.0)])


@pytest.fixture
def locked() -> Iterator[Path]:
    """A store that this process may only read, in a folder that it may only read too."""
    with tempfile.TemporaryDirectory() as name, open_store(Path(name) / "cells.db") as store:
        folder = Path(name)
        store.keep([cell(key) for key in ROWS])
        assert isinstance(store, Store)
        store.close()
        (folder / "cells.db").chmod(0o444)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:  # whom no permission stops
            os.seteuid(65534)
        try:
            yield folder / "cells.db"
        finally:
            os.seteuid(user)
            folder.chmod(0o755)


def test_a_store_that_cannot_be_written_is_read(locked: Path) -> None:
    before = locked.read_bytes()
    with open_store(locked) as store:
        assert set(store.find([*ROWS, "more"])) == set(ROWS)
        with pytest.raises(WriteError, match=r"cannot keep cells in the store .*: it ") as caught:
            store.require_room()
        assert "?." not in str(caught.value)
        with pytest.raises(WriteError, match="What it held is safe"):
            store.keep([cell("new", l1=1.0)])
    assert locked.read_bytes() == before
    assert os.listdir(locked.parent) == ["cells.db"]


def test_a_folder_that_cannot_be_written_has_no_new_store(locked: Path) -> None:
    with (
        pytest.raises(WriteError, match=r"cannot be opened \(you may have to be allowed to write"),
        open_store(locked.with_name("new.db")),
    ):
        pass


def test_a_removed_store_is_written_again_and_told(full: Path) -> None:
    with open_store(full) as store:
        store.find(list(ROWS))
        full.unlink()
        with pytest.raises(WriteError, match="5 finished cells of this study were written into it"):
            store.keep([cell("new", l1=1.0)])
    with open_store(full) as store:
        assert set(store.find([*ROWS, "new"])) == {*ROWS, "new"}


def test_a_store_replaced_by_another_file_is_told(full: Path, tmp_path: Path) -> None:
    with open_store(full) as store:
        store.find(list(ROWS))
        (tmp_path / "text").write_text("mine " * 1000)
        os.replace(tmp_path / "text", full)
        with pytest.raises(WriteError, match=r"could not be written again: .*damaged"):
            store.keep([cell("new", l1=1.0)])
    assert full.read_text().startswith("mine")


def test_a_store_that_was_moved_away_is_said_to_be_whole(full: Path, tmp_path: Path) -> None:
    with open_store(full) as store:
        store.find(["a"])
        full.rename(tmp_path / "moved.db")
        with pytest.raises(WriteError, match="If you moved the file, all that it held is still"):
            store.find(["b"])
    with open_store(tmp_path / "moved.db") as store:
        assert set(store.find(list(ROWS))) == set(ROWS)


def test_a_removed_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with open_store(folder / "x.db") as store:
        shutil.rmtree(folder)
        with pytest.raises(WriteError, match="there is no folder"):
            store.keep([cell("a")])


def test_many_openers_of_a_new_store_at_once(path: Path) -> None:
    def open_and_keep(k: int) -> int:
        with open_store(path) as store:
            store.keep([cell(f"k{k}-{n}", l1=float(n)) for n in range(5)])
        return k

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(open_and_keep, range(16))) == list(range(16))
    with open_store(path) as store:
        assert len(store.find([f"k{k}-{n}" for k in range(16) for n in range(5)])) == 80


def test_ten_thousand_cells_open_within_a_second(path: Path) -> None:
    keys = [f"{k:064d}" for k in range(10_000)]
    with open_store(path) as store:
        store.keep([cell(key, l1=float(k), l2=math.pi) for k, key in enumerate(keys)])
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        with open_store(path) as store:
            assert len(store.find(keys)) == 10_000
        best = min(best, time.perf_counter() - start)
    assert best < 1.0
