"""From an `Answer` to the Telegram messages that show it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.views import bidi
from bot.views.markup import Block, Span, pack, utf16_units
from bot.views.messages import Messages
from retrieval.answers import Answer, Citation, RetrievedPassage
from retrieval.presentation.notes import answer_notes

# Passages of more units are folded; Telegram shows their first three lines.
_LONG = 600
# An answering sentence of at most so many stands above a folded passage, where it can be seen.
_BRIEF = 400


def render_answer(answer: Answer, words: Messages) -> list[str]:
    """Return the messages that show an answer, or a further page of one, as Telegram HTML.

    The answering sentence is bold only where the archive answers the question: a related passage
    has no such sentence.
    """
    return pack(answer_blocks(answer, words))


def render_text(text: str) -> list[str]:
    """Return the messages that show the bot's own plain words, as Telegram HTML."""
    return pack([(Span(text.strip()),)])


def answer_blocks(answer: Answer, words: Messages) -> Iterator[Block]:
    """Yield what there is to say of an answer."""
    notes = list(answer_notes(answer, words))
    if notes:
        yield (Span("\n".join(notes), italic=True),)
    if not answer.passages:
        yield (Span(_reason_for_nothing(answer, words)),)
        return
    numbered = len(answer.passages) > 1 or answer.offset > 0
    best, *others = (
        passage_block(passage, words, answer.found, number if numbered else None)
        for number, passage in enumerate(answer.passages, start=answer.offset + 1)
    )
    if answer.offset:
        yield _under(words.text("more"), best)
        yield from others
    elif answer.found:
        yield best
        if others:
            yield _under(words.text("more"), others[0])
            yield from others[1:]
    else:
        yield (Span(words.text("not_found")),)
        yield _under(words.text("related"), best)
        yield from others


def passage_block(
    passage: RetrievedPassage, words: Messages, found: bool, number: int | None = None
) -> Block:
    """Return a passage with its citation.

    Args:
        passage: the passage.
        words: the language of the citation.
        found: whether it answers: its answering sentence is bold.
        number: which passage of the answer it is; None: the only one.
    """
    text = passage.text.rstrip()
    folded = utf16_units(text) > _LONG
    start, end = passage.highlight
    sentence = passage.text[start:end].strip() if found and folded else ""
    above: Block = ()
    if sentence and utf16_units(sentence) <= _BRIEF and "\n" not in sentence:
        above = (Span(bidi.with_direction_mark(sentence), bold=True), Span("\n"))
    return (
        *above,
        *_quotation(passage, bold=found, folded=folded),
        *citation_spans(passage.citation, words, number),
    )


def citation_spans(
    citation: Citation, words: Messages, number: int | None = None
) -> Iterator[Span]:
    """Yield a citation, each part on a line of its own, a line break before each."""
    lines = []
    if citation.title.strip():
        lines.append(words.text("title", title=bidi.isolate(citation.title)))
    details = [
        bidi.isolate(citation.agency) if citation.agency else None,
        words.date(citation.date) if citation.date else None,
        words.text("code", code=bidi.isolate(words.digits(citation.code)))
        if citation.code
        else None,
    ]
    if stated := [detail for detail in details if detail]:
        key = "source" if citation.agency else "published"
        lines.append(words.text(key, details=words.text("separator").join(stated)))
    if number is not None:
        first, *others = lines or [""]
        lines = [words.text("numbered", number=words.number(number), line=first).strip(), *others]
    for line in lines:
        yield Span(f"\n{line}")
    if citation.url and is_web_address(citation.url):
        yield Span("\n")
        yield Span(words.text("link"), link=citation.url)


def is_web_address(url: str) -> bool:
    """Tell whether Telegram would take the address; others (javascript:, tg:) are left out."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _under(heading: str, block: Block) -> Block:
    return (Span(f"{heading}\n"), *block)


def _quotation(passage: RetrievedPassage, *, bold: bool, folded: bool) -> Iterator[Span]:
    """Yield the passage as the source has it, each line with its own direction."""
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


def _reason_for_nothing(answer: Answer, words: Messages) -> str:
    if answer.offset:
        return words.text("no_more")
    scope = answer.scope
    if scope.unknown_code:
        return words.text("unknown_code", code=bidi.isolate(words.digits(scope.unknown_code)))
    if scope.within:
        return words.text("nothing_left")
    if scope.undated:
        return words.text("nothing_dated")
    asked = any(character.isalnum() for character in answer.question)
    return words.text("not_found" if asked else "no_question")
