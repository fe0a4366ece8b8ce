"""From an `Answer` to the Telegram messages that show it, with one entry an article."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from bot.views.markup import Block, Span, pack, plain, split, utf16_units
from retrieval.answers import Answer, AnswerKind, Citation, RetrievedPassage
from retrieval.presentation import bidi
from retrieval.presentation.citations import is_web_address, passage_link
from retrieval.presentation.excerpts import excerpt, sentence_line
from retrieval.presentation.gloss import english_line
from retrieval.presentation.grouping import ArticleGroup, group_by_article
from retrieval.presentation.messages import Messages
from retrieval.presentation.notes import (
    answer_notes,
    further_line,
    list_heading,
    no_result_reason,
    numbered_title,
    republication_line,
    small_talk_text,
)

# Longer passages, in UTF-16 units, are folded; Telegram shows their first three lines.
_LONG = 600
# An answering sentence of at most this length is repeated above a folded passage.
_BRIEF = 400
# UTF-16 units of the answering sentence of an article that is not the best.
_SNIPPET = 200


def render_answer(answer: Answer, messages: Messages) -> list[str]:
    """Return the messages that show an answer, or a further page of one, as Telegram HTML.

    The answering sentence is bold only where the archive answers the question, and the words in it
    that answer are underlined.
    """
    return pack(answer_blocks(answer, messages))


def render_text(text: str) -> list[str]:
    """Return the messages that show one of the bot's own texts, as Telegram HTML."""
    return pack([(Span(text.strip()),)])


def answer_blocks(answer: Answer, messages: Messages) -> Iterator[Block]:
    """Yield the parts of an answer."""
    if answer.small_talk is not None:
        yield (Span(small_talk_text(answer.small_talk, messages)),)
        return
    notes = list(answer_notes(answer, messages))
    if notes:
        yield (Span("\n".join(notes), italic=True),)
    if not answer.passages:
        yield (Span(no_result_reason(answer, messages)),)
        return
    best, *others = group_by_article(answer)
    if answer.kind is AnswerKind.LIST:  # its articles are equals
        heading = messages.text("more") if answer.offset else list_heading(answer, messages)
        yield _under(heading, _brief_block(answer, best, messages))
    else:
        numbered = len(answer.passages) > 1 or answer.offset > 0
        number = best.best.number if numbered else None
        english = english_line(answer, best.best.passage, messages)
        block = passage_block(
            best.best.passage, messages, found=answer.found, number=number, english=english
        )
        if answer.offset:
            yield _under(messages.text("more"), block)
        elif answer.found:
            yield block
        else:
            yield (Span(messages.text("not_found")),)
            yield _under(messages.text("related_passages"), block)
        if best.further:
            yield _under(further_line(best, messages), _further_block(best, messages))
        if others:
            block = _brief_block(answer, others.pop(0), messages)
            yield _under(messages.text("other_articles"), block)
    for group in others:
        yield _brief_block(answer, group, messages)


def passage_block(
    passage: RetrievedPassage,
    messages: Messages,
    *,
    found: bool,
    number: int | None = None,
    english: str | None = None,
) -> Block:
    """Return a passage with its citation.

    Args:
        passage: the passage.
        messages: texts of the language of the citation.
        found: whether it answers the question; its answering sentence is then bold.
        number: its number in the answer; None: it is the only one.
        english: what an English reader is told of it.
    """
    folded = utf16_units(passage.text.rstrip()) > _LONG
    above: Block = ()
    if found and folded:
        sentence = sentence_line(passage)
        start, end = passage.highlight
        in_one_line = "\n" not in passage.text[start:end].strip()
        if sentence.text and in_one_line and utf16_units(sentence.text) <= _BRIEF:
            above = (*_quotation(sentence, bold=True, quote=False), Span("\n"))
    others = republication_line(passage, messages)
    return (
        *above,
        *_quotation(passage, bold=found, folded=folded),
        *citation_spans(passage.citation, messages, number, passage_link(passage), english),
        *([Span(f"\n{others}")] if others else []),
    )


def citation_spans(
    citation: Citation,
    messages: Messages,
    number: int | None = None,
    link: str | None = None,
    english: str | None = None,
) -> Iterator[Span]:
    """Yield a citation, each part on a line of its own after a line break.

    Args:
        citation: the source.
        messages: texts of the language of the citation.
        number: of its passage in the answer; None: it is the only one.
        link: an address that opens the source at the passage; None: that of the citation.
        english: what an English reader is told of the passage; None: nothing.
    """
    lines = [Span(bidi.isolate(citation.kicker))] if citation.kicker else []
    if citation.title.strip():
        lines.append(Span(messages.text("title", title=bidi.isolate(citation.title))))
    if english:
        lines.append(Span(english, italic=True))
    details = [
        bidi.isolate(citation.agency) if citation.agency else None,
        messages.date(citation.date, citation.time) if citation.date else None,
        messages.text("code", code=bidi.isolate(messages.digits(citation.code)))
        if citation.code
        else None,
    ]
    if stated := [detail for detail in details if detail]:
        key = "source" if citation.agency else "published"
        stated_line = messages.text(key, details=messages.text("separator").join(stated))
        lines.append(Span(stated_line))
    if number is not None:
        first, *others = lines or [Span("")]
        numbered = messages.text("numbered", number=number, line=first.text).strip()
        lines = [replace(first, text=numbered), *others]
    for line in lines:
        yield Span("\n")
        yield replace(line, text=bidi.with_direction_of_isolates(line.text))
    if citation.url and is_web_address(citation.url):
        yield Span("\n")
        yield Span(messages.text("link"), link=link or citation.url)


def _under(heading: str, block: Block) -> Block:
    return (Span(f"{heading}\n"), *block)


def _further_block(group: ArticleGroup, messages: Messages) -> Block:
    """Return the passages of an article after its best one, in one folded quotation."""
    spans: list[Span] = []
    for one in group.further:
        gap = "\n\n" if spans else ""
        number = f"{gap}[{messages.number(one.number)}] "
        spans.append(Span(number, quote=True, expandable=True))
        spans += _quotation(one.passage, bold=False, folded=True)
    return tuple(spans)


def _brief_block(answer: Answer, group: ArticleGroup, messages: Messages) -> Block:
    """Return an article's title, which opens it, its source and its answering sentence."""
    sentence = sentence_line(group.best.passage)
    title = bidi.with_direction_mark(numbered_title(group.passages, messages))
    english = english_line(answer, group.best.passage, messages)
    others = republication_line(group.best.passage, messages)
    line = agency_and_day(group.citation, messages)
    return (
        Span(title, link=passage_link(group.best.passage)),
        *([Span("\n"), Span(english, italic=True)] if english else []),
        Span(f"\n{line}\n" if line else "\n"),
        *_quotation(_snippet(sentence), bold=answer.found),
        *([Span(f"\n{others}")] if others else []),
    )


def agency_and_day(citation: Citation, messages: Messages) -> str:
    """Return who published an article and when, in one line; "" where neither is known."""
    parts = [
        bidi.isolate(citation.agency) if citation.agency else None,
        messages.date(citation.date, citation.time) if citation.date else None,
    ]
    line = messages.text("separator").join(part for part in parts if part)
    return bidi.with_direction_of_isolates(line)


def _snippet(sentence: RetrievedPassage) -> RetrievedPassage:
    """Cut a long sentence, from the words on that answer if they would be cut off."""
    text, span = sentence.text, sentence.answer_span
    if utf16_units(text) <= _SNIPPET:
        return sentence
    start = span[0] if span and span[1] > _SNIPPET // 2 else 0
    end = start + len(plain(next(split((Span(text[start:]),), _SNIPPET))))
    return excerpt(sentence, start, end)


def _quotation(
    passage: RetrievedPassage, *, bold: bool, folded: bool = False, quote: bool = True
) -> Iterator[Span]:
    """Yield the passage unchanged, each line with its own direction."""
    start, end = passage.highlight if bold else (0, 0)
    first, last = (passage.answer_span if bold else None) or (0, 0)
    position = 0
    for line in passage.text.rstrip().splitlines(keepends=True):
        yield Span(bidi.direction_mark(line), quote=quote, expandable=folded)
        places = {min(max(place - position, 0), len(line)) for place in (start, end, first, last)}
        for here, there in pairwise(sorted({0, len(line), *places})):
            at = position + here
            yield Span(
                line[here:there],
                bold=start <= at < end,
                underline=first <= at < last,
                quote=quote,
                expandable=folded,
            )
        position += len(line)
