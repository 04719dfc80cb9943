"""Files of points: what is read, and what is refused without ever being loaded."""

import io
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest

import lawcast as lc
from lawcast._errors import ArgumentError, ReadError, UnknownNameError
from lawcast.geometry.files import layer_files, natural, open_points_file
from lawcast.geometry.points import Points

G = np.random.default_rng(3).standard_normal((40, 3))


class Bomb:
    """Shows that it was loaded from a pickle."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


def whole(path, key=None):
    source, _ = open_points_file(path, key)
    return Points(source).whole()


def refusal(path, key=None, error=lc.ReadError):
    with pytest.raises(error) as caught:
        open_points_file(path, key)
    return str(caught.value)


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "?", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_mapped(tmp_path, dtype, order):
    X = np.asarray((G * 9).astype(dtype), order=order)
    np.save(tmp_path / "x.npy", X)
    source, name = open_points_file(tmp_path / "x.npy")
    assert name == "x.npy"
    assert isinstance(source.array, np.memmap)
    np.testing.assert_array_equal(Points(source).whole(), X.astype(float))


def test_a_stack_of_images_in_a_file_is_flattened(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((5, 4, 3), np.uint8))
    assert open_points_file(tmp_path / "x.npy")[0].shape == (5, 12)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_npy(tmp_path, version):
    with (tmp_path / "x.npy").open("wb") as stream:
        np.lib.format.write_array(stream, G, version=version)
    np.testing.assert_array_equal(whole(tmp_path / "x.npy"), G)


def test_a_pickled_npy_is_refused_and_not_loaded(tmp_path):
    objects = np.array([[Bomb(), 1.0]] * 30, dtype=object)
    (tmp_path / "x.npy").write_bytes(npy(objects, allow_pickle=True))
    said = refusal(tmp_path / "x.npy")
    assert "never loaded" in said
    assert "np.save" in said
    fields = np.zeros(30, dtype=[("a", "f4"), ("b", object)])
    (tmp_path / "y.npy").write_bytes(npy(fields, allow_pickle=True))
    assert "never loaded" in refusal(tmp_path / "y.npy")


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.csv", "x.parquet", "x.pkl"])
def test_a_bare_pickle_is_refused_and_not_loaded(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    assert "pickled object, which is never loaded" in refusal(tmp_path / name) or name == "x.csv"


def test_a_cut_off_npy_says_how_many_bytes_are_missing(tmp_path):
    content = npy(G)
    (tmp_path / "x.npy").write_bytes(content[:-100])
    said = refusal(tmp_path / "x.npy")
    assert f"{len(content):,} bytes" in said
    assert f"{len(content) - 100:,}" in said


def test_a_header_that_claims_the_moon(tmp_path):
    content = npy(G).replace(b"(40, 3)", b"(9**99,)")
    (tmp_path / "x.npy").write_bytes(content)
    assert "header of x.npy is damaged" in refusal(tmp_path / "x.npy")
    for shape in (b"(-4, 3)", b"((((((3", b"(4.5, )"):
        (tmp_path / "x.npy").write_bytes(npy(G).replace(b"(40, 3)", shape))
        assert "header of x.npy is damaged" in refusal(tmp_path / "x.npy")
    huge = {"descr": "<f8", "fortran_order": False, "shape": (2**62, 2**62)}
    with (tmp_path / "y.npy").open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, huge)
    assert "cut off" in refusal(tmp_path / "y.npy")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"1,2\n3,4\n", "text that starts with '1,2"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PK\x03\x04...", "zip archive"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"\x00\x01\x02\xff" * 9, "bytes of an unknown kind"),
        (b"\x93NUMPY\x01", "header"),
        (b"\x93NUMPY\x09\x09 nonsense", "header"),
    ],
)
def test_what_is_named_npy_and_is_not(tmp_path, content, found):
    (tmp_path / "x.npy").write_bytes(content)
    assert found in refusal(tmp_path / "x.npy")


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.csv", "x.parquet"])
def test_an_empty_file(tmp_path, name):
    (tmp_path / name).touch()
    assert "is empty (0 bytes)" in refusal(tmp_path / name)


@pytest.mark.parametrize("shape", [(), (40,), (0, 3), (30, 0)])
def test_a_shape_that_is_no_set_of_points_names_the_file(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.zeros(shape))
    assert refusal(tmp_path / "x.npy").startswith("x.npy ")
    np.savez(tmp_path / "x.npz", np.zeros(shape))
    assert refusal(tmp_path / "x.npz").startswith("x.npz[arr_0]: ")


def test_what_is_no_file(tmp_path):
    assert "there is no file" in refusal(tmp_path / "none.npy")
    assert "is a folder" in refusal(tmp_path)
    assert "download it first" in refusal("https://example.org/x.npy")
    (tmp_path / "x.h5").write_bytes(b"\x89HDF\r\n")
    said = refusal(tmp_path / "x.h5")
    assert "HDF5 data" in said
    assert ".parquet files" in said
    (tmp_path / "points").write_bytes(npy(G))
    assert "a numpy array (.npy)" in refusal(tmp_path / "points")


def test_npz(tmp_path):
    np.savez(tmp_path / "one.npz", G)
    np.testing.assert_array_equal(whole(tmp_path / "one.npz"), G)
    np.savez_compressed(tmp_path / "two.npz", first=G, second=2 * G)
    said = refusal(tmp_path / "two.npz")
    assert "2 arrays: first (40 × 3) and second (40 × 3)" in said
    assert "key='first'" in said
    np.testing.assert_array_equal(whole(tmp_path / "two.npz", key="second"), 2 * G)
    source, name = open_points_file(f"{tmp_path}/two.npz[second]")
    assert name == "two.npz[second]"
    np.testing.assert_array_equal(Points(source).whole(), 2 * G)
    assert "did you mean 'second'" in refusal(
        tmp_path / "two.npz", key="secnd", error=lc.UnknownNameError
    )


def test_damaged_npz(tmp_path):
    np.savez(tmp_path / "x.npz", a=G)
    content = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[:-50])
    assert "damaged archive" in refusal(tmp_path / "cut.npz")
    (tmp_path / "bits.npz").write_bytes(content.replace(G[:2].tobytes(), G[2:4].tobytes()))
    assert "damaged archive" in refusal(tmp_path / "bits.npz")
    np.savez(tmp_path / "objects.npz", a=np.array([[Bomb()]], dtype=object))
    assert "never loaded" in refusal(tmp_path / "objects.npz")
    with zipfile.ZipFile(tmp_path / "none.npz", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    assert "without a single array" in refusal(tmp_path / "none.npz")
    with zipfile.ZipFile(tmp_path / "short.npz", "w") as archive:
        archive.writestr("a.npy", npy(G)[:-8])
    assert "is cut off" in refusal(tmp_path / "short.npz")


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.csv", "x.parquet"])
def test_a_damaged_byte_is_refused_or_read(tmp_path, name):
    np.save(tmp_path / "x.npy", G)
    np.savez_compressed(tmp_path / "x.npz", a=G)
    pd.DataFrame(G).to_csv(tmp_path / "x.csv", index=False)
    pd.DataFrame(G, columns=["a", "b", "c"]).to_parquet(tmp_path / "x.parquet")
    content = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(6)
    refused = 0
    for _ in range(120):
        damaged = bytearray(content)
        place = rng.integers(0, min(len(content), 128)) * rng.choice([1, -1])
        damaged[place] = rng.integers(0, 256)
        (tmp_path / name).write_bytes(damaged[: rng.integers(1, 2 * len(content))])
        try:
            assert whole(tmp_path / name).ndim == 2
        except lc.LawcastError:
            refused += 1
    assert refused > 30


def test_key_is_for_files_of_several_arrays(tmp_path):
    np.save(tmp_path / "x.npy", G)
    assert "key= is for .npz" in refusal(tmp_path / "x.npy", "a", lc.ArgumentError)


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("x.csv", "a,b\n1,2\n3,4\n", ("a", "b")),
        ("x.csv", "1,2\n3,4\n", ("0", "1")),
        ("x.csv", "\ufeffa,b\n1,2\n3,4\n", ("a", "b")),
        ("x.csv", "\n\n1,2\n3,4\n", ("0", "1")),
        ("x.csv", "a;b\n1,0;2,0\n3,0;4,0\n", ("a", "b")),
        ("x.csv", "1;2\n3;4\n", ("0", "1")),
        ("x.csv", '"x, m","b"\n1,2\n3,4\n', ("x, m", "b")),
        ("x.tsv", "a\tb\n1\t2\n3\t4\n", ("a", "b")),
        ("x.CSV", "1e0,2\r\n3,4", ("0", "1")),
    ],
)
def test_text(tmp_path, name, text, columns):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    source, _ = open_points_file(tmp_path / name)
    assert source.columns == columns
    np.testing.assert_array_equal(Points(source).whole(), [[1, 2], [3, 4]])


def test_names_that_are_counts_are_names(tmp_path):
    pd.DataFrame(G).to_csv(tmp_path / "x.csv", index=False)
    source, _ = open_points_file(tmp_path / "x.csv")
    assert "taken as names" in source.notes[0]
    np.testing.assert_allclose(Points(source).whole(), G, rtol=1e-14)


def test_a_first_line_of_a_hundred_thousand_numbers(tmp_path):
    wide = np.random.default_rng(4).integers(0, 10**6, (2, 5_000))
    np.savetxt(tmp_path / "x.csv", wide, fmt="%d", delimiter=",")
    np.testing.assert_array_equal(whole(tmp_path / "x.csv"), wide)


def test_empty_cells_are_missing(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,\nnan,2\n")
    np.testing.assert_array_equal(whole(tmp_path / "x.csv"), [[1, np.nan], [np.nan, 2]])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b,label\n1,2,cat\n3,4,dog\n", "'label'"),
        (b"a,b\n1,2\n3,4,5,6\n", "every line needs the same columns"),
        (b'a,b\n1,"2\n', "not a table"),
        (b"a,b\n1,\xff\xfe\n", "not UTF-8"),
        (b"a,b\x00\n1,2\n", "not a text file"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2\nx,3\n", "'a'"),
    ],
)
def test_bad_text(tmp_path, content, says):
    (tmp_path / "x.csv").write_bytes(content)
    assert says in refusal(tmp_path / "x.csv")


def test_parquet_is_read_by_batches(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    frame = pd.DataFrame(G.astype(np.float32), columns=["a", "b", "c"])
    frame.to_parquet(tmp_path / "x.parquet", row_group_size=7, index=False)
    assert pq.ParquetFile(tmp_path / "x.parquet").num_row_groups == 6
    source, name = open_points_file(tmp_path / "x.parquet")
    points = Points(source, np.array([0, 5, 6, 7, 30, 39]), name)
    X = G.astype(np.float32)
    assert (source.shape, source.dtype, source.columns) == ((40, 3), "float32", ("a", "b", "c"))
    blocks = list(points.blocks(4, np.float32))
    assert [start for start, _ in blocks] == [0, 4]
    np.testing.assert_array_equal(np.concatenate([b for _, b in blocks]), X[points.kept])
    np.testing.assert_array_equal(source.take(np.array([39, 0, 8, 8])), X[[39, 0, 8, 8]])
    np.testing.assert_array_equal(whole(tmp_path / "x.parquet"), X)
    assert [len(b) for _, b in Points(source).blocks(16)] == [16, 16, 8]


def test_parquet_of_mixed_numbers(tmp_path):
    pa = pytest.importorskip("pyarrow")
    table = pa.table(
        {"i": [1, None, 2**40], "h": pa.array([1, 2, 3], pa.float16()), "b": [True] * 3}
    )
    pa.parquet.write_table(table, tmp_path / "x.parquet")
    expected = [[1, 1, 1], [np.nan, 2, 1], [2**40, 3, 1]]
    np.testing.assert_array_equal(whole(tmp_path / "x.parquet"), expected)


@pytest.mark.parametrize("fixed", [True, False])
def test_parquet_columns_of_lists(tmp_path, fixed):
    pa = pytest.importorskip("pyarrow")
    kind = pa.list_(pa.float32(), 3) if fixed else pa.list_(pa.float32())
    lists = pa.array(G.astype(np.float32).tolist(), kind)
    pa.parquet.write_table(pa.table({"e": lists}), tmp_path / "x.parquet", row_group_size=9)
    np.testing.assert_array_equal(whole(tmp_path / "x.parquet"), G.astype(np.float32))
    table = pa.table({"text": ["x"] * 40, "e": lists})
    pa.parquet.write_table(table, tmp_path / "y.parquet")
    assert "key='e'" in refusal(tmp_path / "y.parquet")
    np.testing.assert_array_equal(whole(tmp_path / "y.parquet", "e"), G.astype(np.float32))
    assert "plain column" in refusal(tmp_path / "y.parquet", "text", lc.ArgumentError)
    assert "'f'" in refusal(tmp_path / "y.parquet", "f", lc.UnknownNameError)


def test_parquet_lists_of_unequal_length(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pa.parquet.write_table(pa.table({"e": [[1.0, 2.0], [3.0]]}), tmp_path / "x.parquet")
    source, _ = open_points_file(tmp_path / "x.parquet")
    with pytest.raises(lc.ReadError, match="not all 2 numbers long"):
        Points(source).whole()


def test_bad_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pa.parquet.write_table(pa.table({"a": [1.0], "t": ["x"]}), tmp_path / "x.parquet")
    assert "'t' (string)" in refusal(tmp_path / "x.parquet")
    content = (tmp_path / "x.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(content[:-20])
    assert "damaged Parquet file" in refusal(tmp_path / "cut.parquet")
    (tmp_path / "text.parquet").write_text("a,b\n1,2\n")
    assert "not a Parquet file" in refusal(tmp_path / "text.parquet")
    pa.parquet.write_table(pa.table({"a": pa.array([], pa.float32())}), tmp_path / "none.parquet")
    assert "no rows" in refusal(tmp_path / "none.parquet")


def test_layers_of_a_folder_in_natural_order(tmp_path):
    for name in ["layer10.npy", "layer2.npy", "layer1.csv", "notes.txt", ".layer0.npy"]:
        (tmp_path / name).touch()
    (tmp_path / "folder.npy").mkdir()
    assert [path.name for path in layer_files(tmp_path)] == [
        "layer1.csv", "layer2.npy", "layer10.npy",
    ]  # fmt: skip
    assert sorted(["b1", "a", "10", "9", "a1b2", "a1b10"], key=natural) == [
        "9", "10", "a", "a1b2", "a1b10", "b1",
    ]  # fmt: skip


def test_a_folder_without_points(tmp_path):
    (tmp_path / "notes.txt").touch()
    for place, says in [
        (tmp_path, "holds no points"),
        (tmp_path / "none", "cannot read the folder"),
        (tmp_path / "notes.txt", "is a file, not a folder"),
    ]:
        with pytest.raises(lc.ReadError, match=says):
            layer_files(place)


def test_columns_left_out_by_name(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    pq.write_table(
        pa.table({"x": [1.0, 2.0], "label": ["u", "v"], "y": [3.0, 4.0]}), tmp_path / "t.parquet"
    )
    (tmp_path / "t.csv").write_text("x,label,y\n1,u,3\n2,v,4\n")
    for name in ("t.parquet", "t.csv"):
        source, _ = open_points_file(tmp_path / name, drop=["label"])
        assert source.shape == (2, 2)
        assert source.columns == ("x", "y")
        assert source.take(np.array([1, 0])).tolist() == [[2.0, 4.0], [1.0, 3.0]]
        assert next(source.blocks(9))[1].tolist() == [[1.0, 3.0], [2.0, 4.0]]
        with pytest.raises(ReadError, match="--drop label"):
            open_points_file(tmp_path / name)
        with pytest.raises(UnknownNameError, match="did you mean 'label'"):
            open_points_file(tmp_path / name, drop=["labels"])
        with pytest.raises(ReadError, match="leaves no column"):
            open_points_file(tmp_path / name, drop=["x", "y", "label"])


def test_columns_without_names_cannot_be_left_out_by_name(tmp_path):
    np.save(tmp_path / "x.npy", np.eye(3))
    (tmp_path / "x.csv").write_text("1.5,2\n3,4\n")
    for name in ("x.npy", "x.csv"):
        with pytest.raises(ArgumentError, match=r"have no names"):
            open_points_file(tmp_path / name, drop=["0"])
