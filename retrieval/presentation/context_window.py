"""Context of a passage: the paragraphs before and after it."""

from dataclasses import dataclass

from index.article import Article
from retrieval.answers import RetrievedPassage


@dataclass(frozen=True, slots=True)
class ContextWindow:
    """A passage with the paragraphs around it.

    Attributes:
        before: the blocks before it, in the article's order; a block is the lead or a paragraph.
        block: the text that contains the passage: its own paragraphs, or the one it was cut from.
        start: offset in `block` at which the passage starts.
        end: offset in `block` at which it ends.
        after: the blocks after it.
    """

    before: tuple[str, ...]
    block: str
    start: int
    end: int
    after: tuple[str, ...]


def context_window(article: Article, passage: RetrievedPassage, reach: int) -> ContextWindow:
    """Find a passage in its article.

    Args:
        article: the article.
        passage: one of its passages.
        reach: number of blocks on each side, at most.
    """
    # The lead comes before the first paragraph; a passage without numbers is from the lead.
    blocks = [(-1, article.abstract), *enumerate(article.paragraphs)]
    blocks = [(number, text) for number, text in blocks if text.strip()]
    numbers = passage.paragraphs or (-1,)
    own = [text for number, text in blocks if number in numbers]
    before = tuple(text for number, text in blocks if number < numbers[0])
    after = tuple(text for number, text in blocks if number > numbers[-1])
    # An article without any text is found by its title: that is the passage.
    block = "\n".join(own) or passage.text
    start = block.find(passage.text)
    if start < 0:  # the article has changed since
        return ContextWindow(before[-reach:], block, 0, len(block), after[:reach])
    return ContextWindow(before[-reach:], block, start, start + len(passage.text), after[:reach])
