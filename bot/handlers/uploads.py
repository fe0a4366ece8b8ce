"""Uploads: forwarded posts and files from operators, added to the index once confirmed."""

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
from telegram.error import BadRequest
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.asking.albums import Albums
from bot.channels.indexing import Indexer
from bot.channels.posts import channel_article, post_text
from bot.context import HandlerContext
from bot.handlers.operator_commands import FromOperator
from bot.store.exchanges import ConversationKey, new_token
from bot.store.uploads import UPLOADS_FOLDER, Upload, UploadStore
from bot.transport import delivery
from bot.views.render import render_text
from index.errors import KhazarError
from index.indexing.builder import BuildReport
from index.readers import open_sources
from index.readers.errors import SourceProblem
from index.settings import IndexSettings
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

ARTICLES_FOLDER: Final = "articles"
_PATTERN: Final = re.compile(r"(?P<action>[ad]):upload:(?P<token>[A-Za-z0-9_-]{16})")
_EXTENSIONS: Final = (".jsonl", ".json")
_MEGABYTE: Final = 1024 * 1024
_SHOWN_PROBLEMS: Final = 3
_MAX_PROBLEM_LENGTH: Final = 200
_MAX_NAME_LENGTH: Final = 60
_TOO_BIG: Final = "file is too big"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _FileContents:
    """Number of articles in a file, and the problems in reading it."""

    articles: int
    problems: int
    first: tuple[SourceProblem, ...]


class UploadHandlers:
    """Receives operators' articles, asks for confirmation, and adds them."""

    def __init__(
        self, context: HandlerContext, albums: Albums, indexer: Indexer, directory: Path
    ) -> None:
        """Handle uploads.

        Args:
            context: the parts that handlers share.
            albums: has the messages of forwarded albums.
            indexer: adds articles.
            directory: the bot's folder.
        """
        self._context = context
        self._albums = albums
        self._indexer = indexer
        self._directory = directory
        self._uploads = UploadStore(context.database)

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers; they come before those of questions."""
        operator = FromOperator(self._context.access)
        return [
            MessageHandler(operator & filters.Document.ALL, self._file),
            MessageHandler(operator & _FromChannel(), self._forwarded_post),
            CallbackQueryHandler(self._on_press, _PATTERN),
        ]

    def _make_folders(self) -> None:
        """Create the folders of uploads and of added articles."""
        for name in (UPLOADS_FOLDER, ARTICLES_FOLDER):
            (self._directory / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    async def _forwarded_post(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None  # the filters admit messages only
        messages = await self._context.messages_for(update)
        posts = await self._albums.forwarded_posts(message)
        # As in an export, an album has the number of its first message, and all captions.
        origin = posts[0].forward_origin
        assert isinstance(origin, MessageOriginChannel)
        text = "\n".join(filter(None, map(post_text, posts)))
        article = channel_article(text, origin.chat, origin.message_id, origin.date)
        if article is None:
            await delivery.send_text(message, messages.text("posts_none"))
            return
        operator = message.chat_id
        async with self._context.chat_locks.hold(ConversationKey(operator, operator)):
            upload = await self._uploads.pending_posts(operator) or Upload(new_token(), operator)
            upload = upload.with_article(article)
            text = messages.text("posts_waiting", count=len(upload.records))
            shown = () if upload.message_id is None else (upload.message_id,)
            [message_id] = await delivery.replace(
                message, shown, render_text(text), _keyboard(upload, messages)
            )
            await self._uploads.save(replace(upload, message_id=message_id))

    async def _file(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None  # the filters admit messages only
        document = message.document
        assert document is not None
        messages = await self._context.messages_for(update)
        extension = _extension(document)
        if extension is None:
            await delivery.send_text(message, messages.text("file_unknown"))
            return
        content = await self._download(document)
        if not content:
            megabytes = messages.number(self._context.settings.upload_megabytes)
            await delivery.send_text(message, messages.text("file_too_large", megabytes=megabytes))
            return
        await asyncio.to_thread(self._make_folders)
        # The file's own name is never used as a path.
        name = f"{new_token()}{extension}"
        path = self._directory / UPLOADS_FOLDER / name
        contents = await asyncio.to_thread(_save_and_inspect, self._indexer.settings, path, content)
        if not contents.articles:
            path.unlink(missing_ok=True)
            await delivery.send_text(
                message,
                "\n".join([messages.text("file_empty"), *_problem_lines(contents, messages)]),
            )
            return
        upload = Upload(new_token(), message.chat_id, file=name)
        await self._uploads.save(upload)
        shown_name = bidi.isolate((document.file_name or name)[:_MAX_NAME_LENGTH])
        lines = [
            messages.text("file_waiting", file=shown_name, count=contents.articles),
            *_problem_lines(contents, messages),
        ]
        await delivery.send_text(message, "\n".join(lines), _keyboard(upload, messages))

    async def _download(self, document: Document) -> bytes | bytearray:
        """Return a document's content; empty for one that is too large."""
        if self._is_too_large(document.file_size or 0):
            return b""
        try:
            file = await document.get_file()
        except BadRequest as error:
            # Documents need not say their size.
            if _TOO_BIG in str(error).lower():
                return b""
            raise
        if self._is_too_large(file.file_size or 0):
            return b""
        content = await file.download_as_bytearray()
        return b"" if self._is_too_large(len(content)) else content

    async def _on_press(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler gets callback queries only
        match = _PATTERN.fullmatch(query.data or "")
        message = query.message
        messages = await self._context.messages_for(update)
        operator = query.from_user.id
        upload = None
        if (
            match is not None
            and isinstance(message, Message)
            and self._context.access.is_operator(update)
        ):
            async with self._context.chat_locks.hold(ConversationKey(operator, operator)):
                upload = await self._uploads.find(match["token"], operator)
                if upload is not None:
                    await self._apply(query, message, upload, match["action"], messages)
        if upload is None:
            await delivery.answer_callback(query, messages.text("stale"), alert=True)

    async def _apply(
        self,
        query: CallbackQuery,
        message: Message,
        upload: Upload,
        action: str,
        messages: Messages,
    ) -> None:
        await delivery.answer_callback(query)
        file = self._directory / UPLOADS_FOLDER / upload.file if upload.file else None
        if action == "d":
            if file is not None:
                file.unlink(missing_ok=True)
            outcome = messages.text("discarded")
        else:
            await _replace_text(message, messages.text("adding"))
            try:
                outcome = await self._add(upload, file, messages)
            except (KhazarError, OSError) as error:
                _logger.error("articles of an operator could not be added: %s", error)
                await _tell_failure(message, upload, error, messages)
                return
        await self._uploads.delete(upload.token)
        await _replace_text(message, outcome)

    async def _add(self, upload: Upload, file: Path | None, messages: Messages) -> str:
        """Add an upload's articles; one that cannot be added stays as it was.

        Raises:
            KhazarError: the file or the index cannot be used.
            OSError: a file cannot be written.
        """
        path = self._directory / ARTICLES_FOLDER / _article_file_name(upload)
        await asyncio.to_thread(self._make_folders)
        try:
            if file is None:
                report = await self._indexer.add_records(list(upload.records.values()), path)
            else:
                # The file may have been moved before a crash.
                if file.exists():
                    file.replace(path)
                report = await self._indexer.add(path)
        except (KhazarError, OSError):
            # A later build of the folder must not add what the operator was told is not added.
            if file is None:
                path.unlink(missing_ok=True)
            elif path.exists():
                path.replace(file)
            raise
        return _outcome(report, messages)

    def _is_too_large(self, size: int) -> bool:
        return size > self._context.settings.upload_megabytes * _MEGABYTE


class _FromChannel(filters.MessageFilter):
    """Admits messages that were forwarded from a channel."""

    def filter(self, message: Message) -> bool:
        return isinstance(message.forward_origin, MessageOriginChannel)


def _extension(document: Document) -> str | None:
    name = (document.file_name or "").lower()
    return next((one for one in _EXTENSIONS if name.endswith(one)), None)


def _article_file_name(upload: Upload) -> str:
    """Return the file name of an upload's articles, always the same for an upload.

    A build reads a folder in order of names, and of two articles with one id the later one counts:
    names start with the time of the upload.
    """
    return f"{upload.created * 1000:015.0f}-{upload.file or f'{upload.token}.jsonl'}"


def _save_and_inspect(
    settings: IndexSettings, path: Path, content: bytes | bytearray
) -> _FileContents:
    """Write a file, and read it as the index would."""
    path.write_bytes(content)
    articles, problems = 0, []
    for source in open_sources(settings, [str(path)]):
        for item in (source,) if isinstance(source, SourceProblem) else source.read():
            if isinstance(item, SourceProblem):
                problems.append(item)
            else:
                articles += 1
    return _FileContents(articles, len(problems), tuple(problems[:_SHOWN_PROBLEMS]))


def _problem_lines(contents: _FileContents, messages: Messages) -> Sequence[str]:
    """Describe the first problems by line, without the file's path on this machine."""
    if not contents.problems:
        return ()
    lines = [messages.text("file_problems", count=contents.problems)]
    for problem in contents.first:
        position = "" if problem.line is None else f"{problem.line}: "
        lines.append(bidi.isolate(f"{position}{problem.message}"[:_MAX_PROBLEM_LENGTH]))
    return lines


def _outcome(report: BuildReport, messages: Messages) -> str:
    changes = report.changes
    return messages.text(
        "added",
        added=changes.added,
        replaced=changes.replaced,
        unchanged=changes.unchanged,
        count=report.articles,
    )


def _keyboard(upload: Upload, messages: Messages) -> InlineKeyboardMarkup:
    buttons = [
        InlineKeyboardButton(messages.text(key), callback_data=f"{action}:upload:{upload.token}")
        for action, key in (("a", "button_add"), ("d", "button_discard"))
    ]
    return InlineKeyboardMarkup([buttons])


async def _replace_text(message: Message, text: str) -> None:
    """Replace a message's text and remove its buttons."""
    await delivery.replace(message, [message.message_id], render_text(text))


async def _tell_failure(
    message: Message, upload: Upload, error: Exception, messages: Messages
) -> None:
    """Say that nothing was added, with the buttons to try again.

    The reason is in the log only: it may name folders of this machine.
    """
    text = messages.text("add_failed", reason=bidi.isolate(type(error).__name__))
    await delivery.replace(
        message, [message.message_id], render_text(text), _keyboard(upload, messages)
    )
