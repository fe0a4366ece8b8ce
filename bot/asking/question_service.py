"""Asking: a person's question, with their conversation and choices, becomes an exchange."""

from dataclasses import dataclass, replace

from bot.asking.async_retriever import AsyncRetriever
from bot.store.exchanges import ConversationKey, Exchange, ExchangeStore, ShownPassage, new_token
from bot.store.preferences import Preferences
from retrieval.answers import Answer
from retrieval.pipeline.explanation import Explanation


@dataclass(frozen=True, slots=True)
class UserQuestion:
    """What somebody asks.

    Attributes:
        place: who, and where.
        text: the question.
        message_id: the message that it is in.
    """

    place: ConversationKey
    text: str
    message_id: int


class QuestionService:
    """Asks the archive in people's conversations, and remembers what was shown."""

    def __init__(self, archive: AsyncRetriever, exchanges: ExchangeStore, passages: int) -> None:
        """Ask `archive` and remember in `exchanges`; `passages` where nobody has chosen."""
        self._archive = archive
        self._exchanges = exchanges
        self._passages = passages

    async def ask(
        self, question: UserQuestion, preferences: Preferences, instead_of: Exchange | None = None
    ) -> tuple[Exchange, Answer]:
        """Answer a question.

        Args:
            question: the question.
            preferences: what the person has chosen.
            instead_of: the exchange whose question was edited; it is asked where that one was.

        Returns:
            The exchange, not kept yet (`keep` does that, once it has been shown), and the answer.

        Raises:
            KhazarError: the question or the index cannot be used.
        """
        before = (
            await self._exchanges.conversation(question.place)
            if instead_of is None
            else instead_of.before
        )
        found = await self._archive.ask(
            question.text,
            self._limit(preferences),
            conversation=before,
            agencies=preferences.agencies,
        )
        answer = found.answer
        follows = before.antecedent if answer.follows_up else None
        exchange = Exchange(
            token=new_token(),
            place=question.place,
            question=question.text,
            language=answer.language,
            snapshot=found.snapshot,
            before=before,
            agencies=preferences.agencies,
            question_message=question.message_id,
            found=answer.found,
            probability=answer.probability,
            follows=follows.question if follows else None,
            passages=tuple(map(ShownPassage.of, answer.passages)),
            more=answer.more,
        )
        return exchange, answer

    async def keep(
        self, exchange: Exchange, answer: Answer, instead_of: Exchange | None = None
    ) -> None:
        """Remember an exchange that has been shown, and the conversation after it."""
        await self._exchanges.add(
            exchange,
            answer.conversation,
            instead_of=instead_of.token if instead_of else None,
        )

    async def more(self, exchange: Exchange, preferences: Preferences) -> tuple[Exchange, Answer]:
        """Return the next page of an answer, and the exchange with it.

        Raises:
            KhazarError: the index cannot be used.
        """
        found = await self._archive.ask(
            exchange.question,
            self._limit(preferences),
            offset=len(exchange.passages),
            conversation=exchange.before,
            agencies=exchange.agencies,
        )
        page = found.answer
        passages = (*exchange.passages, *map(ShownPassage.of, page.passages))
        return replace(exchange, passages=passages, more=page.more), page

    async def explain(self, exchange: Exchange, most: int) -> Explanation | None:
        """Tell why an exchange has its first passages, `most` of them at most.

        Raises:
            KhazarError: the index cannot be used.
        """
        return await self._archive.explain(
            exchange.question,
            min(max(len(exchange.passages), 1), most),
            conversation=exchange.before,
            agencies=exchange.agencies,
        )

    def _limit(self, preferences: Preferences) -> int:
        return self._passages if preferences.passages is None else preferences.passages
