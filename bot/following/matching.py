"""New articles of a new snapshot, matched with what is followed."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.asking.async_retriever import AsyncRetriever, LeasedRetriever
from bot.channels.posts import post_prefix
from bot.following.clock import Clock
from bot.store.follows import Follow, FollowStore, Notice
from retrieval.answers import RetrievedPassage
from retrieval.pipeline.standing_queries import NewArticles, StandingQuery

# The newest notices of a chat whose stories a new article is compared with.
_RECENT: Final = 50
# Of one step in a search thread: new articles that are read, subjects that are matched, follows
# whose articles are compared with what their chats have got.
_ARTICLES: Final = 500
_QUERIES: Final = 16
_FOLLOWS: Final = 50

_Item = TypeVar("_Item")

_logger = logging.getLogger(__name__)


class FollowMatcher:
    """Finds the articles that are new in a snapshot, and queues notices for who follows them."""

    def __init__(self, follows: FollowStore, retriever: AsyncRetriever, clock: Clock) -> None:
        """Match new articles of the retriever's index.

        Args:
            follows: holds the follows, and gets the notices.
            retriever: has the index.
            clock: tells the time.
        """
        self._follows = follows
        self._retriever = retriever
        self._clock = clock
        self._matched: str | None = None

    async def match_new(self) -> bool:
        """Match what is new since the last call; return whether there are new notices.

        An article counts as known once all notices of it are queued: after a kill in between, it
        is matched again, and the notices that are there already stay as they are.
        """
        snapshot = self._retriever.snapshot
        if snapshot is None or snapshot == self._matched:
            return False
        async with self._retriever.lease() as leased:
            article_ids = await leased.run(leased.retriever.article_ids)
            new = await self._follows.unknown_articles(article_ids)
            queued = await self._match(new, leased) if new else 0
        if new is None:
            await self._follows.add_known(article_ids)
        self._matched = snapshot
        if new:
            _logger.info("%d new articles, %d notices", len(new), queued)
        return queued > 0

    async def _match(self, new: Sequence[str], leased: LeasedRetriever) -> int:
        follows = await self._follows.all()
        vectors = await self._follows.vectors()
        chats = _ChatNotices(follows, await self._follows.noticed())
        used: dict[bytes, NDArray[np.float32]] = {}
        queued, now = 0, self._clock().timestamp()
        for some in _parts(new, _ARTICLES):
            if follows:
                articles = await leased.run(
                    leased.retriever.new_articles, some, {**vectors, **used}
                )
                found = await self._found(follows, articles, chats, leased)
                notices = [Notice(follow.token, passage, now) for follow, passage in found]
                await self._follows.add_notices(notices)
                used.update(articles.used)
                queued += len(notices)
            await self._follows.add_known(some)
        if follows and used.keys() != vectors.keys():
            await self._follows.keep_vectors(used)
        return queued

    async def _found(
        self,
        follows: Sequence[Follow],
        articles: NewArticles,
        chats: "_ChatNotices",
        leased: LeasedRetriever,
    ) -> list[tuple[Follow, RetrievedPassage]]:
        """Return what is to be sent to whom, in steps: a question waits for one step at most."""
        # Many people follow the same.
        queries = {follow.token: _query(follow) for follow in follows}
        found: dict[StandingQuery, list[RetrievedPassage]] = {}
        for distinct in _parts(list(dict.fromkeys(queries.values())), _QUERIES):
            matches = articles.match(distinct)
            matched: list[list[RetrievedPassage]] = await leased.run(list, matches)
            found.update(zip(distinct, matched, strict=True))
        fresh: list[tuple[Follow, RetrievedPassage]] = []
        matching = [follow for follow in follows if found[queries[follow.token]]]
        for some in _parts(matching, _FOLLOWS):
            wanted = [(follow, found[queries[follow.token]]) for follow in some]
            fresh += await leased.run(chats.fresh, wanted, articles)
        return fresh


class _ChatNotices:
    """What each chat gets and has got: a story once, however many of its subjects match."""

    def __init__(self, follows: Sequence[Follow], noticed: Mapping[str, list[str]]) -> None:
        self._got: dict[tuple[int, int], list[str]] = {}
        for follow in follows:
            self._articles(follow).extend(noticed.get(follow.token, ()))

    def fresh(
        self, found: Sequence[tuple[Follow, list[RetrievedPassage]]], articles: NewArticles
    ) -> list[tuple[Follow, RetrievedPassage]]:
        """Return what is to be sent of what was found for some follows, and remember it as got."""
        return list(
            chain.from_iterable(
                self._new_to(follow, passages, articles) for follow, passages in found
            )
        )

    def _new_to(
        self, follow: Follow, passages: Sequence[RetrievedPassage], articles: NewArticles
    ) -> list[tuple[Follow, RetrievedPassage]]:
        got, fresh = self._articles(follow), []
        for passage in passages:
            told = any(
                articles.tell_one_story(passage.article_id, other) for other in got[-_RECENT:]
            )
            if not told:
                got.append(passage.article_id)
                fresh.append((follow, passage))
        return fresh

    def _articles(self, follow: Follow) -> list[str]:
        return self._got.setdefault((follow.chat_id, follow.topic_id), [])


def _parts(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _query(follow: Follow) -> StandingQuery:
    subject = "" if follow.agencies else follow.subject
    posts = post_prefix(follow.channel) if follow.channel else ""
    return StandingQuery(subject, follow.excluded, follow.agencies, posts)
