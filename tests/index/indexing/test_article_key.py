"""When two articles are the same one."""

import pytest

from index.article import Article
from index.indexing.article_key import article_key, checksum, to_json


@pytest.mark.parametrize(
    ("agency", "code", "key"),
    [
        ("خبرگزاری فارس", "17", "خبرگزاری فارس\n17"),
        ("خبرگزاري‌فارس ", " ۱۷ ", "خبرگزاری فارس\n17"),
        ("ISNA", "17", "isna\n17"),
        ("ISNA", None, None),
        ("ISNA", " ", None),
        ("ISNA", "NULL", None),
        ("ISNA", "17.0", "isna\n17"),
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
