"""Dimensions and sets of them: they survive JSON, refuse damage, and hand out their tables."""

import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from geometry.dimensions_made import boundless, classes, images, layers, sphere
from lawcast._errors import ArgumentError, Finding, SavedFileError, Severity, UnknownNameError
from lawcast.geometry.collection import Dimensions
from lawcast.geometry.result import Dimension, Plateau, Sample

MADE = {"sphere": sphere, "images": images, "boundless": boundless, "layers": layers,
        "classes": classes}  # fmt: skip
SINGLE = ("sphere", "images", "boundless")


def reopened(one):
    return type(one).from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False)))


@pytest.mark.parametrize("name", MADE)
def test_json_gives_the_same_back(name):
    one = MADE[name]()
    again = reopened(one)
    assert again.to_dict() == one.to_dict()
    assert again.summary() == one.summary()
    assert again._repr_html_() == one._repr_html_()
    assert again.to_dataframe().equals(one.to_dataframe())


@pytest.mark.parametrize("name", SINGLE)
def test_every_field_survives(name):
    one = MADE[name]()
    again = reopened(one)
    for field in ("interval", "status", "method", "estimates", "plateau", "adequacy", "findings",
                  "sample", "level", "draws"):  # fmt: skip
        assert getattr(again, field) == getattr(one, field), field
    assert list(again.estimates) == list(one.estimates)  # the order of their declaration
    assert math.isinf(again.value) == math.isinf(one.value)
    assert repr(again.scales) == repr(one.scales)  # NaN included
    assert np.array_equal(again.local_rows, one.local_rows)
    assert np.array_equal(again.local, one.local)
    assert again.local.dtype == np.float64


def test_what_numpy_gives_is_saved_as_well():
    one = replace(
        sphere(), value=np.float64(9.5), local=np.float32([1.5, 2.5]), local_rows=np.arange(2),
        sample=replace(sphere().sample, box=(1.0, math.inf)),
    )  # fmt: skip
    again = reopened(one)
    assert (again.value, again.sample.box) == (9.5, (1.0, math.inf))
    assert again.local.tolist() == [1.5, 2.5]


def test_a_file_is_the_document(tmp_path):
    place = sphere().save(tmp_path / "dim.json")
    assert json.loads(place.read_text()) == sphere().to_dict()
    assert (
        layers().save(tmp_path / "dims.json").read_text() == json.dumps(layers().to_dict()) + "\n"
    )


@pytest.mark.parametrize("name", ["images", "layers"])
def test_a_missing_part_is_damage(name):
    whole = MADE[name]().to_dict()
    kind = type(MADE[name]())
    for part in set(whole) - {"lawcast"}:
        with pytest.raises(SavedFileError):
            kind.from_dict({key: value for key, value in whole.items() if key != part})


def damaged(change):
    data = copy.deepcopy(sphere().to_dict())
    change(data)
    return data


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(schema="lawcast/fit/1"),
        lambda d: d.update(schema="lawcast/dimension/2"),
        lambda d: d.update(value="nine"),
        lambda d: d["plateau"].update(last=99),
        lambda d: d["plateau"].update(first=-1),
        lambda d: d["plateau"].update(first=4, last=2),
        lambda d: d["scales"][0].pop("radius"),
        lambda d: d["local"].update(shape=[2, 1250]),
        lambda d: d.update(local_rows=d["local_rows"] | {"zlib": "AAAA"}),
        lambda d: d.update(estimates=5),
        lambda d: d["sample"].update(count="many"),
    ],
)
def test_damage_is_refused(change):
    with pytest.raises(SavedFileError):
        Dimension.from_dict(damaged(change))


def test_a_name_that_occurs_twice_is_damage():
    data = classes().to_dict()
    data["dimensions"].append(data["dimensions"][0])
    with pytest.raises(SavedFileError, match="twice"):
        Dimensions.from_dict(data)


def test_shortcuts_and_the_scales_as_a_frame():
    one = sphere()
    assert (one.count, one.width, one.name) == (2500, 11, "sphere.npy")
    frame = one.to_dataframe()
    assert frame["low"].tolist() == [s.low for s in one.scales]
    assert frame["dimension"].tolist() == [s.value for s in one.scales]
    assert frame["plateau"].tolist() == [i < 5 for i in range(len(one.scales))]
    assert [i for i in range(9) if i in Plateau(2, 4, 1.0)] == [2, 3, 4]


def test_findings_come_worst_first():
    note = Finding("D001", Severity.NOTE, (), "a")
    error = Finding("D004", Severity.ERROR, (), "b")
    assert sphere().with_findings([note, error]).findings == (error, note)


def test_without_local_keeps_the_rest():
    bare = sphere().without_local()
    assert bare.local.size == bare.local_rows.size == 0
    assert bare.summary() == sphere().summary()
    assert len(json.dumps(bare.to_dict())) < 0.6 * len(json.dumps(sphere().to_dict()))


def test_a_sample_without_a_seed():
    one = replace(sphere(), sample=Sample("", 30, 30, 2, "float64", 30))
    assert reopened(one).sample.seed is None
    assert "'" not in repr(one)


def test_a_set_is_a_mapping_in_order():
    many = classes()
    assert list(many) == [str(i) for i in range(10)]
    assert len(many) == 10
    assert many[3] is many["3"] is many.get(3)
    assert 3 in many
    assert "x" not in many
    assert many.get("x") is None
    with pytest.raises(UnknownNameError, match="no class 'x'"):
        many["x"]
    assert [name for name, _ in many.items()] == list(many.names)


def test_a_refused_layer_keeps_its_place_and_says_why():
    many = layers()
    assert many.names.index("layer3") == 3
    assert "layer3" not in many
    with pytest.raises(UnknownNameError, match="was refused: all 2,500 points of layer3 are equal"):
        many["layer3"]
    frame = many.to_dataframe()
    assert frame["layer"].tolist() == list(many.names)
    assert frame["ok"].tolist() == [True, True, False, False, True, True]
    assert frame["dimension"].isna().tolist() == [False] * 3 + [True] + [False] * 2
    assert "are equal" in frame["status"][3]
    assert frame["lower"][2] == 35.0


@pytest.mark.parametrize(
    ("kind", "names"), [("head", ()), ("layer", ("a",)), ("layer", ("a", "b", "b"))]
)
def test_sets_that_make_no_sense_are_refused(kind, names):
    with pytest.raises(ArgumentError):
        Dimensions({"a": sphere(), "b": sphere()}, kind, names=names)


def test_an_empty_set_can_be_shown():
    none = Dimensions({}, "layer", {"a": "no points"})
    assert "Refused  a: no points" in none.summary()
    assert reopened(none).to_dict() == none.to_dict()
    assert none.to_dataframe()["layer"].tolist() == ["a"]
    assert repr(none) == "<Dimensions of 0 layers, 1 refused>"
