"""Examples in docstrings and in docs/python.md, over the archive that ships with Khazar."""

import datetime as dt
import doctest
import re
from types import ModuleType

import pytest

from retrieval import Retriever, answers, options, retriever
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "python.md"


@pytest.fixture
def names(open_retriever) -> dict[str, object]:
    """What the examples may use without saying where it comes from."""
    opened = open_retriever(ROOT / "seeds")
    answer = opened.ask("چند دانشجو در آستراخان درس می‌خوانند؟", limit=2)
    return {"retriever": opened, "Retriever": Retriever, "answer": answer, "dt": dt}


def failures(test: doctest.DocTest) -> str:
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=told.append)
    return "".join(told)


@pytest.mark.parametrize("module", [answers, options, retriever])
def test_examples_of_docstrings(module: ModuleType, names: dict[str, object]) -> None:
    tests = doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs=names)
    found = [test for test in tests if test.examples]
    assert found
    assert [failures(test) for test in found] == [""] * len(found)


def test_examples_of_the_page(names: dict[str, object]) -> None:
    code = "\n".join(re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S))
    test = doctest.DocTestParser().get_doctest(code, names, PAGE.name, str(PAGE), 0)
    assert len(test.examples) > 10
    assert failures(test) == ""
