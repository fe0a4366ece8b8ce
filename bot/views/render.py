"""From an `Answer` to the Telegram messages that show it."""

from collections.abc import Iterator

from bot.views.markup import Block, Span, pack, utf16_units
from retrieval.answers import Answer, AnswerKind, Citation, RetrievedPassage
from retrieval.presentation import bidi
from retrieval.presentation.citations import is_web_address, passage_link
from retrieval.presentation.messages import Messages
from retrieval.presentation.notes import (
    answer_notes,
    list_heading,
    no_result_reason,
    republication_line,
    small_talk_text,
)

# Longer passages, in UTF-16 units, are folded; Telegram shows their first three lines.
_LONG = 600
# An answering sentence of at most this length is repeated above a folded passage.
_BRIEF = 400


def render_answer(answer: Answer, messages: Messages) -> list[str]:
    """Return the messages that show an answer, or a further page of one, as Telegram HTML.

    The answering sentence is bold only where the archive answers the question.
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
    numbered = len(answer.passages) > 1 or answer.offset > 0
    best, *others = (
        passage_block(passage, messages, answer.found, number if numbered else None)
        for number, passage in enumerate(answer.passages, start=answer.offset + 1)
    )
    if answer.offset:
        yield _under(messages.text("more"), best)
        yield from others
    elif answer.kind is AnswerKind.LIST:
        yield _under(list_heading(answer, messages), best)
        yield from others
    elif answer.found:
        yield best
        if others:
            yield _under(messages.text("more"), others[0])
            yield from others[1:]
    else:
        yield (Span(messages.text("not_found")),)
        yield _under(messages.text("related_passages"), best)
        yield from others


def passage_block(
    passage: RetrievedPassage, messages: Messages, found: bool, number: int | None = None
) -> Block:
    """Return a passage with its citation.

    Args:
        passage: the passage.
        messages: texts of the language of the citation.
        found: whether it answers the question; its answering sentence is then bold.
        number: its number in the answer; None: it is the only one.
    """
    text = passage.text.rstrip()
    folded = utf16_units(text) > _LONG
    start, end = passage.highlight
    sentence = passage.text[start:end].strip() if found and folded else ""
    above: Block = ()
    if sentence and utf16_units(sentence) <= _BRIEF and "\n" not in sentence:
        above = (Span(bidi.with_direction_mark(sentence), bold=True), Span("\n"))
    others = republication_line(passage, messages)
    return (
        *above,
        *_quotation(passage, bold=found, folded=folded),
        *citation_spans(passage.citation, messages, number, passage_link(passage)),
        *([Span(f"\n{others}")] if others else []),
    )


def citation_spans(
    citation: Citation, messages: Messages, number: int | None = None, link: str | None = None
) -> Iterator[Span]:
    """Yield a citation, each part on a line of its own after a line break.

    Args:
        citation: the source.
        messages: texts of the language of the citation.
        number: of its passage in the answer; None: it is the only one.
        link: an address that opens the source at the passage; None: that of the citation.
    """
    lines = []
    if citation.title.strip():
        lines.append(messages.text("title", title=bidi.isolate(citation.title)))
    details = [
        bidi.isolate(citation.agency) if citation.agency else None,
        messages.date(citation.date) if citation.date else None,
        messages.text("code", code=bidi.isolate(messages.digits(citation.code)))
        if citation.code
        else None,
    ]
    if stated := [detail for detail in details if detail]:
        key = "source" if citation.agency else "published"
        lines.append(messages.text(key, details=messages.text("separator").join(stated)))
    if number is not None:
        first, *others = lines or [""]
        lines = [
            messages.text("numbered", number=number, line=first).strip(),
            *others,
        ]
    for line in lines:
        yield Span(f"\n{line}")
    if citation.url and is_web_address(citation.url):
        yield Span("\n")
        yield Span(messages.text("link"), link=link or citation.url)


def _under(heading: str, block: Block) -> Block:
    return (Span(f"{heading}\n"), *block)


def _quotation(passage: RetrievedPassage, *, bold: bool, folded: bool) -> Iterator[Span]:
    """Yield the passage unchanged, each line with its own direction."""
    start, end = passage.highlight if bold else (0, 0)
    position = 0
    for line in passage.text.rstrip().splitlines(keepends=True):
        yield Span(bidi.direction_mark(line), quote=True, expandable=folded)
        first = min(max(start - position, 0), len(line))
        last = min(max(end - position, 0), len(line))
        yield Span(line[:first], quote=True, expandable=folded)
        yield Span(line[first:last], quote=True, expandable=folded, bold=True)
        yield Span(line[last:], quote=True, expandable=folded)
        position += len(line)
