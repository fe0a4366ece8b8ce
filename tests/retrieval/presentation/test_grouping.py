from dataclasses import replace
from datetime import date

from retrieval.answers import Answer, Citation, RetrievedPassage
from retrieval.presentation.grouping import group_by_article


def passage(article_id: str, number: int) -> RetrievedPassage:
    citation = Citation(f"عنوان {article_id}", "ایلنا", date(2025, 11, 18), None, None)
    return RetrievedPassage(article_id, (number,), f"متن {number}.", 1.0, citation, (0, 3))


def numbers(answer: Answer) -> list[tuple[str, list[int]]]:
    return [
        (group.article_id, [one.number for one in group.passages])
        for group in group_by_article(answer)
    ]


def test_articles_stand_in_the_order_of_their_best_passages() -> None:
    passages = (passage("a", 0), passage("b", 0), passage("a", 4), passage("c", 1), passage("b", 2))
    answer = Answer("چه؟", "fa", True, 0.9, passages)
    assert numbers(answer) == [("a", [1, 3]), ("b", [2, 5]), ("c", [4])]
    first, *_ = group_by_article(answer)
    assert first.citation.title == "عنوان a"
    assert first.best.passage is passages[0]
    assert [one.passage for one in first.further] == [passages[2]]


def test_a_further_page_goes_on_with_the_numbers() -> None:
    answer = Answer("چه؟", "fa", True, 0.9, (passage("a", 0), passage("a", 1)), offset=5)
    assert numbers(answer) == [("a", [6, 7])]


def test_an_answer_without_passages_has_no_articles() -> None:
    answer = Answer("چه؟", "fa", False, 0.0, (passage("a", 0),))
    assert group_by_article(replace(answer, passages=())) == ()
