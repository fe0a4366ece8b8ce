"""Notices on their way to Telegram: when they are due, within its limits, each once."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiolimiter import AsyncLimiter
from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.asking.access import Access, AccessDecision
from bot.asking.async_retriever import AsyncRetriever, SnapshotRetriever
from bot.following.clock import Clock
from bot.following.schedule import due_until
from bot.store.database import Database
from bot.store.follows import Follow, FollowStore, Frequency, Notice, NoticeState
from bot.store.migrations import move_chat
from bot.store.preferences import PreferenceStore
from bot.views.follow_messages import list_html, notice_html
from bot.views.follow_panels import notice_keyboard
from bot.views.messages import for_reader

# Of the 30 messages a second that Telegram takes, the rest is for answers. There are no bursts:
# with those that are on their way, no second has more than 28.
_PER_SECOND: Final = 20
# Requests at a time: an answer waits for these at most.
_CONCURRENT: Final = 8
# Seconds between two messages to one chat.
_CHAT_PAUSE: Final = 1.0
# More new articles at once come as a list.
_MOST_SINGLE: Final = 5
# Articles in one message of a list, which then has room for all of them.
_LIST: Final = 10

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """One message: an article, or a list of several."""

    follow: Follow
    notices: tuple[Notice, ...]
    is_list: bool


class _ChatGoneError(Exception):
    """No further message can be sent to a chat now."""


class NoticeSender:
    """Sends the notices that are due.

    A notice is marked before its request and after it. One that a killed bot left in between may
    have arrived, and is not sent again; all others are sent once.
    """

    def __init__(
        self,
        database: Database,
        follows: FollowStore,
        preferences: PreferenceStore,
        retriever: AsyncRetriever,
        access: Access,
        clock: Clock,
    ) -> None:
        """Prepare the sender; `send_due` needs the bot that `open` gets."""
        self._database = database
        self._follows = follows
        self._preferences = preferences
        self._retriever = retriever
        self._access = access
        self._clock = clock
        self._rate = AsyncLimiter(1, 1 / _PER_SECOND)
        self._free = asyncio.Semaphore(_CONCURRENT)
        self._stopping = asyncio.Event()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._bot: Bot | None = None
        # What became of requests, where the file could not be written.
        self._unmarked: list[tuple[Sequence[Notice], NoticeState]] = []

    async def open(self, bot: Bot) -> None:
        """Send by a bot from now on; what was being sent when the last one was killed is over."""
        self._bot = bot
        if lost := await self._follows.give_up_unfinished():
            _logger.warning("%d notices may not have arrived when the bot was killed", lost)

    async def drain(self) -> None:
        """Begin no further message, and wait for those that are on their way."""
        self._stopping.set()
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    async def send_due(self) -> None:
        """Send all notices that are due now."""
        while self._unmarked:
            await self._follows.mark(*self._unmarked[-1])
            self._unmarked.pop()
        pending = await self._follows.pending()
        if not pending:
            return
        follows = {follow.token: follow for follow in await self._follows.all()}
        due = [
            notice
            for notice in pending
            if (own := follows.get(notice.token)) and self._is_due(own, notice)
        ]
        due = await self._still_there(due)
        due_of: dict[str, list[Notice]] = {}
        for notice in due:
            due_of.setdefault(notice.token, []).append(notice)
        chats: dict[int, list[_Outgoing]] = {}
        for token, notices in due_of.items():
            follow = follows[token]
            chats.setdefault(follow.chat_id, []).extend(_messages(follow, notices))
        # All end before the next look at what waits, or a notice might be sent by two.
        ended = await asyncio.gather(
            *map(self._send_to_chat, chats.values()), return_exceptions=True
        )
        for error in ended:
            if error is not None:
                raise error

    def _is_due(self, follow: Follow, notice: Notice) -> bool:
        until = due_until(follow, self._clock())
        if until is None or notice.matched > until.timestamp():
            return False
        decision = self._access.decide_ids({follow.chat_id, follow.user_id})
        return decision is AccessDecision.ADMITTED

    async def _still_there(self, due: Sequence[Notice]) -> list[Notice]:
        """Return the notices whose articles the index still has; drop the others."""
        wanted = {notice.passage.article_id for notice in due}

        def present(retriever: SnapshotRetriever) -> set[str]:
            return {one for one in wanted if retriever.article(one) is not None}

        there = await self._retriever.run(present) if wanted else set()
        gone = [notice for notice in due if notice.passage.article_id not in there]
        if gone:
            await self._follows.mark(gone, NoticeState.SENT)
        return [notice for notice in due if notice.passage.article_id in there]

    async def _send_to_chat(self, messages: Sequence[_Outgoing]) -> None:
        """Send a chat its messages, a second apart."""
        for number, one in enumerate(messages):
            if number:
                await asyncio.sleep(_CHAT_PAUSE)
            async with self._free:
                await self._rate.acquire()
                if self._stopping.is_set():
                    return
                # A task of its own, which ends though the one that waits for it is cancelled.
                sending = asyncio.create_task(self._send(one))
                self._in_flight.add(sending)
                sending.add_done_callback(self._in_flight.discard)
                try:
                    await asyncio.shield(sending)
                except _ChatGoneError:
                    return

    async def _send(self, outgoing: _Outgoing) -> None:
        """Send a message.

        Raises:
            _ChatGoneError: neither this nor another message can be sent to the chat now.
        """
        follow, notices = outgoing.follow, outgoing.notices
        messages = for_reader(follow.language, await self._preferences.get(follow.user_id))
        passages = [notice.passage for notice in notices]
        if outgoing.is_list:
            html = list_html(follow, passages, messages)
        else:
            html = notice_html(follow, passages[0], messages)
        await self._follows.mark(notices, NoticeState.SENDING)
        assert self._bot is not None  # `open` comes first
        try:
            await self._bot.send_message(
                follow.chat_id,
                html,
                parse_mode=ParseMode.HTML,
                message_thread_id=follow.topic_id or None,
                reply_markup=notice_keyboard(follow, messages),
            )
        except TelegramError as error:
            await self._settle(notices, await self._state_after(follow, error))
            raise _ChatGoneError from error
        await self._settle(notices, NoticeState.SENT)

    async def _settle(self, notices: Sequence[Notice], state: NoticeState) -> None:
        """Mark what became of a request, later if the file cannot be written now.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        try:
            await self._follows.mark(notices, state)
        except sqlite3.Error:
            self._unmarked.append((notices, state))
            raise

    async def _state_after(self, follow: Follow, error: TelegramError) -> NoticeState:
        """Return what becomes of notices that Telegram did not take, and drop who is gone."""
        if isinstance(error, ChatMigrated):
            await move_chat(self._database, follow.chat_id, error.new_chat_id)
            return NoticeState.PENDING
        reason = str(error).lower()
        if isinstance(error, Forbidden) or "chat not found" in reason:
            _logger.info("a chat has blocked the bot or is gone: its follows are dropped")
            await self._follows.remove_chat(follow.chat_id)
            return NoticeState.SENT
        # A topic that is only closed (TOPIC_CLOSED) may be opened again.
        if "thread not found" in reason or "topic_deleted" in reason:
            _logger.info("a topic is gone: what was followed in it is dropped")
            await self._follows.remove([follow.token])
            return NoticeState.SENT
        if isinstance(error, BadRequest):
            # It would be refused again.
            _logger.error("a notice was refused: %s", error)
            return NoticeState.SENT
        return NoticeState.PENDING


def _messages(follow: Follow, notices: Sequence[Notice]) -> list[_Outgoing]:
    """Return the messages with a follow's notices: single ones, or lists."""
    if follow.frequency is Frequency.AT_ONCE and len(notices) <= _MOST_SINGLE:
        return [_Outgoing(follow, (notice,), is_list=False) for notice in notices]
    return [
        _Outgoing(follow, tuple(notices[start : start + _LIST]), is_list=True)
        for start in range(0, len(notices), _LIST)
    ]
