"""Imports run one way: bot → retrieval → index."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "index": {"index"},
    "retrieval": {"index", "retrieval"},
    "bot": {"index", "retrieval", "bot"},
}


def imported_packages(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


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
