import pytest

from index.search_index import PassageTerms
from index.text.persian import index_terms, sentence_terms
from retrieval.query.query import parse_query
from retrieval.ranking.number_evidence import contradicts_number

MILL = "کارخانه کاغذ نیلکوه با ۱٬۲۰۰ کارگر راه افتاد. ۷۵ درصد دستگاه‌ها تازه است."


def article(text: str) -> list[PassageTerms]:
    title = frozenset(index_terms("کارخانه کاغذ"))
    return [PassageTerms(title, tuple(map(frozenset, sentence_terms(text))))]


@pytest.mark.parametrize(
    ("question", "contradicted"),
    [
        ("کدام کارخانه ۱۵۰۰ کارگر دارد؟", True),
        ("کدام کارخانه هزار و پانصد کارگر دارد؟", True),
        ("کدام کارخانه ۱۲۰۰ کارگر دارد؟", False),
        ("کدام کارخانه هزار و دویست کارگر دارد؟", False),
        ("کدام کارخانه ۸۰ درصد دستگاه‌ها را نو کرد؟", True),
        ("کدام کارخانه ۷۵٪ دستگاه‌ها را نو کرد؟", False),
        ("کدام کارخانه کارگر دارد؟", False),
        ("کدام کارخانه ۱۵۰۰ مهندس دارد؟", False),  # nothing is said of engineers
        ("کارگر ۱۳۹۸ کارخانه", False),  # a year
        ("کارخانه", False),
    ],
)
def test_another_number_beside_the_same_word_contradicts(question: str, contradicted: bool) -> None:
    query = parse_query(question, lambda: pytest.fail("Persian needs no translator"), lambda _: 1)
    assert contradicts_number(article(MILL), query.groups) == contradicted
