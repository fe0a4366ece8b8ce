"""Answers grouped by article: one entry for each article, with its passages.

The passages of an answer are often from few articles. A view shows each article once and keeps the
numbers that its passages have in the answer.
"""

from dataclasses import dataclass

from retrieval.answers import Answer, Citation, RetrievedPassage


@dataclass(frozen=True, slots=True)
class NumberedPassage:
    """A passage with its number in the answer, from 1; earlier pages are counted."""

    number: int
    passage: RetrievedPassage


@dataclass(frozen=True, slots=True)
class ArticleGroup:
    """The passages of an answer that are from one article.

    Attributes:
        citation: the article's.
        article_id: its id.
        passages: best first, at least one.
    """

    citation: Citation
    article_id: str
    passages: tuple[NumberedPassage, ...]

    @property
    def best(self) -> NumberedPassage:
        """The first of its passages."""
        return self.passages[0]

    @property
    def further(self) -> tuple[NumberedPassage, ...]:
        """Its passages after the first."""
        return self.passages[1:]


def group_by_article(answer: Answer) -> tuple[ArticleGroup, ...]:
    """Return the articles of an answer, or of a page of one, in the order of their best passages.

    Args:
        answer: the answer; without passages there are no articles.
    """
    groups: dict[str, list[NumberedPassage]] = {}
    for number, passage in enumerate(answer.passages, start=answer.offset + 1):
        groups.setdefault(passage.article_id, []).append(NumberedPassage(number, passage))
    return tuple(
        ArticleGroup(passages[0].passage.citation, article_id, tuple(passages))
        for article_id, passages in groups.items()
    )
