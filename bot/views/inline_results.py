"""Articles as results in inline mode, one row each, within Telegram's limits."""

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
from retrieval.presentation.excerpts import ELLIPSIS, excerpt
from retrieval.presentation.gloss import english_line
from retrieval.presentation.grouping import NumberedPassage, group_by_article
from retrieval.presentation.messages import Messages

# UTF-16 units of a passage; the rest of the 4096 is for the question and the citation.
_MAX_PASSAGE: Final = 2500
_MAX_QUESTION: Final = 300
_MAX_TITLE: Final = 100
_MAX_DESCRIPTION: Final = 200


def inline_results(
    answer: Answer, messages: Messages, username: str, shown: int = 0
) -> list[InlineQueryResultArticle]:
    """Return the articles of an answer, each with its best passage, as results that can be sent.

    Args:
        answer: the answer from its first passage on.
        messages: texts of the language of the citations.
        username: the bot's, for the link to the whole article.
        shown: number of the answer's passages whose articles have been shown before.
    """
    return [
        _result(answer, group.best, messages, username)
        for group in group_by_article(answer)
        if group.best.number > shown
    ]


def shortened(passage: RetrievedPassage, most: int) -> RetrievedPassage:
    """Return a passage cut to at most `most` UTF-16 units around its answering sentence.

    An ellipsis marks each cut.
    """
    text = passage.text
    if utf16_units(text) <= most:
        return passage
    room = most - 2 * len(f"{ELLIPSIS} ")
    start, end = passage.highlight
    begin = 0 if utf16_units(text[:end]) < room else start
    return excerpt(passage, begin, begin + len(_first_units(text[begin:], room).rstrip()))


def _result(
    answer: Answer, best: NumberedPassage, messages: Messages, username: str
) -> InlineQueryResultArticle:
    number, passage = best.number, best.passage
    question = _cut(" ".join(answer.question.split()), _MAX_QUESTION)
    # Of what is only related no message may look like an answer.
    is_answer = answer.found or answer.kind is AnswerKind.LIST
    heading = "inline_asked" if is_answer else "inline_related"
    asked: Block = (Span(messages.text(heading, question=bidi.isolate(question)), italic=True),)
    citation = replace(passage.citation, title=_cut(passage.citation.title, 3 * _MAX_TITLE))
    shown = shortened(replace(passage, citation=citation), _MAX_PASSAGE)
    english = english_line(answer, shown, messages)
    [html, *_] = pack([asked, passage_block(shown, messages, found=answer.found, english=english)])
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
    day = messages.date(citation.date, citation.time) if citation.date else None
    source = messages.text("separator").join(part for part in (citation.agency, day) if part)
    return _cut("\n".join(part for part in (source, sentence) if part), _MAX_DESCRIPTION)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _first_units(text: str, most: int) -> str:
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
