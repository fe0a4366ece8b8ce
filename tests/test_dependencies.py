"""All imports of the product are dependencies that pyproject.toml declares."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

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
    lines = [*project["dependencies"], *extras["parquet"], *extras["milvus"], *extras["bench"]]
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
