"""Passages as results in inline mode, within Telegram's limits."""

from dataclasses import replace
from typing import Final

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.helpers import create_deep_linked_url

from bot.store.links import article_link_payload, link_token
from bot.views.markup import Block, Span, pack, utf16_units
from bot.views.render import passage_block
from retrieval.answers import Answer, AnswerKind, RetrievedPassage
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

# UTF-16 units of a passage; the rest of the 4096 is for the question and the citation.
_MAX_PASSAGE: Final = 2500
_MAX_QUESTION: Final = 300
_MAX_TITLE: Final = 100
_MAX_DESCRIPTION: Final = 200


def inline_results(
    answer: Answer, messages: Messages, username: str
) -> list[InlineQueryResultArticle]:
    """Return the passages of an answer, each as an article that can be sent.

    Args:
        answer: the answer, or a page of one.
        messages: texts of the language of the citations.
        username: the bot's, for the link to the whole article.
    """
    return [
        _result(answer, passage, number, messages, username)
        for number, passage in enumerate(answer.passages, start=answer.offset + 1)
    ]


def shortened(passage: RetrievedPassage, most: int) -> RetrievedPassage:
    """Return a passage cut to at most `most` UTF-16 units around its answering sentence.

    An ellipsis marks each cut.
    """
    text = passage.text
    if utf16_units(text) <= most:
        return passage
    start, end = passage.highlight
    begin = 0 if utf16_units(text[:end]) < most - 2 else start
    kept = _first_units(text[begin:], most - 2).rstrip()
    before, after = ("…" if begin else ""), ("…" if begin + len(kept) < len(text) else "")

    def moved(span: tuple[int, int]) -> tuple[int, int]:
        left, right = (min(max(place - begin, 0), len(kept)) + len(before) for place in span)
        return left, right

    return replace(
        passage,
        text=f"{before}{kept}{after}",
        highlight=moved(passage.highlight),
        answer_span=moved(passage.answer_span) if passage.answer_span else None,
        likely_span=None,
    )


def _result(
    answer: Answer, passage: RetrievedPassage, number: int, messages: Messages, username: str
) -> InlineQueryResultArticle:
    question = _cut(" ".join(answer.question.split()), _MAX_QUESTION)
    # Of what is only related no message may look like an answer.
    is_answer = answer.found or answer.kind is AnswerKind.LIST
    heading = "inline_asked" if is_answer else "inline_related"
    asked: Block = (Span(messages.text(heading, question=bidi.isolate(question)), italic=True),)
    citation = replace(passage.citation, title=_cut(passage.citation.title, 3 * _MAX_TITLE))
    shown = shortened(replace(passage, citation=citation), _MAX_PASSAGE)
    [html, *_] = pack([asked, passage_block(shown, messages, answer.found)])
    token = link_token(passage.article_id)
    link = create_deep_linked_url(username, article_link_payload(token))
    button = InlineKeyboardButton(messages.text("inline_open"), url=link)
    return InlineQueryResultArticle(
        id=f"{number}-{token}",
        title=_cut(passage.citation.title.strip(), _MAX_TITLE) or messages.number(number),
        description=_description(passage, messages),
        input_message_content=InputTextMessageContent(
            html,
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
        reply_markup=InlineKeyboardMarkup([[button]]),
    )


def _description(passage: RetrievedPassage, messages: Messages) -> str:
    """Return a passage's agency and date, and its answering sentence."""
    citation = passage.citation
    start, end = passage.highlight
    sentence = " ".join(passage.text[start:end].split())
    day = messages.date(citation.date) if citation.date else None
    source = messages.text("separator").join(part for part in (citation.agency, day) if part)
    return _cut("\n".join(part for part in (source, sentence) if part), _MAX_DESCRIPTION)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _first_units(text: str, most: int) -> str:
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
