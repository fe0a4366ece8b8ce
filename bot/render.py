"""From an `Answer` to the Telegram messages that show it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot import bidi, texts
from bot.markup import Block, Span, pack
from bot.texts import Texts
from retrieval.answers import Answer, Citation, RetrievedPassage


def render_answer(answer: Answer) -> list[str]:
    """Return the messages that show an answer, as Telegram HTML, in the question's language.

    The answering sentence is bold only where the archive answers the question: a related passage
    has no such sentence.
    """
    words = texts.for_answer(answer.language)
    return pack(_blocks(answer, words))


def render_text(text: str) -> list[str]:
    """Return the messages that show the bot's own plain words, as Telegram HTML."""
    return pack([(Span(text.strip()),)])


def _blocks(answer: Answer, words: Texts) -> Iterator[Block]:
    if not answer.passages:
        asked = any(character.isalnum() for character in answer.question)
        yield (Span(words.say("not_found" if asked else "no_question")),)
        return
    best, *others = (_passage_block(passage, words, answer.found) for passage in answer.passages)
    if answer.found:
        yield best
        if others:
            yield _under(words.say("more"), others[0])
            yield from others[1:]
    else:
        yield (Span(words.say("not_found")),)
        yield _under(words.say("related"), best)
        yield from others


def _under(heading: str, block: Block) -> Block:
    return (Span(f"{heading}\n"), *block)


def _passage_block(passage: RetrievedPassage, words: Texts, found: bool) -> Block:
    citation = tuple(_citation(passage.citation, words))
    return (*_quotation(passage, bold=found), *citation)


def _quotation(passage: RetrievedPassage, *, bold: bool) -> Iterator[Span]:
    """Yield the passage as the source has it, each line with its own direction."""
    start, end = passage.highlight if bold else (0, 0)
    position = 0
    for line in passage.text.rstrip().splitlines(keepends=True):
        yield Span(bidi.direction_mark(line), quote=True)
        first = min(max(start - position, 0), len(line))
        last = min(max(end - position, 0), len(line))
        yield Span(line[:first], quote=True)
        yield Span(line[first:last], quote=True, bold=True)
        yield Span(line[last:], quote=True)
        position += len(line)


def _citation(citation: Citation, words: Texts) -> Iterator[Span]:
    if citation.title.strip():
        yield Span("\n" + words.say("title", title=bidi.isolate(citation.title)))
    details = [
        bidi.isolate(citation.agency) if citation.agency else None,
        words.date(citation.date) if citation.date else None,
        words.say("code", code=bidi.isolate(words.digits(citation.code)))
        if citation.code
        else None,
    ]
    if stated := [detail for detail in details if detail]:
        key = "source" if citation.agency else "published"
        yield Span("\n" + words.say(key, details=words.say("separator").join(stated)))
    if citation.url and _is_web_address(citation.url):
        yield Span("\n")
        yield Span(words.say("link"), link=citation.url)


def _is_web_address(url: str) -> bool:
    """Tell whether Telegram would take the address; others (javascript:, tg:) are left out."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
