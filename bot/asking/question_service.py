"""Questions answered in their conversation, with the user's preferences."""

from dataclasses import replace

from bot.asking.async_retriever import AsyncRetriever
from bot.store.exchanges import ConversationKey, Exchange, ExchangeStore, ShownPassage, new_token
from bot.store.preferences import Preferences
from index.text.encoder_text import encoder_text
from retrieval.answers import Answer
from retrieval.conversation import NO_CONVERSATION, Conversation
from retrieval.options import AskOptions
from retrieval.pipeline.explanation import Explanation


class QuestionService:
    """Searches for a question and describes the result as an exchange."""

    def __init__(self, retriever: AsyncRetriever, exchanges: ExchangeStore, passages: int) -> None:
        """Combine a retriever with the stored conversations.

        Args:
            retriever: searches the index.
            exchanges: holds the conversations.
            passages: number of passages for users who have chosen none.
        """
        self._retriever = retriever
        self._exchanges = exchanges
        self._passages = passages

    async def ask(
        self,
        key: ConversationKey,
        question: str,
        preferences: Preferences,
        *,
        continues: Exchange | None = None,
        alone: bool = False,
        replaces: Exchange | None = None,
    ) -> tuple[Exchange, Answer]:
        """Answer a question.

        Args:
            key: the conversation.
            question: the question.
            preferences: the user's choices.
            continues: the exchange whose answer was replied to, of whoever asked; the conversation
                goes on from there.
            alone: whether the question follows up nothing.
            replaces: the exchange whose question was edited; the new question takes its place in
                the conversation.

        Returns:
            The exchange, not stored yet, and the answer. `ExchangeStore.add` stores it once the
            answer has been sent.

        Raises:
            KhazarError: the question or the index cannot be used.
        """
        if alone:
            before = NO_CONVERSATION
        elif replaces is not None:
            before = replaces.before
        elif continues is not None:
            before = continues.after
        else:
            before = await self._exchanges.conversation(key)
        before = _without_question(before, question)
        found = await self._retriever.ask(
            question,
            AskOptions(
                limit=self._limit(preferences),
                conversation=before,
                filter=preferences.filter,
            ),
        )
        answer = found.answer
        follows = before.antecedent if answer.follows_up else None
        exchange = Exchange(
            token=new_token(),
            conversation_key=key,
            question=question,
            language=answer.language,
            snapshot=found.snapshot,
            before=before,
            after=answer.conversation,
            agencies=preferences.agencies,
            since=preferences.since,
            until=preferences.until,
            found=answer.found,
            probability=answer.probability,
            follows=follows.question if follows else None,
            passages=tuple(map(ShownPassage.from_passage, answer.passages)),
            more=answer.more,
        )
        return exchange, answer

    async def more(self, exchange: Exchange, preferences: Preferences) -> tuple[Exchange, Answer]:
        """Return the next page of an answer, and the exchange with that page's passages.

        The passages that have been shown are left out, wherever the index of today has them: it may
        not be the one that answered.

        Raises:
            KhazarError: the index cannot be used.
        """
        limit, count = self._limit(preferences), len(exchange.passages)
        found = await self._retriever.ask(
            exchange.question,
            AskOptions(
                limit=count + limit,
                conversation=exchange.before,
                filter=exchange.filter,
            ),
        )
        shown = {(one.article_id, one.paragraphs) for one in exchange.passages}
        new = [
            one for one in found.answer.passages if (one.article_id, one.paragraphs) not in shown
        ]
        page = replace(
            found.answer,
            passages=tuple(new[:limit]),
            offset=count,
            more=found.answer.more or len(new) > limit,
        )
        passages = (*exchange.passages, *map(ShownPassage.from_passage, page.passages))
        return replace(exchange, passages=passages, more=page.more), page

    async def explain(self, exchange: Exchange, limit: int) -> Explanation | None:
        """Explain the ranking of an exchange's first passages, at most `limit` of them.

        Raises:
            KhazarError: the index cannot be used.
        """
        return await self._retriever.explain(
            exchange.question,
            AskOptions(
                limit=min(max(len(exchange.passages), 1), limit),
                conversation=exchange.before,
                filter=exchange.filter,
            ),
        )

    def _limit(self, preferences: Preferences) -> int:
        return self._passages if preferences.passages is None else preferences.passages


def _without_question(conversation: Conversation, question: str) -> Conversation:
    """Return a conversation without last turns that ask the same: nothing follows up itself."""
    turns, asked = conversation.turns, encoder_text(question).casefold()
    while turns and encoder_text(turns[-1].question).casefold() == asked:
        turns = turns[:-1]
    return Conversation(turns)
