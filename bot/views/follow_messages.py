"""Messages about followed subjects: new articles, and what somebody follows."""

from collections.abc import Sequence
from textwrap import shorten
from typing import Final

from bot.store.follows import Follow, Frequency
from bot.views.markup import Block, Span, pack
from bot.views.render import agency_and_day, passage_block
from retrieval.answers import RetrievedPassage
from retrieval.presentation import bidi
from retrieval.presentation.citations import passage_link
from retrieval.presentation.messages import Messages

# Characters of a title in a list: ten of them fit into one message with their sources.
_TITLE: Final = 200
# Characters of a subject, where it is named.
_SUBJECT: Final = 60


def notice_html(follow: Follow, passage: RetrievedPassage, messages: Messages) -> str:
    """Return the message with a new article, as Telegram HTML; a longer one is cut."""
    key = "follow_new_from" if follow.is_source else "follow_new"
    heading = messages.text(key, subject=subject_text(follow))
    block = passage_block(passage, messages, found=True)
    return pack([(Span(f"{heading}\n"), *block)])[0]


def list_html(follow: Follow, passages: Sequence[RetrievedPassage], messages: Messages) -> str:
    """Return one message with several new articles, as Telegram HTML; ten at most."""
    key = "follow_list_from" if follow.is_source else "follow_list"
    heading = messages.text(key, subject=subject_text(follow), count=len(passages))
    entries = [_entry(number, one, messages) for number, one in enumerate(passages, start=1)]
    return pack([(Span(heading),), *entries])[0]


def subject_text(follow: Follow) -> str:
    """Return a subject, cut if it is long, for a line in any direction."""
    return bidi.isolate(shorten(follow.label, _SUBJECT, placeholder="…"))


def follow_text(follow: Follow, messages: Messages) -> str:
    """Return all that was chosen for a follow, in lines."""
    lines = [messages.text("follow_subject", subject=subject_text(follow))]
    if follow.excluded:
        words = messages.names(follow.excluded)
        lines.append(messages.text("follow_excluded", words=words))
    lines.append(frequency_text(follow, messages))
    if follow.quiet is not None:
        first, after = (messages.number(hour) for hour in follow.quiet)
        lines.append(messages.text("follow_quiet", first=first, after=after))
    if follow.paused:
        lines.append(messages.text("follow_paused"))
    return "\n".join(lines)


def follows_text(follows: Sequence[Follow], messages: Messages) -> str:
    """Return the list of what is followed in a chat."""
    if not follows:
        return messages.text("follow_none")
    lines = [messages.text("follow_all")]
    for number, follow in enumerate(follows, start=1):
        details = [subject_text(follow), frequency_text(follow, messages)]
        if follow.paused:
            details.append(messages.text("follow_paused"))
        line = messages.text("separator").join(details)
        lines.append(messages.text("numbered", number=number, line=line))
    return "\n".join(lines)


def frequency_text(follow: Follow, messages: Messages) -> str:
    """Return when new articles are sent."""
    if follow.frequency is Frequency.DAILY:
        hour = messages.number(follow.hour)
        return messages.text("follow_daily", hour=hour, zone=bidi.isolate(follow.zone))
    return messages.text(f"follow_{follow.frequency}")


def _entry(number: int, passage: RetrievedPassage, messages: Messages) -> Block:
    title = shorten(passage.citation.title, _TITLE, placeholder="…")
    line = messages.text("numbered", number=number, line=title)
    details = agency_and_day(passage.citation, messages)
    return (
        Span(bidi.with_direction_mark(line), link=passage_link(passage)),
        Span(f"\n{details}" if details else ""),
    )
