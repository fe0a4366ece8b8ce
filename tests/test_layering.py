"""Imports run one way: bot → retrieval → index, and between rooms by the table below."""

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGES = {
    "index": {"index"},
    "retrieval": {"index", "retrieval"},
    "bot": {"index", "retrieval", "bot"},
}
# The rooms that a room may import, and whether it may import the modules at its package's root
# (`.`). A room within a room counts as that room; circles between modules are found below.
ROOMS = {
    "index.dates": {"index.text"},
    "index.text": {"."},
    "index.readers": {".", "index.dates", "index.text"},
    "index.encoders": {".", "index.text"},
    "index.search": {".", "index.text"},
    "index.snapshots": {".", "index.readers", "index.search", "index.text"},
    "index.engines": {".", "index.encoders", "index.readers", "index.snapshots", "index.text"},
    "index.indexing": {
        *(".", "index.encoders", "index.engines", "index.readers"),
        *("index.snapshots", "index.text"),
    },
    "index.operations": {
        *(".", "index.dates", "index.encoders", "index.engines", "index.indexing", "index.readers"),
        *("index.snapshots", "index.text"),
    },
    "index.training": {".", "index.encoders", "index.readers", "index.text"},
    "retrieval.crosslingual": set(),
    "retrieval.dates": {"."},
    "retrieval.query": {".", "retrieval.crosslingual", "retrieval.dates"},
    "retrieval.ranking": {"retrieval.dates", "retrieval.query"},
    "retrieval.pipeline": {
        *(".", "retrieval.crosslingual", "retrieval.dates"),
        *("retrieval.query", "retrieval.ranking"),
    },
    "retrieval.presentation": {
        *(".", "retrieval.crosslingual", "retrieval.pipeline"),
        *("retrieval.query", "retrieval.ranking"),
    },
    "retrieval.cli": {
        *(".", "retrieval.evaluation", "retrieval.pipeline"),
        *("retrieval.presentation", "retrieval.query"),
    },
    "retrieval.translation": {"."},
    "retrieval.evaluation": {
        *(".", "retrieval.crosslingual", "retrieval.pipeline"),
        *("retrieval.query", "retrieval.ranking"),
    },
    "bot.store": set(),
    "bot.views": {"bot.store"},
    "bot.transport": {".", "bot.views"},
    "bot.monitoring": {".", "bot.store", "bot.transport", "bot.views"},
    "bot.asking": {".", "bot.store"},
    "bot.channels": {"bot.store", "bot.transport"},
    "bot.following": {
        *(".", "bot.asking", "bot.channels", "bot.store", "bot.transport", "bot.views"),
    },
    "bot.handlers": {
        *(".", "bot.asking", "bot.channels", "bot.monitoring", "bot.store"),
        *("bot.transport", "bot.views"),
    },
}


@cache
def modules() -> dict[str, Path]:
    """Return the product's modules by their dotted names."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }


@cache
def imported(module: str) -> frozenset[str]:
    """Return what a module imports, at its top or anywhere else in it."""
    names = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(
                whole if (whole := f"{node.module}.{alias.name}") in modules() else str(node.module)
                for alias in node.names
            )
    return frozenset(names)


def room(module: str) -> str:
    """Return the room of a module: `index.readers`, or `index` for one at its package's root."""
    package, *rest = module.split(".")
    return f"{package}.{rest[0]}" if rest and (ROOT / package / rest[0]).is_dir() else package


def test_every_room_is_in_the_table() -> None:
    assert {room(module) for module in modules()} - PACKAGES.keys() == ROOMS.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_one_way(package: str) -> None:
    for module in modules():
        if module.split(".")[0] == package:
            others = {name.split(".")[0] for name in imported(module)} & PACKAGES.keys()
            assert others <= PACKAGES[package], module


@pytest.mark.parametrize("own", ROOMS)
def test_a_room_imports_the_rooms_in_its_row_and_no_others(own: str) -> None:
    package = own.split(".")[0]
    found = {
        other
        for module in modules()
        if room(module) == own
        for name in imported(module)
        if (other := room(name)).split(".")[0] == package and other != own
    }
    assert {"." if other == package else other for other in found} == ROOMS[own]


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports in functions, where something is imported when it is needed, count too."""
    order = TopologicalSorter({name: imported(name) & modules().keys() for name in modules()})
    assert set(order.static_order()) == modules().keys()


@pytest.mark.parametrize(
    "library", ["faiss", "tantivy", "sentence_transformers", "hazm", "pymilvus"]
)
def test_only_the_index_knows_its_libraries(library: str) -> None:
    for module in modules():
        if not module.startswith("index"):
            assert library not in {name.split(".")[0] for name in imported(module)}, module


def test_only_the_index_knows_its_channels() -> None:
    for module in modules():
        if not module.startswith("index"):
            assert not any(name.startswith("index.search.") for name in imported(module)), module


def test_folders_and_modules_stay_small() -> None:
    for folder in {path.parent for path in modules().values()}:
        assert len(list(folder.glob("*.py"))) <= 16, folder
    for path in modules().values():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_no_class_name_stands_twice() -> None:
    names = [
        node.name
        for path in modules().values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert sorted(names) == sorted(set(names))


def test_each_room_says_what_it_owns_and_the_design_lists_it() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in design.splitlines() if line.startswith("| `"))
    for name in ROOMS:
        sentence = ast.get_docstring(ast.parse(modules()[name].read_text(encoding="utf-8")))
        assert sentence, name
        assert sentence.splitlines()[0].endswith((".", "?")), name
    assert set(re.findall(r"^\| `(\w+/\w+)/`", rows, re.MULTILINE)) == {
        name.replace(".", "/") for name in ROOMS
    }


@pytest.mark.parametrize("package", ["index", "retrieval"])
def test_commands_print_by_way_of_what_drops_controls(package: str) -> None:
    for module, path in modules().items():
        if module.split(".")[0] == package and module != "index.console":
            calls = re.findall(
                r"\btyper\.s?echo\(|(?<!def )(?<![.\w])print\(", path.read_text(encoding="utf-8")
            )
            assert not calls, module
