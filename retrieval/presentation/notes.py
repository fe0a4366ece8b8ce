"""Lines around the passages of an answer: how the question was understood, titles, what is left."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from retrieval.answers import Answer, RetrievedPassage, Scope, SmallTalkReply
from retrieval.presentation import bidi
from retrieval.presentation.grouping import ArticleGroup, NumberedPassage
from retrieval.presentation.messages import Messages
from retrieval.query.agencies import known_agency
from retrieval.query.query import ENGLISH, Correction

# Up to where a question was read is shown by its last words; of a word without end, by its end.
_LAST_WORDS: Final = 3
_LONGEST_SHOWN: Final = 40


def answer_notes(answer: Answer, messages: Messages) -> Iterator[str]:
    """Yield what was assumed or ignored, a line each; nothing on a further page."""
    if answer.offset:
        return
    if answer.beginning is not None:
        last = " ".join(answer.beginning.split()[-_LAST_WORDS:])[-_LONGEST_SHOWN:]
        yield messages.text("shortened", last=bidi.isolate(last))
    yield from correction_lines(answer.corrections, messages)
    if answer.follows_up:
        yield messages.text("follows_up")
    yield from scope_notes(answer.scope, messages)
    if answer.untranslated:
        yield messages.text("untranslated")


def translation_line(passage: RetrievedPassage, messages: Messages) -> str | None:
    """Return the line that shows the translation of a passage, marked as machine-made."""
    if (translation := passage.translation) is None:
        return None
    texts = " — ".join(text for text in (translation.title, translation.sentence) if text)
    return messages.text("translation", text=bidi.isolate(texts))


def scope_notes(scope: Scope, messages: Messages) -> Iterator[str]:
    """Yield what was searched and what was ignored, a line each."""
    if scope.unknown_source:
        yield messages.text("unknown_source", source=bidi.isolate(scope.unknown_source))
    if scope.undated:
        yield messages.text("undated")
    if scope.relaxed:
        yield messages.text("relaxed")
    if scope.filter:
        yield messages.text("limited", limits=messages.limits(scope.filter))


def small_talk_text(reply: SmallTalkReply, messages: Messages) -> str:
    """Return a reply to small talk: a friendly word, and what can be asked."""
    word = messages.text(f"small_talk_{reply.topic}")
    example = messages.text("small_talk_example", example=bidi.isolate(reply.example))
    return f"{word} {example}"


def list_heading(answer: Answer, messages: Messages) -> str:
    """Return the line above a list of articles; those with dates are in the order of dates."""
    dated = any(passage.citation.date for passage in answer.passages)
    return messages.text("listed" if dated else "listed_undated")


def correction_lines(corrections: Iterable[Correction], messages: Messages) -> Iterator[str]:
    """Yield what was searched for in place of words that the archive does not have."""
    for one in corrections:
        typed, searched = bidi.isolate(one.typed), bidi.isolate(one.searched)
        yield messages.text("corrected", typed=typed, searched=searched)


def no_result_reason(answer: Answer, messages: Messages) -> str:
    """Return why an answer has no passages."""
    if answer.offset:
        return messages.text("no_more")
    scope = answer.scope
    if scope.unknown_code:
        code = bidi.isolate(messages.digits(scope.unknown_code))
        return messages.text("unknown_code", code=code)
    if scope.filter:
        return messages.text("nothing_left")
    if scope.undated:
        return messages.text("nothing_dated")
    asked = any(character.isalnum() for character in answer.question)
    return messages.text("not_found" if asked else "no_question")


def numbered_title(passages: Sequence[NumberedPassage], messages: Messages) -> str:
    """Return the title of an article after the numbers of passages of it, in one line."""
    title = " ".join(passages[0].passage.citation.title.split())
    return f"[{_numbers(passages, messages)}] {title}".rstrip()


def further_line(group: ArticleGroup, messages: Messages) -> str:
    """Return how many passages an article has besides its best one, with their numbers."""
    numbers = _numbers(group.further, messages)
    return messages.text("further_passages", count=len(group.further), numbers=numbers)


def hint_line(answer: Answer, best: ArticleGroup, messages: Messages) -> str:
    """Return the commands of the prompt that show more than an answer does.

    Args:
        answer: the answer.
        best: its first article.
        messages: texts of the language of the line.
    """
    around = best.further[0] if best.further else best.best
    hints = {"hint_open": f":open {best.best.number}", "hint_around": f":around {around.number}"}
    if answer.more:
        hints["hint_more"] = ":more"
    return " · ".join(
        messages.text(key, command=bidi.isolate(command)) for key, command in hints.items()
    )


def _numbers(passages: Iterable[NumberedPassage], messages: Messages) -> str:
    return messages.text("separator").join(messages.number(one.number) for one in passages)


def republication_line(passage: RetrievedPassage, messages: Messages) -> str | None:
    """Return which other agencies report what the article of a passage does; None: none."""
    agencies: dict[str, None] = {}
    for other in passage.republications:
        if other.agency:
            known = known_agency(other.agency)
            name = other.agency
            if known is not None:
                name = known.latin if messages.language == ENGLISH else known.short
            agencies[name] = None
    if not agencies:
        return None
    names = messages.names(tuple(agencies))
    return messages.text("republications", count=len(agencies), agencies=names)
