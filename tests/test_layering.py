"""Imports run one way: bot → retrieval → index."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "index": {"index"},
    "retrieval": {"index", "retrieval"},
    "bot": {"index", "retrieval", "bot"},
}


def imported_modules(path: Path) -> set[str]:
    """Return what a module imports, at its top or anywhere else in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def imported_packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported_modules(path)}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules
    for module in modules:
        others = imported_packages(module) & MAY_IMPORT.keys() - MAY_IMPORT[package]
        assert not others, f"{module.relative_to(ROOT)} imports {others}"


@pytest.mark.parametrize("library", ["faiss", "tantivy", "sentence_transformers", "hazm"])
def test_what_is_above_the_index_knows_none_of_its_libraries(library: str) -> None:
    for package in ("retrieval", "bot"):
        for module in (ROOT / package).rglob("*.py"):
            assert library not in imported_packages(module), module


@pytest.mark.parametrize("channel", ["vectors", "codes", "terms"])
def test_what_is_above_the_index_asks_it_and_not_its_channels(channel: str) -> None:
    for package in ("retrieval", "bot"):
        for module in (ROOT / package).rglob("*.py"):
            assert f"index.{channel}" not in imported_modules(module), module


ENCODERS = ("models", "encoders", "torch_encoder", "tokenizing")
OPENVINO = ("openvino_cache", "openvino_encoder", "openvino_export", "openvino_folder")


def test_the_modules_of_encoders_import_each_other_in_no_circle() -> None:
    """Whatever is imported where it is needed counts, too."""
    own = {f"index.{name}" for name in (*ENCODERS, *OPENVINO)}
    left = {name: imported_modules(ROOT / f"{name.replace('.', '/')}.py") & own for name in own}
    assert left["index.encoders"]
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    assert left == {}


def test_the_design_tells_of_every_module_and_of_no_other() -> None:
    tables = [
        line
        for line in (ROOT / "docs" / "design.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    told = set(re.findall(r"`(?:\w+/)*(\w+)\.py`", "\n".join(tables)))
    modules = {
        path.stem for package in ("index", "retrieval") for path in (ROOT / package).glob("*.py")
    }
    assert told == modules - {"__init__"}
