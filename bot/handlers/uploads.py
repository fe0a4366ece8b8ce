"""Articles that operators add: forwarded posts, and files. Nothing is added without their word."""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from telegram import (
    CallbackQuery,
    Document,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    MessageOriginChannel,
    Update,
)
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.channels.indexing import Indexer
from bot.channels.posts import post_article
from bot.context import HandlerContext
from bot.handlers.operators import FromOperator
from bot.store.exchanges import ConversationKey, new_token
from bot.store.uploads import WAITING, Upload, UploadStore
from bot.transport import delivery
from bot.views import bidi
from bot.views.messages import Messages
from bot.views.render import render_text
from index.errors import KhazarError
from index.indexing.builder import BuildReport
from index.readers import open_sources
from index.readers.errors import SourceProblem
from index.settings import IndexSettings

ARTICLES: Final = "articles"
_PATTERN: Final = re.compile(r"(?P<action>[ad]):upload:(?P<token>[A-Za-z0-9_-]{16})")
_ENDINGS: Final = (".jsonl", ".json")
_MEGABYTE: Final = 1024 * 1024
_TOLD_PROBLEMS: Final = 3
_MAX_PROBLEM: Final = 200
_MAX_NAME: Final = 60

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Inspected:
    """What is in a file: how many articles, and what cannot be read."""

    articles: int
    problems: int
    first: tuple[SourceProblem, ...]


class UploadHandlers:
    """Takes what operators send, shows what it is, and adds it once they say so."""

    def __init__(self, services: HandlerContext, indexer: Indexer, directory: Path) -> None:
        """Take additions.

        Args:
            services: what handlers share.
            indexer: adds articles.
            directory: the bot's folder.
        """
        self._services = services
        self._indexer = indexer
        self._directory = directory
        self._uploads = UploadStore(services.database)

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers, which come before those of questions."""
        operator = FromOperator(self._services.access)
        return [
            MessageHandler(operator & filters.Document.ALL, self._take_file),
            MessageHandler(operator & _FromChannel(), self._take_post),
            CallbackQueryHandler(self._decide, _PATTERN),
        ]

    def _prepare(self) -> None:
        """Make the folders."""
        for name in (WAITING, ARTICLES):
            (self._directory / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    async def _take_post(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None  # the filters let nothing else through
        origin = message.forward_origin
        assert isinstance(origin, MessageOriginChannel)
        words = await self._services.words(update)
        text = message.text or message.caption or ""
        article = post_article(text, origin.chat, origin.message_id, origin.date)
        if article is None:
            await delivery.send_text(message, words.text("posts_none"))
            return
        operator = message.chat_id
        async with self._services.turns.of(ConversationKey(operator, operator)):
            upload = await self._uploads.open_posts(operator) or Upload(new_token(), operator)
            upload = upload.with_article(article)
            told = words.text("posts_waiting", count=words.number(len(upload.records)))
            shown = () if upload.message_id is None else (upload.message_id,)
            [message_id] = await delivery.replace(
                message, shown, render_text(told), _keyboard(upload, words)
            )
            await self._uploads.keep(replace(upload, message_id=message_id))

    async def _take_file(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None  # the filters let nothing else through
        document = message.document
        assert document is not None
        words = await self._services.words(update)
        ending = _ending(document)
        megabytes = words.number(self._services.settings.upload_megabytes)
        if ending is None:
            await delivery.send_text(message, words.text("file_unknown"))
            return
        if self._is_too_large(document.file_size or 0):
            await delivery.send_text(message, words.text("file_too_large", megabytes=megabytes))
            return
        await asyncio.to_thread(self._prepare)
        # The file's own name goes nowhere near the disk.
        name = f"{new_token()}{ending}"
        path = self._directory / WAITING / name
        file = await document.get_file()
        content = (
            b"" if self._is_too_large(file.file_size or 0) else await file.download_as_bytearray()
        )
        if not content or self._is_too_large(len(content)):
            await delivery.send_text(message, words.text("file_too_large", megabytes=megabytes))
            return
        found = await asyncio.to_thread(_store_and_inspect, self._indexer.settings, path, content)
        if not found.articles:
            path.unlink(missing_ok=True)
            await delivery.send_text(
                message, "\n".join([words.text("file_empty"), *_told(found, words)])
            )
            return
        upload = Upload(new_token(), message.chat_id, file=name)
        await self._uploads.keep(upload)
        shown_name = bidi.isolate((document.file_name or name)[:_MAX_NAME])
        count = words.number(found.articles)
        lines = [words.text("file_waiting", file=shown_name, count=count), *_told(found, words)]
        await delivery.send_text(message, "\n".join(lines), _keyboard(upload, words))

    async def _decide(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler lets nothing else through
        match = _PATTERN.fullmatch(query.data or "")
        message = query.message
        words = await self._services.words(update)
        operator = query.from_user.id
        upload = None
        if (
            match is not None
            and isinstance(message, Message)
            and self._services.access.is_operator(update)
        ):
            async with self._services.turns.of(ConversationKey(operator, operator)):
                upload = await self._uploads.find(match["token"], operator)
                if upload is not None:
                    await self._carry_out(query, message, upload, match["action"], words)
        if upload is None:
            await delivery.answer_callback(query, words.text("stale"), alert=True)

    async def _carry_out(
        self, query: CallbackQuery, message: Message, upload: Upload, action: str, words: Messages
    ) -> None:
        await delivery.answer_callback(query)
        waiting = self._directory / WAITING / upload.file if upload.file else None
        if action == "d":
            if waiting is not None:
                waiting.unlink(missing_ok=True)
            outcome = words.text("discarded")
        else:
            await _tell(message, words.text("adding"))
            outcome = await self._add(upload, waiting, words)
        await self._uploads.drop(upload.token)
        await _tell(message, outcome)

    async def _add(self, upload: Upload, waiting: Path | None, words: Messages) -> str:
        path = self._directory / ARTICLES / _kept_name(upload)
        await asyncio.to_thread(self._prepare)
        try:
            if waiting is None:
                report = await self._indexer.add_records(list(upload.records.values()), path)
            else:
                # A run before may have got so far.
                if waiting.exists():
                    waiting.replace(path)
                report = await self._indexer.add(path)
        except (KhazarError, OSError) as error:
            _logger.error("articles of an operator could not be added: %s", error)
            # The log has the reason, which may name folders of this machine.
            return words.text("add_failed", reason=bidi.isolate(type(error).__name__))
        return _outcome(report, words)

    def _is_too_large(self, size: int) -> bool:
        return size > self._services.settings.upload_megabytes * _MEGABYTE


class _FromChannel(filters.MessageFilter):
    """Lets through what was forwarded from a channel."""

    def filter(self, message: Message) -> bool:
        return isinstance(message.forward_origin, MessageOriginChannel)


def _ending(document: Document) -> str | None:
    name = (document.file_name or "").lower()
    return next((ending for ending in _ENDINGS if name.endswith(ending)), None)


def _kept_name(upload: Upload) -> str:
    """Return the name under which an upload's articles are kept, the same each time.

    By name is how a build reads a folder, and of two articles with one id the later one counts: the
    newer upload's is to come later.
    """
    return f"{upload.created * 1000:015.0f}-{upload.file or f'{upload.token}.jsonl'}"


def _store_and_inspect(
    settings: IndexSettings, path: Path, content: bytes | bytearray
) -> _Inspected:
    """Write a file, and read it as an update of the index would."""
    path.write_bytes(content)
    articles, problems = 0, []
    for source in open_sources(settings, [str(path)]):
        for item in (source,) if isinstance(source, SourceProblem) else source.read():
            if isinstance(item, SourceProblem):
                problems.append(item)
            else:
                articles += 1
    return _Inspected(articles, len(problems), tuple(problems[:_TOLD_PROBLEMS]))


def _told(found: _Inspected, words: Messages) -> Sequence[str]:
    """Say what cannot be read, by line; the file's place on this machine is nobody's business."""
    if not found.problems:
        return ()
    lines = [words.text("file_problems", count=words.number(found.problems))]
    for problem in found.first:
        place = "" if problem.line is None else f"{problem.line}: "
        lines.append(bidi.isolate(f"{place}{problem.message}"[:_MAX_PROBLEM]))
    return lines


def _outcome(report: BuildReport, words: Messages) -> str:
    changes = report.changes
    return words.text(
        "added",
        added=words.number(changes.added),
        replaced=words.number(changes.replaced),
        unchanged=words.number(changes.unchanged),
        articles=words.number(report.articles),
    )


def _keyboard(upload: Upload, words: Messages) -> InlineKeyboardMarkup:
    buttons = [
        InlineKeyboardButton(words.text(key), callback_data=f"{action}:upload:{upload.token}")
        for action, key in (("a", "button_add"), ("d", "button_discard"))
    ]
    return InlineKeyboardMarkup([buttons])


async def _tell(message: Message, text: str) -> None:
    """Say something in the place of a message, whose buttons go."""
    await delivery.replace(message, [message.message_id], render_text(text))
