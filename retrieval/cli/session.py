"""A session at the prompt: the conversation, the limits and the last answer with all its pages."""

from dataclasses import dataclass, replace

from index.article import Article
from index.errors import KhazarError
from index.search_index import NO_FILTER, Filter
from retrieval.answers import Answer, RelatedArticle, RetrievedPassage
from retrieval.conversation import Conversation
from retrieval.live import LiveRetriever
from retrieval.pipeline.explanation import Explanation
from retrieval.presentation.messages import Messages, messages_for
from retrieval.query.filter_options import NO_OPTIONS
from retrieval.query.query import ENGLISH
from retrieval.retriever import Retriever


class CommandError(KhazarError):
    """A command of the prompt that cannot be carried out."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with all that it takes to ask for its next page.

    Attributes:
        conversation: the turns before it.
        within: the limits that were set.
        answer: its last page.
        passages: those of all its pages.
    """

    conversation: Conversation
    within: Filter
    answer: Answer
    passages: tuple[RetrievedPassage, ...]


class Session:
    """What one person has asked, and what of it is on the screen.

    Attributes:
        limit: passages in an answer; None: the retriever's default.
        within: the limits that are set, as a filter.
        words: those of the language in which the last question was asked; English before it.
    """

    def __init__(self, retriever: Retriever | LiveRetriever, limit: int | None = None) -> None:
        self.limit = limit
        self.within = NO_FILTER
        self.words: Messages = messages_for(ENGLISH)
        self._retriever = retriever
        self._conversation = Conversation()
        self._limits = NO_OPTIONS
        self._asked: _Asked | None = None
        self._related: tuple[RelatedArticle, ...] = ()
        self._snapshot = retriever.snapshot

    def index_changed(self) -> bool:
        """Tell whether another snapshot is asked than when this was called before."""
        before, self._snapshot = self._snapshot, self._retriever.snapshot
        return before != self._snapshot

    def ask(self, question: str) -> Answer:
        """Answer a question, which may follow up those before.

        Raises:
            QuestionError: it is too long.
        """
        before = self._conversation
        answer = self._retriever.ask(
            question, limit=self.limit, conversation=before, within=self.within
        )
        self.words = messages_for(answer.language)
        self._conversation = answer.conversation
        self._asked = _Asked(before, self.within, answer, answer.passages)
        return answer

    def more(self) -> Answer:
        """Return the next page of the last answer.

        Raises:
            CommandError: there is no answer yet, or it has no more passages.
        """
        asked = self._last()
        if not asked.answer.more:
            raise CommandError(self.words.text("no_more"))
        page = self._retriever.ask(
            asked.answer.question,
            limit=self.limit,
            offset=len(asked.passages),
            conversation=asked.conversation,
            within=asked.within,
        )
        passages = asked.passages + page.passages
        self._asked = replace(asked, answer=page, passages=passages)
        return page

    @property
    def passages(self) -> tuple[RetrievedPassage, ...]:
        """All passages of the last answer that have been shown."""
        return self._asked.passages if self._asked else ()

    def article(self, article_id: str) -> Article:
        """Return an article by its id.

        Raises:
            CommandError: the index has no such article.
        """
        article = self._retriever.article(article_id)
        if article is None:
            raise CommandError(self.words.text("gone"))
        return article

    def relate(self, article_id: str) -> tuple[RelatedArticle, ...]:
        """Return the articles near to one, and keep them for `related`."""
        self._related = self._retriever.related(article_id)
        return self._related

    @property
    def related(self) -> tuple[RelatedArticle, ...]:
        """The related articles that were shown last."""
        return self._related

    def explain(self, passages: int) -> Explanation | None:
        """Tell why the last question got its first `passages` passages, at least 1.

        Raises:
            CommandError: there is no answer yet.
        """
        asked = self._last()
        return self._retriever.explain(
            asked.answer.question,
            conversation=asked.conversation,
            within=asked.within,
            limit=passages,
        )

    def set_limits(self, **typed: str | None) -> None:
        """Set some of the `Limits`; None takes one away.

        Raises:
            QuestionError: they make no sense, and those before are kept.
        """
        limits = replace(self._limits, **typed)
        self.within = limits.read(self._retriever)
        self._limits = limits

    def forget(self) -> None:
        """Let what is asked next follow nothing up."""
        self._conversation = Conversation()

    def _last(self) -> _Asked:
        if self._asked is None:
            raise CommandError(self.words.text("no_answer"))
        return self._asked
