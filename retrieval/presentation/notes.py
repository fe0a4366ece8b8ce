"""Notes on how a question was understood, shown above its answer, and what has no passages."""

from collections.abc import Iterable, Iterator

from retrieval.answers import Answer, RetrievedPassage, Scope, SmallTalkReply
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages
from retrieval.query.query import Correction


def answer_notes(answer: Answer, messages: Messages) -> Iterator[str]:
    """Yield what was assumed or ignored, a line each; nothing on a further page."""
    if answer.offset:
        return
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
    return messages.text("translation", text=texts)


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
