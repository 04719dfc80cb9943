"""``lawcast dimension``: files, folders of layers, labels, exit codes, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lawcast as lc
from cli.conftest import Outcome, files_in
from lawcast.cli.dimension import ENGINES, METRICS, PRECISIONS
from lawcast.geometry import metrics, neighbours
from lawcast.geometry.collection import Dimensions
from lawcast.geometry.result import Dimension

Run = Callable[..., Outcome]


def plane(seed: int = 0, n: int = 200) -> np.ndarray:
    """Points of a plane in six dimensions."""
    generator = np.random.default_rng(seed)
    return generator.uniform(size=(n, 2)) @ generator.normal(size=(2, 6))


@pytest.fixture
def points(folder: Path) -> str:
    np.save(folder / "x.npy", plane())
    return "x.npy"


@pytest.fixture
def layers(folder: Path) -> str:
    """Eleven files whose order by number is not that by letter; the third is dead."""
    place = folder / "acts"
    place.mkdir()
    for i in range(11):
        np.save(place / f"layer{i}.npy", np.ones((60, 4)) if i == 2 else plane(i, 60))
    (place / "README.txt").write_text("not a layer")
    return "acts"


def test_the_answer_of_a_file(run: Run, points: str, folder: Path) -> None:
    code, out, err = run("dimension", points)
    assert (code, err) == (0, "")
    made = lc.intrinsic_dimension(plane())
    lines = out.splitlines()
    assert lines[0] == made.summary().splitlines()[0]
    assert "x.npy: 200 points of 6 numbers (float64)" in out
    assert "neighbours  radius" in out
    assert max(map(len, lines)) <= 80
    assert files_in(folder) == {"x.npy"}


def test_options_reach_the_library(run: Run, points: str) -> None:
    words = ("--method", "twonn-ml", "--queries", "150", "--level", "0.8", "--draws", "20",
             "--seed", "3", "--precision", "float64", "--memory", "64M", "--threads", "1",
             "--metric", "cosine")  # fmt: skip
    code, out, err = run("dimension", points, "--json", *words)
    assert (code, err) == (0, "")
    shown = Dimension.from_dict(json.loads(out))
    expected = lc.intrinsic_dimension(
        plane(), method="twonn-ml", queries=150, level=0.8, draws=20, rng=3, precision="float64",
        memory=64_000_000, threads=1, metric="cosine",
    )  # fmt: skip
    assert (shown.value, shown.interval) == (expected.value, expected.interval)
    assert shown.sample.seed == 3
    assert (shown.level, shown.draws, shown.sample.queries) == (0.8, 20, 150)


def test_a_periodic_box(run: Run, folder: Path) -> None:
    np.save(folder / "x.npy", np.random.default_rng(0).uniform(size=(100, 2)))
    shown = {}
    for text in ("1", "1,1", "1,2"):
        code, out, _ = run("dimension", "x.npy", "--metric", "periodic", "--box", text, "--json")
        assert code == 0
        shown[text] = Dimension.from_dict(json.loads(out))
    assert shown["1"].value == pytest.approx(shown["1,1"].value)
    assert shown["1,2"].sample.box == (1.0, 2.0)


def test_choices_are_those_of_the_library() -> None:
    assert set(METRICS) == set(metrics.METRICS)
    assert set(ENGINES) == set(neighbours.ENGINES)
    assert set(PRECISIONS) == set(neighbours.PRECISIONS)


def test_results_are_saved_and_the_same_each_time(run: Run, points: str, folder: Path) -> None:
    words = ("dimension", points, "--out", "d.json", "--figure", "d.svg")
    code, out, _ = run(*words)
    assert code == 0
    assert "Drawn  d.svg" in out
    assert "Saved  d.json (" in out
    first = {name: (folder / name).read_bytes() for name in ("d.json", "d.svg")}
    assert run(*words).code == 0  # an earlier result is replaced
    assert {name: (folder / name).read_bytes() for name in first} == first
    opened = Dimension.from_dict(json.loads(first["d.json"]))
    assert opened.name == "x.npy"
    assert files_in(folder) == {"x.npy", "d.json", "d.svg"}


@pytest.mark.parametrize(
    ("name", "head"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")]
)
def test_figures_of_every_form(name: str, head: bytes, run: Run, points: str, folder: Path) -> None:
    assert run("dimension", points, "--figure", name, "--draws", "0").code == 0
    assert (folder / name).read_bytes().startswith(head)


def test_a_method_without_scales_draws_single_points(run: Run, points: str, folder: Path) -> None:
    assert run("dimension", points, "--method", "mle", "--figure", "a.svg").code == 0
    assert "dimension around one point" in (folder / "a.svg").read_text()
    (folder / "a.svg").unlink()
    code, out, err = run("dimension", points, "--method", "twonn", "--figure", "a.svg")
    assert (code, out) == (2, "")
    assert "nothing to draw" in err
    assert files_in(folder) == {"x.npy"}


def test_a_saved_dimension_becomes_a_report(run: Run, points: str, folder: Path) -> None:
    assert run("dimension", points, "--out", "d.json").code == 0
    code, out, _ = run("report", "d.json")
    assert code == 0
    assert "with the results inside" in out
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "The intrinsic dimension: x.npy" in page
    assert "lawcast dimension x.npy" in page


def test_a_folder_gives_a_row_a_layer(run: Run, layers: str, folder: Path) -> None:
    code, out, err = run("dimension", layers, "--out", "d.json", "--figure", "d.svg")
    assert (code, err) == (1, "")  # one of them is refused
    rows = [
        line.split()[0] for line in out.splitlines() if line.startswith("layer") and "6" in line
    ]
    assert rows == [f"layer{i}" for i in range(11) if i != 2]
    assert "Refused    layer2: " in out
    assert "are equal" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    many = Dimensions.from_dict(json.loads((folder / "d.json").read_text()))
    assert many.names == tuple(f"layer{i}" for i in range(11))
    assert "The dimension of 10 layers" in (folder / "d.svg").read_text()


def test_a_folder_without_trouble_is_well(run: Run, layers: str, folder: Path) -> None:
    (folder / layers / "layer2.npy").unlink()
    (folder / layers / "layer3.csv").write_text("a,b\n1,2\n")  # the same stem, another file
    code, out, _ = run("dimension", layers, "--draws", "0")
    assert code == 1
    assert "layer3.npy" in out
    assert "Refused  layer3.csv: " in out
    (folder / layers / "layer3.csv").unlink()
    assert run("dimension", layers, "--draws", "0").code == 0


def test_key_chooses_the_array_of_every_archive(run: Run, folder: Path) -> None:
    (folder / "acts").mkdir()
    for i in range(2):
        np.savez(folder / "acts" / f"l{i}.npz", x=plane(i, 50), y=plane(i, 40))
    code, out, _ = run("dimension", "acts", "--key", "y", "--draws", "0", "--json")
    assert code == 0
    many = Dimensions.from_dict(json.loads(out))
    assert [one.sample.rows_read for one in many.values()] == [40, 40]
    code, out, _ = run("dimension", "acts/l0.npz", "--key", "x", "--draws", "0")
    assert code == 0
    assert "50 points" in out
    assert run("dimension", "acts/l0.npz", "--key", "z").code == 2
    assert "l0.npz" in run("dimension", "acts/l0.npz").err


@pytest.mark.parametrize("form", ["y.npy", "y.txt", "headed.csv"])
def test_labels_split_the_points(form: str, run: Run, points: str, folder: Path) -> None:
    names = np.where(np.arange(200) % 2, "odd", "even")
    np.save(folder / "y.npy", names)
    (folder / "y.txt").write_text("\n".join(names) + "\n")
    (folder / "headed.csv").write_text("\n".join(["parity", *names]) + "\n")
    code, out, err = run("dimension", points, "--labels", form, "--json")
    assert (code, err) == (0, "")
    many = Dimensions.from_dict(json.loads(out))
    expected = lc.intrinsic_dimension(plane(), labels=names)
    assert {k: v.value for k, v in many.items()} == {k: v.value for k, v in expected.items()}
    assert many.kind == "class"


def test_labels_that_are_none(run: Run, points: str, layers: str, folder: Path) -> None:
    np.save(folder / "objects.npy", np.array([{}] * 200, dtype=object), allow_pickle=True)
    np.save(folder / "square.npy", np.zeros((200, 2)))
    np.save(folder / "short.npy", np.zeros(7))
    (folder / "gap.txt").write_text("a\n" * 150 + "\n" + "b\n" * 49)
    (folder / "cut.npy").write_bytes((folder / "square.npy").read_bytes()[:40])
    for name, code, words in [
        ("nothing.npy", 1, "there is no file nothing.npy"),
        ("nothing.txt", 1, "there is no file nothing.txt"),
        ("objects.npy", 1, "never loaded"),
        ("square.npy", 1, "labels are one for each row"),
        ("cut.npy", 1, "holds no labels"),
        ("short.npy", 2, "--labels has 7 values and the points have 200 rows"),
        ("gap.txt", 2, "1 labels are missing (row 150)"),
    ]:
        outcome = run("dimension", points, "--labels", name)
        assert (outcome.code, outcome.out) == (code, ""), name
        assert words in " ".join(outcome.err.split()), name
    assert run("dimension", layers, "--labels", "short.npy").code == 2


def test_a_refusal_is_said_in_words_and_in_json(run: Run, folder: Path) -> None:
    np.save(folder / "x.npy", np.ones((50, 3)))
    code, out, err = run("dimension", "x.npy", "--out", "d.json")
    assert (code, out) == (1, "")
    assert "all 50 points of x.npy are equal" in " ".join(err.split())
    code, out, _ = run("dimension", "x.npy", "--json")
    data = json.loads(out)
    assert code == 1
    assert data["schema"] == "lawcast/error/1"
    assert [finding["code"] for finding in data["findings"]] == ["D004"]
    assert files_in(folder) == {"x.npy"}


def test_warnings_count_with_strict_alone(run: Run, folder: Path) -> None:
    x = plane()
    np.save(folder / "x.npy", np.concatenate([x, x[:40]]))
    code, out, _ = run("dimension", "x.npy")
    assert code == 0
    assert "D003 warning: 40 of 240 rows equal an earlier one" in " ".join(out.split())
    assert run("dimension", "x.npy", "--strict").code == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nothing.npy"], 1, "there is no file nothing.npy"),
        (["-"], 2, "not from standard input"),
        (["x.npy", "--method", "twonnn"], 2, "did you mean 'twonn'?"),
        (["x.npy", "--metric", "manhattan"], 2, "manhattan"),
        (["x.npy", "--memory", "lots"], 2, "lots is not a size; write for instance 512M"),
        (["x.npy", "--memory", "3"], 2, "too little to work with"),
        (["x.npy", "--box", "wide", "--metric", "periodic"], 2, "wide is not a length"),
        (["x.npy", "--metric", "periodic"], 2, "--box"),
        (["x.npy", "--level", "95"], 2, "did you mean 0.95?"),
        (["x.npy", "--draws", "3"], 2, "--draws is how many half-samples"),
        (["x.npy", "--key", "a"], 2, "--key"),
        (["x.npy", "--out", "-"], 2, "--json prints the result"),
        (["x.npy", "--out", "x.npy"], 2, "the input itself"),
        (["x.npy", "--out", "no/d.json"], 1, "no folder no"),
        (["x.npy", "--out", "notes.txt"], 1, "is no dimension of Lawcast"),
        (["x.npy", "--out", "d.png"], 2, "must end in .json"),
        (["x.npy", "--metric", "hamming", "--figure", "d.png"], 2, "no picture by scale"),
        (["x.npy", "--method", "bid", "--figure", "d.png"], 2, "leave --figure out"),
        (["x.npy", "--drop", "a"], 2, "have no names"),
        (["x.npy", "--figure", "d.gif"], 2, "must end in"),
        (["x.npy", "--figure", "d.svg", "--out", "d.svg"], 2, "must end in .json"),
        (["empty"], 1, "holds no points"),
        (["notes.txt"], 1, "the ending '.txt'"),
    ],
)
def test_what_cannot_be_done(
    words: list[str], code: int, message: str, run: Run, points: str, folder: Path
) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "empty").mkdir()
    outcome = run("dimension", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert message in " ".join(outcome.err.split())
    assert files_in(folder) == {"x.npy", "notes.txt", "empty"}
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_damaged_figure_place_leaves_no_result(run: Run, points: str, folder: Path) -> None:
    (folder / "d.svg").mkdir()
    outcome = run("dimension", points, "--out", "d.json", "--figure", "d.svg")
    assert outcome.code == 1
    assert files_in(folder) == {"x.npy", "d.svg"}


def test_columns_that_are_no_coordinates_are_left_out(run: Run, folder: Path) -> None:
    X = plane(n=60)
    rows = [f"{i},{','.join(map(repr, row.tolist()))},cat" for i, row in enumerate(X)]
    (folder / "x.csv").write_text("\n".join(["id,a,b,c,d,e,f,label", *rows]) + "\n")
    refused = run("dimension", "x.csv")
    assert refused.code == 1
    assert "--drop label" in " ".join(refused.err.split())
    counted = run("dimension", "x.csv", "--drop", "label")
    assert "D011" in counted.out
    assert "--drop and the name" in " ".join(counted.out.split())
    said = [run("dimension", "x.csv", *words, "--json") for words in (
        ("--drop", "id, label"), ("--drop", "id", "--drop", "label"),
    )]  # fmt: skip
    first, second = [lc.Dimension.from_dict(json.loads(one.out)) for one in said]
    assert first.to_dict() == second.to_dict()
    assert first.sample.name == "x.csv without id and label"
    assert first.value == pytest.approx(lc.intrinsic_dimension(X).value, rel=1e-6)
    (folder / "y.txt").write_text("\n".join("ab"[i % 2] for i in range(60)))
    split = run("dimension", "x.csv", "--drop", "id,label", "--labels", "y.txt", "--json")
    assert list(Dimensions.from_dict(json.loads(split.out))) == ["a", "b"]
    unknown = run("dimension", "x.csv", "--drop", "lable")
    assert unknown.code == 2
    assert "did you mean 'label'?" in " ".join(unknown.err.split())
    assert run("dimension", "x.csv", "--drop", "id,,label").code == 2


def test_columns_are_left_out_of_every_layer(run: Run, folder: Path) -> None:
    (folder / "acts").mkdir()
    for i in range(2):
        lines = [",".join(map(repr, row.tolist())) + ",x" for row in plane(i, 40)]
        (folder / "acts" / f"l{i}.csv").write_text("\n".join(["a,b,c,d,e,f,tag", *lines]))
    outcome = run("dimension", "acts", "--drop", "tag", "--json")
    made = Dimensions.from_dict(json.loads(outcome.out))
    assert [one.width for one in made.values()] == [6, 6]


def test_points_and_dimensions_in_the_wrong_place_say_where_they_go(
    run: Run, points: str, folder: Path
) -> None:
    refused = run("report", points)
    assert refused.code == 1
    assert "lawcast dimension x.npy --out dim.json" in " ".join(refused.err.split())
    lc.intrinsic_dimension(plane(), draws=0).save(folder / "d.json")
    with pytest.raises(lc.SavedFileError, match=r"lc\.Dimension\.from_dict\(json\.load\("):
        lc.read_fit(folder / "d.json")
