import pytest

from index.search_index import PassageTerms
from index.text.persian import index_terms, sentence_terms
from retrieval.query.query import parse_query
from retrieval.ranking.number_evidence import number_support

MILL = "کارخانه کاغذ نیلکوه با ۱٬۲۰۰ کارگر راه افتاد. ۷۵ درصد دستگاه‌ها تازه است."


def article(text: str) -> list[PassageTerms]:
    title = frozenset(index_terms("کارخانه کاغذ"))
    return [PassageTerms(title, tuple(map(frozenset, sentence_terms(text))))]


@pytest.mark.parametrize(
    ("question", "support"),
    [
        ("کدام کارخانه ۱۵۰۰ کارگر دارد؟", -1),
        ("کدام کارخانه هزار و پانصد کارگر دارد؟", -1),
        ("کدام کارخانه ۱۲۰۰ کارگر دارد؟", 1),
        ("کدام کارخانه هزار و دویست کارگر دارد؟", 1),
        ("کدام کارخانه ۸۰ درصد دستگاه‌ها را نو کرد؟", -1),
        ("کدام کارخانه ۷۵٪ دستگاه‌ها را نو کرد؟", 1),
        ("کدام کارخانه کارگر دارد؟", 0),
        ("کدام کارخانه ۱۵۰۰ مهندس دارد؟", 0),  # nothing is said of engineers
        ("کارگر ۱۳۹۸ کارخانه", 0),  # a year
        ("کارخانه", 0),
    ],
)
def test_the_number_beside_the_same_word_counts(question: str, support: int) -> None:
    query = parse_query(question, lambda: pytest.fail("Persian needs no translator"))
    weights = [(group, 1.0) for group in query.groups]
    assert number_support(article(MILL), weights) == pytest.approx(support / len(weights))
