"""New articles of a new snapshot, matched with what is followed."""

import logging
from collections.abc import Mapping, Sequence
from itertools import chain

from bot.asking.async_retriever import AsyncRetriever, SnapshotRetriever
from bot.channels.posts import post_prefix
from bot.following.clock import Clock
from bot.store.follows import Follow, FollowStore, Notice
from retrieval.answers import RetrievedPassage
from retrieval.pipeline.standing_queries import NewArticles, StandingQuery, VectorsByKey

# The newest notices of a chat whose stories a new article is compared with.
_RECENT = 50

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
        article_ids = await self._retriever.run(lambda retriever: retriever.article_ids())
        new = await self._follows.unknown_articles(article_ids)
        queued = await self._match(new) if new else 0
        await self._follows.add_known(article_ids if new is None else new)
        self._matched = snapshot
        if new:
            _logger.info("%d new articles, %d notices", len(new), queued)
        return queued > 0

    async def _match(self, new: Sequence[str]) -> int:
        follows = await self._follows.all()
        if not follows:
            return 0
        vectors = await self._follows.vectors()
        chats = _ChatNotices(follows, await self._follows.noticed())

        def match(retriever: SnapshotRetriever) -> tuple[list[Notice], VectorsByKey]:
            articles = retriever.new_articles(new, vectors)
            now = self._clock().timestamp()
            found = chats.matches(follows, articles)
            return [Notice(follow.token, passage, now) for follow, passage in found], articles.used

        notices, used = await self._retriever.run(match)
        await self._follows.add_notices(notices)
        if used.keys() != vectors.keys():
            await self._follows.keep_vectors(used)
        return len(notices)


class _ChatNotices:
    """What each chat gets and has got: a story once, however many of its subjects match."""

    def __init__(self, follows: Sequence[Follow], noticed: Mapping[str, list[str]]) -> None:
        self._got: dict[tuple[int, int], list[str]] = {}
        for follow in follows:
            self._articles(follow).extend(noticed.get(follow.token, ()))

    def matches(
        self, follows: Sequence[Follow], articles: NewArticles
    ) -> list[tuple[Follow, RetrievedPassage]]:
        """Return what is to be sent to each follow, and remember it as got."""
        # Many people follow the same.
        queries = {follow.token: _query(follow) for follow in follows}
        distinct = list(dict.fromkeys(queries.values()))
        found = dict(zip(distinct, articles.match(distinct), strict=True))
        return list(
            chain.from_iterable(
                self._new_to(follow, found[queries[follow.token]], articles) for follow in follows
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


def _query(follow: Follow) -> StandingQuery:
    subject = "" if follow.agencies else follow.subject
    posts = post_prefix(follow.channel) if follow.channel else ""
    return StandingQuery(subject, follow.excluded, follow.agencies, posts)
