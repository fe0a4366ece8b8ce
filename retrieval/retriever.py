"""The retriever: opens an index and answers questions over it."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self, Unpack

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.dates import Calendar
from index.encoders.encoder import Encoder
from index.engines.loading import AwaitedEncoder, PendingIndex, start_loading
from index.search_index import NO_FILTER, Filter, IndexInfo, SearchIndex
from index.settings import IndexSettings
from index.text import persian
from retrieval.answers import Answer, AnswerKind, RelatedArticle
from retrieval.closing import ClosableAnswerer
from retrieval.conversation import NO_CONVERSATION, Conversation
from retrieval.errors import TranslationError
from retrieval.learned import LearnedParameters
from retrieval.model_check import require_same_model
from retrieval.options import DEFAULT_OPTIONS, AskKeywords, AskOptions
from retrieval.pipeline.article_lookup import find_articles, newest_articles, related_articles
from retrieval.pipeline.example_questions import ExampleQuestions
from retrieval.pipeline.explanation import Explanation, explain
from retrieval.pipeline.pages import PageBuilder, turn_of
from retrieval.pipeline.results import QueryPlanner
from retrieval.pipeline.searcher import Searcher, SearchResult
from retrieval.pipeline.standing_queries import NewArticles, VectorsByKey
from retrieval.pipeline.timeline import Timeline, TimelineBuilder
from retrieval.query.constraints import build_filter, intersect
from retrieval.query.courtesy import read_question
from retrieval.query.query import ENGLISH, PERSIAN, Query, check_question
from retrieval.query.small_talk import find_small_talk
from retrieval.ranking.ranking import Ranking
from retrieval.ranking.reranking import (
    RerankService,
    make_rerank_service,
    scores_of,
    within_reach,
)
from retrieval.ranking.timing import stage, timed
from retrieval.settings import RetrievalSettings
from retrieval.translation.translator import PassageTranslator, open_translator

_log = logging.getLogger(__name__)


class Retriever(ClosableAnswerer):
    """Answers questions over one opened index; may be used from several threads at once.

    >>> retriever = Retriever.open("config.toml")  # doctest: +SKIP
    >>> answer = retriever.ask("چند دانشجو در آستراخان درس می‌خوانند؟", limit=2)
    >>> answer.found
    True
    >>> answer.passages[0].article_id, answer.passages[0].citation.date
    ('000_8256a1c2f8428c1d', datetime.date(2025, 11, 18))

    Attributes:
        settings: how questions are answered.
        learned: the weights and models that are used.
    """

    _held = ("_index", "_searcher", "_planner", "_pages", "_examples", "_timelines")

    def __init__(
        self,
        index: SearchIndex,
        encoder: Encoder,
        settings: RetrievalSettings,
        today: Callable[[], dt.date] = dt.date.today,
        learned: LearnedParameters | None = None,
        reranker: RerankService | None = None,
        translator: PassageTranslator | None = None,
    ) -> None:
        """Answer from an index.

        Args:
            index: the index.
            encoder: the one that made its vectors.
            settings: how questions are answered.
            today: the clock that «دیروز» is read by.
            learned: weights and models; None: those of the file that the settings name.
            reranker: reads the first passages again; None: nothing does.
            translator: translates the passages for English questions; None: nothing does.

        Raises:
            SettingsError: the file of learned parameters cannot be read.
        """
        self._index = index
        self.learned = learned or LearnedParameters.load(settings.learned_file)
        self._searcher = Searcher(index, encoder, settings, self.learned, reranker)
        self._reranker = reranker
        self._translator = translator
        self._today = today
        self._planner = QueryPlanner(index, self._searcher, settings, today)
        self._pages = PageBuilder(index, self.learned.answer_span)
        self._examples = ExampleQuestions(index)
        self._timelines = TimelineBuilder(index, self._searcher, self._planner, settings)
        self.settings = settings

    @classmethod
    def open(
        cls,
        config: Path | str | None = None,
        *,
        warm: bool = True,
        opening: PendingIndex | None = None,
    ) -> Self:
        """Open the published index and the model that it was built with.

        Args:
            config: the configuration file; None means `./config.toml` where it exists.
            warm: whether to load now what the first questions would load; a single question is
                answered sooner without.
            opening: the index that `start_loading` is opening already; None: open it now.

        Raises:
            SettingsError: the configuration is wrong.
            IndexMissingError: nothing has been published yet.
            IndexCorruptError: the index is damaged.
            EncoderError: the model is damaged, or not the index's; the first search may raise it.
        """
        settings = RetrievalSettings.load(config)
        index_settings = IndexSettings.load(config)
        opening = opening or start_loading(index_settings)
        # Every question needs it, and the model takes longer; a search waits for that.
        persian.warm_up()
        index = opening.index.result()
        encoder = AwaitedEncoder(opening.encoder, lambda own: require_same_model(index.facts, own))
        retriever = cls(
            index,
            encoder,
            settings,
            reranker=make_rerank_service(settings.reranker, index_settings),
            today=index_settings.today,
            translator=open_translator(config),
        )
        if warm:
            opening.encoder.result()  # Torch does not export two models at once.
            retriever.warm_up()
        return retriever

    @property
    def snapshot(self) -> str:
        """Name of the snapshot that is asked."""
        return self._index.facts.snapshot

    def warm_up(self) -> None:
        """Load now what the first question of each language would load, with a name and a slip."""
        if self._reranker is not None:
            self._reranker.warm_up()
        for question in ("دریای خزر", "the Caspain Zarrinabad", "daryaye khazar kojast?"):
            self.ask(question)

    def ask(
        self,
        question: str,
        options: AskOptions = DEFAULT_OPTIONS,
        **changes: Unpack[AskKeywords],
    ) -> Answer:
        """Answer a question.

        Args:
            question: in Persian, in English, or in Persian with Latin letters.
            options: how many passages to return, after which conversation, from which articles.
            **changes: options as keywords: `ask(question, limit=5)`; see `AskOptions`.

        Returns:
            The answer; for small talk a reply, and for a text without any word one that is not
            found and has no passages.

        Raises:
            QuestionError: the question is too long, or its filter cannot be read.
            ValueError: the limit is not positive, or the offset negative.

        >>> first = retriever.ask("چند دانشجو در آستراخان درس می‌خوانند؟")
        >>> retriever.ask("و استاندارش چه گفت؟", conversation=first.conversation).follows_up
        True
        >>> retriever.ask("دانشگاه", filter="آبان ۱۴۰۴").scope.filter.since
        datetime.date(2025, 10, 23)
        """
        options = options.with_changes(**changes)
        limit, offset = options.limit or self.settings.limit, options.offset
        before = options.conversation or NO_CONVERSATION
        check_question(question, self.settings.max_question_characters)
        if (reply := self._examples.reply(question, before)) is not None:
            return reply
        results = self._planner.plan(question, options)
        if results is None:
            return Answer(question, PERSIAN, False, 0.0, (), before)
        with stage("show"):
            shown = self._pages.deduplicated(results, offset + limit + 1)
        found = bool(shown) and results.probability >= self.settings.found_threshold
        # The first passage is the answer; those behind it are shown beside it.
        answers = found and results.kind is AnswerKind.ANSWER
        if answers and not offset and options.may_read and results.search is not None:
            read = self._searcher.with_reading(results.search, shown[0].position)
            results = replace(results, search=read)
        with stage("show"):
            page = [
                self._pages.retrieved(one, results, mark=answers and one is shown[0])
                for one in shown[offset : offset + limit]
            ]
        untranslated = False
        if self._translator is not None and results.language == ENGLISH:
            try:
                page = self._translator.translate(page)
            except TranslationError as error:
                _log.warning("%s", error)
                untranslated = True
        return Answer(
            question=question,
            language=results.language,
            found=found,
            probability=results.probability,
            passages=tuple(page),
            # The same for every page of an answer.
            conversation=before.append(turn_of(question, results, shown[:limit], found=found)),
            follows_up=results.search is not None and results.search.antecedent is not None,
            scope=results.scope,
            offset=offset,
            more=len(shown) > offset + limit,
            reranking=str(results.search.reranking) if results.search else "off",
            kind=results.kind,
            corrections=results.search.own_query.corrections if results.search else (),
            beginning=results.beginning,
            untranslated=untranslated,
        )

    def explain(
        self,
        question: str,
        options: AskOptions = DEFAULT_OPTIONS,
        **changes: Unpack[AskKeywords],
    ) -> Explanation | None:
        """Explain why a question got its first passages, up to the last of the page asked for.

        Args:
            question: as for `ask`, like the options.
            options: the options that it was asked with.
            **changes: options as keywords; see `AskOptions`.

        Returns:
            The explanation; None for a question that was not searched for, and for small talk.

        Raises:
            QuestionError: the question is too long, or its filter cannot be read.
            ValueError: the limit is not positive, or the offset negative.
        """
        planner = self._planner  # Small talk, too, is nothing to explain once it is closed.
        if find_small_talk(question):
            return None
        options = options.with_changes(**changes)
        last = options.offset + (options.limit or self.settings.limit)
        with timed() as timings:
            results = planner.plan(question, options)
            if results is None or results.search is None:
                return None
            with stage("show"):
                shown = self._pages.deduplicated(results, last)
                for one in shown:
                    self._pages.retrieved(one, results)
        return explain(results, results.search, [one.position for one in shown], timings)

    def timeline(
        self, topic: str, filter: Filter = NO_FILTER, calendar: Calendar | None = None
    ) -> Timeline | None:
        """Count the articles about a topic, by month.

        Args:
            topic: words in Persian, in English, or in Persian with Latin letters; dates and
                agencies in it are limits, as in a question.
            filter: the articles that count.
            calendar: of the months; None: the Gregorian one for English, else the Jalali one.

        Returns:
            The timeline; None for a text without any word.

        Raises:
            QuestionError: the topic is too long.
        """
        return self._timelines.build(topic, filter, calendar)

    def search(
        self, question: str, conversation: Conversation | None = None, *, rerank: bool = True
    ) -> SearchResult | None:
        """Search for a question without looking for constraints in it, as calibration does.

        Args:
            question: as for `ask`.
            conversation: what it may follow up.
            rerank: whether the first passages may be reranked.

        Returns:
            The result, or None for a text without any word.
        """
        asked = read_question(question)
        query = self._searcher.parse(asked.text.text, asked.language)
        if query is None:
            return None
        return self._searcher.search(query, conversation=conversation, rerank=rerank)

    @property
    def reranks(self) -> bool:
        """Whether there is a reranker."""
        return self._reranker is not None

    def logits(self, query: Query, ranking: Ranking) -> NDArray[np.float32]:
        """Return the reranker's logits of the first passages of a ranking, (k,).

        They are those that are read when the ranking is reranked.
        """
        count = within_reach(ranking, self.settings.reranking)
        return scores_of(self._searcher.read(query, ranking, range(count)))

    def filter(
        self,
        words: str = "",
        *,
        since: str | dt.date | None = None,
        until: str | dt.date | None = None,
        source: str | None = None,
    ) -> Filter:
        """Make a filter of dates and an agency's name, in either calendar and language.

        `words` are a date or a range, an agency, or both: "از مهر تا آبان ۱۴۰۴ ایلنا". `since` and
        `until` are days, or texts that name a day, month, season, year or decade.

        Raises:
            QuestionError: a date cannot be read, the range ends before it begins, or the archive
                has no such agency.

        >>> retriever.filter(since="1404-08", until=dt.date(2025, 11, 18))
        Filter(since=datetime.date(2025, 10, 23), until=datetime.date(2025, 11, 18), agencies=())
        >>> retriever.filter("ILNA").agencies
        ('خبرگزاری کار ایران',)
        """
        chosen = build_filter(self._planner.agencies, self._today(), since, until, source)
        return intersect(chosen, self._planner.read_filter(words))

    def latest(
        self, language: str, options: AskOptions = DEFAULT_OPTIONS, **changes: Unpack[AskKeywords]
    ) -> Answer:
        """List the newest articles, each with its beginning, the newest first.

        The answer is of the kind `LIST`, in `language` ("fa", "en" or "fa-Latn"); it has no
        passages where no article has a date, and is no turn of the conversation.

        Raises:
            QuestionError: the filter cannot be read.
            ValueError: the limit is not positive, or the offset negative.
        """
        options = options.with_changes(**changes)
        limit = options.limit or self.settings.limit
        return newest_articles(self._planner, self._pages, language, options, limit)

    def article_ids(self) -> Sequence[str]:
        """Return the ids of all articles of the index, in order of rows."""
        return self._index.article_ids()

    def new_articles(self, article_ids: Sequence[str], known: VectorsByKey) -> NewArticles:
        """Return some articles of the index, to match standing queries with; see `NewArticles`."""
        parts = (self._index, self._searcher, self.settings, self.learned, self._planner.agencies)
        return NewArticles(*parts, self._today, article_ids, known)

    @property
    def facts(self) -> IndexInfo:
        """Facts about the open index: its counts, dates and model."""
        return self._index.facts

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency of the index with its number of articles, most articles first."""
        return self._index.agencies()

    def agency_names(self) -> Mapping[str, Sequence[str]]:
        """Return each agency of the index with all names that it is known by, in plain words."""
        return self._planner.agencies.spellings()

    def article(self, article_id: str) -> Article | None:
        """Return an article of the index by its id, or None."""
        return self._index.article(article_id)

    def find_articles(self, reference: str) -> tuple[Article, ...]:
        """Return the articles that an id, an address or an agency's number names; mostly one."""
        return find_articles(self._index, reference)

    def related(self, article_id: str, limit: int = 5) -> tuple[RelatedArticle, ...]:
        """Return the articles nearest in meaning to another, nearest first; empty if unknown.

        Raises:
            ValueError: the limit is not positive.
        """
        return related_articles(
            self._index, self._pages, article_id, limit, self.settings.candidates
        )
