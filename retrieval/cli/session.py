"""A session at the prompt: the conversation, the filter and the last answer with all its pages."""

from dataclasses import dataclass, replace

from index.article import Article
from index.errors import KhazarError
from index.search_index import NO_FILTER
from retrieval.answerer import Answerer
from retrieval.answers import Answer, AnswerKind, RelatedArticle, RetrievedPassage
from retrieval.conversation import Conversation
from retrieval.options import AskOptions
from retrieval.pipeline.explanation import Explanation
from retrieval.pipeline.timeline import Timeline
from retrieval.presentation.messages import Messages, messages_for
from retrieval.query.filter_options import NO_OPTIONS
from retrieval.query.query import ENGLISH


class CommandError(KhazarError):
    """A command of the prompt that cannot be carried out."""


@dataclass(frozen=True, slots=True)
class _LastQuestion:
    """The last question with all that its next page needs.

    Attributes:
        options: those that it was asked with.
        answer: its last page.
        passages: those of all its pages.
    """

    options: AskOptions
    answer: Answer
    passages: tuple[RetrievedPassage, ...]


class Session:
    """The conversation of one person at the prompt, and the last answer.

    Attributes:
        limit: passages in an answer; None: the retriever's default.
        filter: the filter that is set.
        words: those of the language in which the last question was asked; English before it.
    """

    def __init__(self, retriever: Answerer, limit: int | None = None) -> None:
        self.limit = limit
        self.filter = NO_FILTER
        self.words: Messages = messages_for(ENGLISH)
        self._retriever = retriever
        self._conversation = Conversation()
        self._limits = NO_OPTIONS
        self._last_question: _LastQuestion | None = None
        self._related: tuple[RelatedArticle, ...] = ()
        self._snapshot = retriever.snapshot

    def index_changed(self) -> bool:
        """Return whether the snapshot has changed since the last call."""
        before, self._snapshot = self._snapshot, self._retriever.snapshot
        return before != self._snapshot

    def ask(self, question: str) -> Answer:
        """Answer a question, which may follow up those before; small talk leaves all as it was.

        Raises:
            QuestionError: it is too long.
        """
        options = AskOptions(self.limit, conversation=self._conversation, filter=self.filter)
        answer = self._retriever.ask(question, options)
        self.words = messages_for(answer.language)
        if answer.kind is AnswerKind.SMALL_TALK:
            return answer
        self._conversation = answer.conversation
        self._last_question = _LastQuestion(options, answer, answer.passages)
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
            asked.answer.question, asked.options, limit=self.limit, offset=len(asked.passages)
        )
        passages = asked.passages + page.passages
        self._last_question = replace(asked, answer=page, passages=passages)
        return page

    @property
    def passages(self) -> tuple[RetrievedPassage, ...]:
        """All passages of the last answer that have been shown."""
        return self._last_question.passages if self._last_question else ()

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
        """Explain the first `passages` passages of the last answer, at least 1.

        Raises:
            CommandError: there is no answer yet.
        """
        asked = self._last()
        return self._retriever.explain(asked.answer.question, asked.options, limit=passages)

    def timeline(self, topic: str) -> Timeline:
        """Count the articles about a topic, by month, within the limits that are set.

        Raises:
            CommandError: the topic has no word.
            QuestionError: it is too long.
        """
        timeline = self._retriever.timeline(topic, self.filter)
        if timeline is None:
            raise CommandError(self.words.text("no_topic"))
        return timeline

    def set_limits(self, **typed: str | None) -> None:
        """Set some of the `FilterOptions`; None removes one.

        Raises:
            QuestionError: they make no sense, and those before are kept.
        """
        limits = replace(self._limits, **typed)
        self.filter = limits.resolve(self._retriever)
        self._limits = limits

    def forget(self) -> None:
        """Forget the conversation: the next question follows nothing up."""
        self._conversation = Conversation()

    def _last(self) -> _LastQuestion:
        if self._last_question is None:
            raise CommandError(self.words.text("no_answer"))
        return self._last_question
