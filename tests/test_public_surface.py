"""The public surface is what __init__ lists, sorted, and every name is really there."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import tomllib
from pathlib import Path

import pytest

import lawcast

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "lawcast"


def names_for_type_checkers() -> dict[str, str]:
    """Name → module of the imports under TYPE_CHECKING."""
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    return {
        alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_all_is_sorted_and_has_no_doubles() -> None:
    assert lawcast.__all__ == sorted(set(lawcast.__all__))


def test_type_checkers_and_the_interpreter_see_the_same_names() -> None:
    assert names_for_type_checkers() == lawcast._HOME
    assert set(lawcast.__all__) == set(lawcast._HOME) | {"__version__"}


def test_dir_lists_the_public_names_only() -> None:
    assert dir(lawcast) == lawcast.__all__


@pytest.mark.parametrize("name", sorted(lawcast._HOME))
def test_every_name_loads_from_its_home_and_is_documented(name: str) -> None:
    value = getattr(lawcast, name)
    assert value is getattr(importlib.import_module(lawcast._HOME[name]), name)
    assert inspect.getdoc(value)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        _ = lawcast.fitt  # type: ignore[attr-defined]


def test_no_public_name_is_also_a_folder() -> None:
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    assert not folders & set(lawcast.__all__)


def test_every_public_function_and_class_lives_in_the_package() -> None:
    assert all(home.startswith("lawcast.") for home in lawcast._HOME.values())


def test_the_version_is_the_one_in_the_metadata() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["version"] == lawcast.__version__
    try:
        installed = importlib.metadata.version("lawcast")
    except importlib.metadata.PackageNotFoundError:
        return  # imported from the source tree: pyproject.toml is the metadata
    assert installed == lawcast.__version__


def test_the_package_ships_its_types() -> None:
    assert (Path(str(lawcast.__file__)).parent / "py.typed").is_file()
