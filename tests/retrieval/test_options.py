from dataclasses import fields

import pytest

from retrieval import Retriever
from retrieval.options import AskKeywords, AskOptions

QUESTION = "استاندار آستراخان"


def test_every_option_is_a_keyword_too() -> None:
    assert {field.name for field in fields(AskOptions)} == set(AskKeywords.__annotations__)


def test_keywords_override_options(retriever: Retriever) -> None:
    options = AskOptions(limit=3, offset=1)
    assert retriever.ask(QUESTION, options) == retriever.ask(QUESTION, limit=3, offset=1)
    assert retriever.ask(QUESTION, options, limit=2) == retriever.ask(QUESTION, limit=2, offset=1)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"limit": 0}, "limit must be at least 1, not 0"),
        ({"offset": -1}, "offset must not be negative, but is -1"),
    ],
)
def test_wrong_numbers_are_refused(
    retriever: Retriever, keywords: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        retriever.ask(QUESTION, **keywords)
    with pytest.raises(ValueError, match=message):
        retriever.explain(QUESTION, **keywords)
