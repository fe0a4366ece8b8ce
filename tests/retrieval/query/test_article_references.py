"""Addresses and numbers of articles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.article_references import parse_reference

FARS = "https://www.farsnews.ir/news/13920919000695"


@pytest.mark.parametrize(
    ("typed", "link", "same"),
    [(f"{FARS}/وزیر-نیرو-قول-داد", FARS, True), ("farsnews.ir/news/13920919000695/", FARS, True),
     (FARS, f"{FARS}/title-4", True), (FARS, f"{FARS}1", False), ("۱۳۹۲۰۹۱۹۰۰۰۶۹۵", FARS, True),
     ("1392091900069", FARS, False),
     ("https://t.me/KhabarOnline/50", "https://t.me/KhabarOnline/501", False),
     ("telegram.me/KhabarOnline/50?single", "https://t.me/KhabarOnline/50", True),
     ("https://t.me/c/2000000088/33", "https://t.me/c/2000000088/33", True),
     ("https://t.me/a_news/5", "https://t.me/b_news/5", False),
     ("https://www.ilna.ir/news/1715776-title-2", "https://www.ilna.ir/news/1715776", True)],
)  # fmt: skip
def test_a_reference_names_an_article_by_its_link(typed, link, same):
    reference = parse_reference(typed)
    assert reference is not None
    assert reference.matches(link) == same


@pytest.mark.parametrize("text", ["", "سلام", "1404", "isna.ir", "خبر https://isna.ir/1", "و/یا"])
def test_other_texts_are_no_references(text):
    assert parse_reference(text) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_reference_or_none(text, link):
    for typed in (text, f"https://isna.ir/{text}"):
        if (reference := parse_reference(typed)) is not None:
            reference.matches(link)
