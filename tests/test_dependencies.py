"""Imports are declared in pyproject.toml, and all that it needs is pinned in constraints.txt."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

# Packages of extras, which need not be installed here, under the names that are imported.
NAMES = {"grpc": "grpcio"}
PRODUCT = ("index", "retrieval", "bot")


def normalized(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    """The distributions that pyproject.toml names, those of extras included."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"]
    used = ("parquet", "plot", "ray", "milvus", "bench")
    lines = [*project["dependencies"], *(line for name in used for line in extras[name])]
    return {normalized(re.match(r"[\w.-]+", line)[0]) for line in lines}


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_every_import_is_declared() -> None:
    paths = [path for package in PRODUCT for path in (ROOT / package).rglob("*.py")]
    names = set().union(*map(imported, paths)) - sys.stdlib_module_names - {*PRODUCT}
    distributions = packages_distributions()
    known = declared()
    missing = {
        name
        for name in names
        if known.isdisjoint(map(normalized, distributions.get(name, [NAMES.get(name, name)])))
    }
    assert missing == set()


def pinned() -> list[Requirement]:
    """The lines of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def needed(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """What a distribution, as it is installed here, needs on this machine."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return
    for one in map(Requirement, lines):
        if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in {"", *extras}):
            yield one


def test_whatever_is_installed_has_one_version() -> None:
    pins = pinned()
    for pin in pins:
        versions = list(pin.specifier)
        assert [one.operator for one in versions] == ["=="], str(pin)
        assert not versions[0].version.endswith(".*"), str(pin)
    here = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    names = [canonicalize_name(pin.name) for pin in here]
    assert len(names) == len(set(names))
    waiting: list[tuple[str, frozenset[str]]] = [("khazar", frozenset({"dev", "parquet"}))]
    seen = set(waiting)
    missing = set()
    while waiting:
        name, extras = waiting.pop()
        for one in needed(name, extras):
            found = (canonicalize_name(one.name), frozenset(one.extras))
            if found[0] not in {*names, "khazar"}:
                missing.add(f"{one.name} (for {name})")
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    assert missing == set()
    assert len(seen) > 50


def test_nothing_is_installed_from_an_address() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    assert [str(one) for one in (*map(Requirement, lines), *pinned()) if one.url] == []


def test_every_declared_version_may_be_the_pinned_one() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    pins = {canonicalize_name(one.name): one for one in pinned() if not one.marker}
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for one in map(Requirement, lines):
        if pin := pins.get(canonicalize_name(one.name)):
            assert one.specifier.contains(next(iter(pin.specifier)).version, True), str(one)
