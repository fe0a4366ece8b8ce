from dataclasses import replace

import pytest

from index.article import Article
from retrieval.answers import Citation, RetrievedPassage
from retrieval.presentation.context_window import ContextWindow, context_window

ARTICLE = Article(
    id="a",
    title="عنوان",
    abstract="چکیده",
    paragraphs=("بند یک", " ", "بند دو. جملهٔ دیگر.", "بند سه", "بند چهار"),
)


def passage(text: str, *paragraphs: int) -> RetrievedPassage:
    return RetrievedPassage(
        "a", paragraphs, text, 1.0, Citation("عنوان", None, None, None, None), (0, 0)
    )


@pytest.mark.parametrize(
    ("found", "reach", "expected"),
    [
        (
            passage("بند سه", 3),
            1,
            ContextWindow(("بند دو. جملهٔ دیگر.",), "بند سه", 0, 6, ("بند چهار",)),
        ),
        # A paragraph without text is not counted, and the lead comes first.
        (
            passage("بند دو. جملهٔ دیگر.", 2),
            9,
            ContextWindow(("چکیده", "بند یک"), "بند دو. جملهٔ دیگر.", 0, 19, ("بند سه", "بند چهار")),
        ),
        (passage("چکیده"), 1, ContextWindow((), "چکیده", 0, 5, ("بند یک",))),
        # A piece of a paragraph that was too long for the encoder.
        (
            passage("جملهٔ دیگر.", 2),
            1,
            ContextWindow(("بند یک",), "بند دو. جملهٔ دیگر.", 8, 19, ("بند سه",)),
        ),
        (
            passage("بند سه\nبند چهار", 3, 4),
            1,
            ContextWindow(("بند دو. جملهٔ دیگر.",), "بند سه\nبند چهار", 0, 15, ()),
        ),
        # The article has been edited since.
        (
            passage("بند دیگر", 3),
            1,
            ContextWindow(("بند دو. جملهٔ دیگر.",), "بند سه", 0, 6, ("بند چهار",)),
        ),
    ],
)
def test_a_passage_stands_between_its_neighbours(
    found: RetrievedPassage, reach: int, expected: ContextWindow
) -> None:
    assert context_window(ARTICLE, found, reach) == expected


def test_an_article_of_a_title_has_nothing_around_it() -> None:
    bare = replace(ARTICLE, abstract="", paragraphs=())
    assert context_window(bare, passage("عنوان"), 2) == ContextWindow((), "عنوان", 0, 5, ())
