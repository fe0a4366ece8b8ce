"""Identifiers of articles, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.identifiers import canonical_url, is_placeholder, news_code, with_own_identifiers


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://www.ilna.ir/news/17", "ilna.ir/news/17"),
        ("http://ilna.ir/news/17/", "ilna.ir/news/17"),
        (" HTTPS://ILNA.ir/news/17#top ", "ilna.ir/news/17"),
        ("https://ilna.ir/news/17?utm_source=t&utm_medium=x&fbclid=1", "ilna.ir/news/17"),
        ("https://ilna.ir/view?id=17&utm_source=t", "ilna.ir/view?id=17"),
        ("https://ilna.ir/?p=3", "ilna.ir?p=3"),
        ("https://ilna.ir:8080/a", "ilna.ir:8080/a"),
        ("https://ilna.ir/News/17", "ilna.ir/News/17"),
        ("//ilna.ir/خبر", "ilna.ir/خبر"),
        ("https://ilna.ir", None),
        ("https://ilna.ir/fa/", None),
        ("https://ilna.ir/index.html", None),
        ("https://www.ilna.ir/", None),
        ("https://ilna.ir/?utm_source=rss", None),
        ("ilna 17", None),
        ("", None),
        ("http://[", None),
    ],
)
def test_addresses_that_lead_to_one_page(link: str, canonical: str | None) -> None:
    assert canonical_url(link) == canonical


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1715776", "1715776"),
        (" ۱۷۱۵۷۷۶ ", "1715776"),
        ("1715776.0", "1715776"),
        ("۱۷۱۵۷۷۶٫۰۰", "1715776"),
        ("1.715776E+6", "1715776"),
        ("1715776.5", "1715776.5"),
        ("A-17", "A-17"),
        ("0017", "0017"),
        ("17e", "17e"),
    ],
)
def test_codes_in_one_spelling(written: str, code: str) -> None:
    assert news_code(written) == code


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "NULL", "null", r"\N", "NaN", "nan", "None", "nil", "N/A", "n/a", "#N/A"),
        *("<NA>", "-", "--", "—", "۰", "0", "000", "0.0", "٠", "ندارد", "نامشخص", "undefined"),
        *("بدون کد", "?", "https://site.example/", "https://site.example/a/17"),
    ],
)
def test_what_stands_for_no_code(written: str) -> None:
    assert news_code(written) is None


@given(st.text(max_size=30))
def test_a_code_is_read_the_same_twice(text: str) -> None:
    code = news_code(text)
    assert code is None or news_code(code) == code


def test_zero_may_be_an_id_and_nothing_is_none() -> None:
    assert not is_placeholder("0")
    assert is_placeholder("NULL")


@pytest.mark.parametrize("written", ["NULL", r"\N", "-", "https://site.example/", ""])
def test_an_id_that_is_none_is_made_of_the_text(written: str) -> None:
    one, other = (
        with_own_identifiers(Article(written, "عنوان", (text,), code="۰"), "2025/table")
        for text in ("متن یک", "متن دو")
    )
    assert one.id.startswith("2025/table-")
    assert one.id != other.id
    assert one.code is None
    assert with_own_identifiers(one, "2025/table") == one


def test_an_id_that_was_made_of_no_code_is_made_of_the_text() -> None:
    made = with_own_identifiers(Article("table-0", "عنوان", ("متن",), code="0"), "table")
    assert made.id != "table-0"
    own = with_own_identifiers(Article("0", "عنوان", ("متن",), code="0"), "table")
    assert (own.id, own.code) == ("0", None)


def test_an_article_with_its_own_identifiers_stays_as_it_is() -> None:
    article = Article("https://site.example/a/17", "عنوان", ("متن",), code="17")
    assert with_own_identifiers(article, "table") is article
