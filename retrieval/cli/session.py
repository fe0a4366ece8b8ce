"""A session at the prompt: the conversation, the filter and the last answer with all its pages."""

from contextlib import ExitStack
from dataclasses import dataclass, replace

from index.article import Article
from index.search_index import NO_FILTER, Filter
from retrieval.answerer import Answerer
from retrieval.answers import Answer, AnswerKind, RelatedArticle, RetrievedPassage
from retrieval.conversation import Conversation
from retrieval.errors import LocalizedError
from retrieval.options import AskOptions
from retrieval.pipeline.explanation import Explanation
from retrieval.pipeline.timeline import Timeline
from retrieval.presentation.messages import Messages, messages_for
from retrieval.query.filter_options import NO_OPTIONS
from retrieval.query.query import ENGLISH

# Articles on a page of `:list`; each has two lines, so that a page fits a terminal of 24.
_LISTED = 10


class CommandError(LocalizedError):
    """A command of the prompt that cannot be carried out."""


@dataclass(frozen=True, slots=True)
class _ShownAnswer:
    """The answer on the screen with all that its next page needs.

    Attributes:
        answerer: answers from the snapshot that the answer is from.
        question: the question; None for a list of the newest articles.
        options: those that it was asked with.
        answer: its last page.
        passages: those of all its pages.
    """

    answerer: Answerer
    question: str | None
    options: AskOptions
    answer: Answer
    passages: tuple[RetrievedPassage, ...]


class Session:
    """The conversation of one person at the prompt, and the last answer.

    What belongs to the answer on the screen (its next pages, its reasons, its articles) comes from
    the snapshot that the answer is from, which the session keeps open until the next answer; all
    else comes from the newest one.

    Attributes:
        limit: passages in an answer; None: the retriever's default.
        filter: the filter that is set.
        words: those of the language in which the last question was asked.
    """

    def __init__(
        self, retriever: Answerer, limit: int | None = None, language: str = ENGLISH
    ) -> None:
        """Begin a session in an interface language, "fa" or "en"."""
        self.limit = limit
        self.filter = NO_FILTER
        self.words: Messages = messages_for(language)
        self._retriever = retriever
        self._conversation = Conversation()
        self._limits = NO_OPTIONS
        self._shown: _ShownAnswer | None = None
        self._lease = ExitStack()
        self._related: tuple[RelatedArticle, ...] = ()
        self._snapshot = retriever.snapshot

    def close(self) -> None:
        """Let go of the snapshot that the last answer is from."""
        self._lease.close()

    @property
    def answerer(self) -> Answerer:
        """What answers the next question."""
        return self._retriever

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
        with ExitStack() as lease:
            answerer = lease.enter_context(self._retriever.lease())
            answer = answerer.ask(question, options)
            self.words = messages_for(answer.language)
            if answer.kind is AnswerKind.SMALL_TALK:
                return answer
            self._conversation = answer.conversation
            shown = _ShownAnswer(answerer, question, options, answer, answer.passages)
            self._show(shown, lease.pop_all())
        return answer

    def list_newest(self, words: str) -> Answer:
        """List the newest articles within the limits that are set.

        Args:
            words: limits in words, in place of those of the same kind that are set.

        Raises:
            QuestionError: the words name neither dates nor an agency.
        """
        with ExitStack() as lease:
            answerer = lease.enter_context(self._retriever.lease())
            limits = _instead(answerer.filter(words), self.filter)
            options = AskOptions(self.limit or _LISTED, filter=limits)
            answer = answerer.latest(self.words.language, options)
            shown = _ShownAnswer(answerer, None, options, answer, answer.passages)
            self._show(shown, lease.pop_all())
        return answer

    def more(self) -> Answer:
        """Return the next page of the answer on the screen.

        Raises:
            CommandError: there is no answer yet, or it has no more passages.
        """
        shown = self._last()
        if not shown.answer.more:
            raise CommandError("no_more")
        limit, offset = self.limit or shown.options.limit, len(shown.passages)
        options = shown.options.with_changes(limit=limit, offset=offset)
        if shown.question is None:
            page = shown.answerer.latest(shown.answer.language, options)
        else:
            page = shown.answerer.ask(shown.question, options)
        passages = shown.passages + page.passages
        self._shown = replace(shown, answer=page, passages=passages)
        return page

    @property
    def passages(self) -> tuple[RetrievedPassage, ...]:
        """All passages of the last answer that have been shown."""
        return self._shown.passages if self._shown else ()

    def article(self, article_id: str) -> Article:
        """Return an article by its id.

        Raises:
            CommandError: the index has no such article.
        """
        article = self._shown.answerer.article(article_id) if self._shown else None
        article = article or self._retriever.article(article_id)
        if article is None:
            raise CommandError("gone")
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

        Returns:
            The reasons; None where nothing was searched for.

        Raises:
            CommandError: there is no answer yet.
        """
        shown = self._last()
        if shown.question is None:
            return None
        return shown.answerer.explain(shown.question, shown.options, limit=passages)

    def timeline(self, topic: str) -> Timeline:
        """Count the articles about a topic, by month, within the limits that are set.

        Raises:
            CommandError: the topic has no word.
            QuestionError: it is too long.
        """
        timeline = self._retriever.timeline(topic, self.filter)
        if timeline is None:
            raise CommandError("no_topic")
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

    def _show(self, shown: _ShownAnswer, lease: ExitStack) -> None:
        self._lease.close()
        self._shown, self._lease = shown, lease

    def _last(self) -> _ShownAnswer:
        if self._shown is None:
            raise CommandError("no_answer")
        return self._shown


def _instead(named: Filter, set_before: Filter) -> Filter:
    """Return a filter; what it leaves open, days or agencies, is taken from the one before."""
    days = named if named.since or named.until else set_before
    return Filter(days.since, days.until, named.agencies or set_before.agencies)
