"""Passages, the units of search: whole paragraphs, merged or split to fit the encoder."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.article import Article
from index.text.persian import sentences

# A headline is one line; anything longer is a text in the wrong field.
_MAX_TITLE_CHARACTERS = 200
# Longer texts have too many tokens for a passage, and are cut before they are counted: a tokenizer
# needs hundreds of bytes for each character.
_MAX_COUNTED_CHARACTERS = 20_000
_MAX_COUNTED_TEXTS = 1000
# With more paragraphs in a passage, the sum of their tokens is precise enough.
_MAX_RECOUNTED = 16

TokenCounter = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one article.

    Attributes:
        article_id: the article's id.
        title: the article's title.
        paragraphs: 0-based numbers of the paragraphs in it; empty for an abstract or a title.
        text: their text as the source has it, paragraphs separated by a line break.
    """

    article_id: str
    title: str
    paragraphs: tuple[int, ...]
    text: str

    @property
    def embedded_text(self) -> str:
        """The text for the encoder: with the title, since a paragraph seldom names its subject."""
        return f"{_short(self.title)}\n{self.text}" if self.title else self.text


def split_article(
    article: Article, count_tokens: TokenCounter, min_tokens: int, max_tokens: int
) -> list[Passage]:
    """Cut an article into passages that together hold all of its text.

    Args:
        article: the article.
        count_tokens: the encoder's token counts of some texts.
        min_tokens: paragraphs shorter than this are merged with what follows them.
        max_tokens: the encoder's limit, without its prompt and special tokens.

    Returns:
        The abstract first, if there is one, then the body in order. An article that has neither
        becomes one passage with its title as text.
    """
    room = max_tokens
    if article.title:
        room = max(max_tokens - count_tokens([_short(article.title) + "\n"])[0], max_tokens // 2)
    pieces: list[tuple[tuple[int, ...], str]] = []
    if article.abstract.strip():
        pieces.extend(((), text) for text in _fit(article.abstract, count_tokens, room))
    pieces.extend(_body(article.paragraphs, count_tokens, min_tokens, room))
    if not pieces and article.title.strip():
        pieces.extend(((), text) for text in _fit(article.title, count_tokens, room))
    return [Passage(article.id, article.title, numbers, text) for numbers, text in pieces]


def _body(
    paragraphs: Sequence[str], count_tokens: TokenCounter, min_tokens: int, room: int
) -> Iterator[tuple[tuple[int, ...], str]]:
    numbered = [(number, text) for number, text in enumerate(paragraphs) if text.strip()]
    counts = _counts([text for _, text in numbered], count_tokens)
    numbers: tuple[int, ...] = ()
    texts: list[str] = []
    total = 0
    for (number, text), count in zip(numbered, counts, strict=True):
        merged = total + count
        if texts:
            enough = total >= min_tokens and count >= min_tokens
            # The whole may have more tokens than its parts: some tokenizers count line breaks.
            if len(texts) >= _MAX_RECOUNTED:
                merged += 1
            elif not enough and merged <= room:
                merged = count_tokens(["\n".join([*texts, text])])[0]
            if enough or merged > room:
                yield numbers, "\n".join(texts)
                numbers, texts, merged = (), [], count
        if count > room:
            yield from (((number,), piece) for piece in _fit(text, count_tokens, room))
            continue
        numbers, texts, total = (*numbers, number), [*texts, text], merged
    if texts:
        yield numbers, "\n".join(texts)


def _fit(text: str, count_tokens: TokenCounter, room: int) -> Iterator[str]:
    """Yield `text` in pieces of at most `room` tokens, cut at sentence ends where possible."""
    text = text.strip()
    if _counts([text], count_tokens)[0] <= room or len(text) == 1:
        yield text
        return
    spans = sentences(text)
    if len(spans) == 1:
        spans = _halves(text)
    counts = _counts([text[start:end] for start, end in spans], count_tokens)
    begin, stop, total = spans[0][0], spans[0][0], 0
    for (start, end), count in zip(spans, counts, strict=True):
        # The parts may have fewer tokens than the whole, which is known not to fit.
        whole = begin == 0 and end == len(text)
        if stop > begin and (whole or (total and total + count > room)):
            yield from _fit(text[begin:stop], count_tokens, room)
            begin, total = start, 0
        stop, total = end, total + count
    yield from _fit(text[begin:stop], count_tokens, room)


def _counts(texts: Sequence[str], count_tokens: TokenCounter) -> list[int]:
    """Count the tokens of many texts; for a very long text, its characters."""
    counts: list[int] = []
    for at in range(0, len(texts), _MAX_COUNTED_TEXTS):
        block = texts[at : at + _MAX_COUNTED_TEXTS]
        short = iter(count_tokens([t for t in block if len(t) <= _MAX_COUNTED_CHARACTERS]))
        counts.extend(len(t) if len(t) > _MAX_COUNTED_CHARACTERS else next(short) for t in block)
    return counts


def _halves(text: str) -> list[tuple[int, int]]:
    """Cut an overlong sentence at the space nearest to its middle, or through a word."""
    middle = len(text) // 2
    space = text.rfind(" ", middle // 2, middle)
    cut = space if space > 0 else middle
    return [(0, cut), (cut, len(text))]


def _short(title: str) -> str:
    if len(title) <= _MAX_TITLE_CHARACTERS:
        return title
    return title[:_MAX_TITLE_CHARACTERS].rsplit(" ", 1)[0]
