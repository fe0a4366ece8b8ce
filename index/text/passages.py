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
# Longer questions and lines before a colon are paragraphs of their own.
_MAX_QUESTION_CHARACTERS = 300
_MAX_HEADING_CHARACTERS = 120
_MAX_HEADING_LINES = 2
_QUESTION_MARKS, _COLONS = ("؟", "?"), (":", "：")
_MARKS = (".", "!", "…", "؛", "،", ",", *_QUESTION_MARKS, *_COLONS)
_CLOSERS = ' \u200f\u00a0»"”’)]'

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
        min_tokens: paragraphs shorter than this are merged with what is before them, and
            headings and questions with what follows them.
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


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph, its number and tokens, and whether it heads what follows it."""

    number: int
    text: str
    count: int
    is_heading: bool


def _body(
    paragraphs: Sequence[str], count_tokens: TokenCounter, min_tokens: int, room: int
) -> Iterator[tuple[tuple[int, ...], str]]:
    held: list[_Paragraph] = []
    total = 0
    for paragraph in _measured(paragraphs, count_tokens, min_tokens):
        apart = (
            bool(held)
            and not held[-1].is_heading
            and total >= min_tokens
            and (paragraph.is_heading or paragraph.count >= min_tokens)
        )
        merged = 0 if apart else _merged(held, total, paragraph, room, count_tokens)
        if held and (apart or merged > room):
            # A heading at the end goes along with what it heads.
            headings = _last_headings(held)
            if before := held[: len(held) - len(headings)]:
                yield _numbers(before), _text(before)
            held, total = headings, sum(heading.count for heading in headings)
            merged = _merged(held, total, paragraph, room, count_tokens)
        if merged > room:
            yield from _cut(held, paragraph, count_tokens, room)
            held, total = [], 0
        else:
            held, total = [*held, paragraph], merged
    if held:
        yield _numbers(held), _text(held)


def _measured(
    paragraphs: Sequence[str], count_tokens: TokenCounter, min_tokens: int
) -> list[_Paragraph]:
    numbered = [(number, text) for number, text in enumerate(paragraphs) if text.strip()]
    texts = [text for _, text in numbered]
    counts = _counts(texts, count_tokens)
    headings = _headings(texts, counts, min_tokens)
    return [
        _Paragraph(number, text, count, at in headings)
        for at, ((number, text), count) in enumerate(zip(numbered, counts, strict=True))
    ]


def _headings(texts: Sequence[str], counts: Sequence[int], min_tokens: int) -> set[int]:
    """Return the positions of the paragraphs that head what follows them.

    These are short questions, short lines before a colon, and one or two short lines without a
    mark at their end before a longer paragraph; more of those, or some after a colon, are a list.
    """
    if not min_tokens:
        return set()
    found: set[int] = set()
    lines: list[int] = []
    after_colon = False
    for at, (text, count) in enumerate(zip(texts, counts, strict=True)):
        end = text.rstrip(_CLOSERS)[-1:]
        is_short = count < min_tokens and len(text) <= _MAX_HEADING_CHARACTERS
        if is_short and end not in _MARKS:
            lines.append(at)
            continue
        if count >= min_tokens and len(lines) <= _MAX_HEADING_LINES and not after_colon:
            found.update(lines)
        lines, after_colon = [], end in _COLONS
        if (is_short and end in _COLONS) or (
            end in _QUESTION_MARKS and len(text) <= _MAX_QUESTION_CHARACTERS
        ):
            found.add(at)
    # Nothing follows the last one.
    return found - {len(texts) - 1}


def _merged(
    held: Sequence[_Paragraph],
    total: int,
    paragraph: _Paragraph,
    room: int,
    count_tokens: TokenCounter,
) -> int:
    """Return the tokens of some paragraphs, which have `total`, and one more."""
    merged = total + paragraph.count
    if not held or merged > room:
        return merged
    # The whole may have more tokens than its parts: some tokenizers count line breaks.
    if len(held) >= _MAX_RECOUNTED:
        return merged + 1
    return count_tokens([_text([*held, paragraph])])[0]


def _last_headings(held: list[_Paragraph]) -> list[_Paragraph]:
    bodies = [at for at, paragraph in enumerate(held) if not paragraph.is_heading]
    return held[bodies[-1] + 1 :] if bodies else held


def _numbers(paragraphs: Sequence[_Paragraph]) -> tuple[int, ...]:
    return tuple(paragraph.number for paragraph in paragraphs)


def _text(paragraphs: Sequence[_Paragraph]) -> str:
    return "\n".join(paragraph.text for paragraph in paragraphs)


def _cut(
    headings: Sequence[_Paragraph], paragraph: _Paragraph, count_tokens: TokenCounter, room: int
) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield the pieces of a paragraph that does not fit; the first has its headings."""
    lead = f"{_text(headings)}\n" if headings else ""
    taken = count_tokens([lead])[0] + 1 if lead else 0
    if taken > room // 2:
        yield _numbers(headings), _text(headings)
        headings, lead, taken = [], "", 0
    if lead:
        # A passage is an exact piece of its article.
        lead += paragraph.text[: len(paragraph.text) - len(paragraph.text.lstrip())]
    numbers = _numbers([*headings, paragraph])
    for piece in _fit(paragraph.text, count_tokens, room - taken):
        yield numbers, lead + piece
        numbers, lead = (paragraph.number,), ""


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
