"""When two articles are the same one."""

import pytest

from index.article import Article
from index.identifiers import canonical_url
from index.indexing.article_key import article_key, checksum, to_json


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
    ("agency", "code", "key"),
    [
        ("خبرگزاری فارس", "17", "خبرگزاری فارس\n17"),
        ("خبرگزاري‌فارس ", " ۱۷ ", "خبرگزاری فارس\n17"),
        ("ISNA", "17", "isna\n17"),
        ("ISNA", None, None),
        ("ISNA", " ", None),
        (None, "17", None),
    ],
)
def test_an_agency_and_its_code(agency: str | None, code: str | None, key: str | None) -> None:
    assert article_key(Article("a", "", (), agency=agency, code=code)).code == key


def test_half_a_character_harms_nothing() -> None:
    odd = Article("a\ud800", "\ud800", ("\udfff",), agency="\ud800", code="\ud800", link="\ud800")
    assert article_key(odd).id == "a\ufffd"
    assert len(checksum(to_json(odd))) == 16
    mark = "\ufffd"
    mended = Article(f"a{mark}", mark, (mark,), agency=mark, code=mark, link=mark)
    assert to_json(odd) == to_json(mended)
