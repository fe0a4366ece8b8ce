"""Every engine passes the whole contract, or says what it cannot do."""

from collections.abc import Mapping
from typing import ClassVar, get_args

import pytest

from index.search_index import SearchIndex
from index.settings import IndexSettings
from tests.index.engines import test_local, test_milvus_lite, test_milvus_server
from tests.index.engines.support.contract import IndexContract, complaints, contract_tests

ENGINES = {
    "local": [test_local.TestLocal],
    "milvus": [test_milvus_lite.TestMilvusLite, test_milvus_server.TestMilvusServer],
}


def test_every_engine_of_the_settings_is_tested() -> None:
    engines = get_args(IndexSettings.model_fields["engine"].annotation)
    assert set(engines) == ENGINES.keys()
    listed = {engine for classes in ENGINES.values() for engine in classes}
    assert listed == set(IndexContract.__subclasses__()) - {Lazy, Silent, Skipped}
    assert all(any(not engine.EXCEPTIONS for engine in classes) for classes in ENGINES.values())


@pytest.mark.parametrize("engine", [one for classes in ENGINES.values() for one in classes])
def test_no_engine_leaves_out_a_test_without_a_reason(engine: type[IndexContract]) -> None:
    assert complaints(engine) == []


def test_every_method_of_the_contract_is_asked() -> None:
    names = {name for test in contract_tests().values() for name in names_in(test.__code__)}
    inner = {
        name
        for test in contract_tests().values()
        for name in names_in(
            getattr(getattr(test, "hypothesis", test), "inner_test", test).__code__
        )
    }
    methods = {name for name in vars(SearchIndex) if not name.startswith("_")}
    assert methods <= names | inner


def names_in(code: object) -> set[str]:
    """Names that a function uses, those of functions in it included."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            found |= names_in(constant)
    return found


class Lazy(IndexContract):
    """An engine whose tests replace one; its name keeps pytest from collecting it."""

    def test_facts(self, opened: object) -> None:
        pass


class Silent(IndexContract):
    EXCEPTIONS: ClassVar[Mapping[str, str]] = {"test_agencies": "", "test_nothing": "it is not one"}


@pytest.mark.skip
class Skipped(IndexContract):
    pass


def test_what_is_left_out_is_named() -> None:
    assert complaints(Lazy) == ["test_facts is not that of the contract"]
    assert complaints(Silent) == [
        "test_agencies is left out without a reason",
        "test_nothing is no test",
    ]
    assert complaints(Skipped) == ["its tests are marked skip"]
