"""The retriever: opens an index and answers questions over it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Self, Unpack

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.encoders.encoder import Encoder, PassageEncoder
from index.engines.loading import PendingIndex, start_loading
from index.errors import EncoderError
from index.search_index import Filter, IndexInfo, SearchIndex
from index.settings import IndexSettings
from index.text import persian
from retrieval.answers import Answer, AnswerKind, RelatedArticle, SmallTalkReply
from retrieval.conversation import NO_CONVERSATION, Conversation
from retrieval.learned import LearnedParameters
from retrieval.options import DEFAULT_OPTIONS, AskKeywords, AskOptions
from retrieval.pipeline.example_questions import ExampleQuestions
from retrieval.pipeline.explanation import Explanation, explain
from retrieval.pipeline.pages import PageBuilder, turn_of
from retrieval.pipeline.results import QueryPlanner
from retrieval.pipeline.searcher import Searcher, SearchResult
from retrieval.query.article_references import parse_reference
from retrieval.query.constraints import build_filter
from retrieval.query.courtesy import read_question
from retrieval.query.query import PERSIAN, Query, check_question
from retrieval.query.small_talk import find_small_talk
from retrieval.ranking.ranking import Ranking
from retrieval.ranking.reranking import RerankService, make_rerank_service, within_reach
from retrieval.ranking.timing import stage, timed
from retrieval.settings import RetrievalSettings


class Retriever:
    """Answers questions over one opened index; may be used from several threads at once.

    Attributes:
        settings: how questions are answered.
        learned: the weights and models that are used.
    """

    def __init__(
        self,
        index: SearchIndex,
        encoder: Encoder,
        settings: RetrievalSettings,
        today: Callable[[], dt.date] = dt.date.today,
        learned: LearnedParameters | None = None,
        reranker: RerankService | None = None,
    ) -> None:
        """Answer from an index.

        Args:
            index: the index.
            encoder: the one that made its vectors.
            settings: how questions are answered.
            today: the clock that «دیروز» is read by.
            learned: weights and models; None: those of the file that the settings name.
            reranker: reads the first passages again; None: nothing does.

        Raises:
            SettingsError: the file of learned parameters cannot be read.
        """
        self._index = index
        self.learned = learned or LearnedParameters.load(settings.learned_file)
        self._searcher = Searcher(index, encoder, settings, self.learned, reranker)
        self._reranker = reranker
        self._today = today
        self._planner = QueryPlanner(index, self._searcher, settings, today)
        self._pages = PageBuilder(index)
        self._examples = ExampleQuestions(index)
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
            EncoderError: the model cannot be loaded, or the index was built with another one.
        """
        settings = RetrievalSettings.load(config)
        index_settings = IndexSettings.load(config)
        opening = opening or start_loading(index_settings)
        # Every question needs it, and the model takes longer.
        persian.warm_up()
        index, encoder = opening.index.result(), opening.encoder.result()
        require_same_model(index.facts, encoder)
        reranker = make_rerank_service(settings.reranker, index_settings)
        retriever = cls(index, encoder, settings, reranker=reranker, today=index_settings.today)
        if warm:
            retriever.warm_up()
        return retriever

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the index; no question may be asked afterwards."""
        for name in ("_index", "_searcher", "_planner", "_pages", "_examples"):
            self.__dict__.pop(name, None)

    @property
    def snapshot(self) -> str:
        """Name of the snapshot that is asked."""
        return self._index.facts.snapshot

    def warm_up(self) -> None:
        """Load now what the first question of each language would load."""
        if self._reranker is not None:
            self._reranker.warm_up()
        for question in ("دریای خزر", "the Caspian Zarrinabad", "daryaye khazar kojast?"):
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
            QuestionError: the question is too long.
            ValueError: the limit is not positive, or the offset negative.
        """
        options = options.with_changes(**changes)
        limit, offset = options.limit or self.settings.limit, options.offset
        before = options.conversation or NO_CONVERSATION
        check_question(question, self.settings.max_question_characters)
        if talk := find_small_talk(question):
            language = talk.language or before.language or PERSIAN
            example = self._examples.in_language(language)
            return Answer(
                question=question,
                language=language,
                found=False,
                probability=0.0,
                passages=(),
                conversation=before,
                kind=AnswerKind.SMALL_TALK,
                small_talk=SmallTalkReply(talk.topic, example),
            )
        results = self._planner.plan(question, options)
        if results is None:
            return Answer(question, "fa", False, 0.0, (), before)
        with stage("show"):
            shown = self._pages.deduplicated(results, offset + limit + 1)
            page = [self._pages.retrieved(one, results) for one in shown[offset : offset + limit]]
        found = bool(shown) and results.probability >= self.settings.found_threshold
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
            QuestionError: the question is too long.
            ValueError: the limit is not positive, or the offset negative.
        """
        if find_small_talk(question):
            return None
        options = options.with_changes(**changes)
        last = options.offset + (options.limit or self.settings.limit)
        with timed() as timings:
            results = self._planner.plan(question, options)
            if results is None or results.search is None:
                return None
            with stage("show"):
                shown = self._pages.deduplicated(results, last)
                for one in shown:
                    self._pages.retrieved(one, results)
        return explain(results, results.search, [one.position for one in shown], timings)

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
        return self._searcher.logits(query, ranking, within_reach(ranking, self.settings.reranking))

    def filter(
        self, *, since: str | None = None, until: str | None = None, source: str | None = None
    ) -> Filter:
        """Make a filter of typed dates (days, months or years) and an agency's name.

        Raises:
            QuestionError: a date cannot be read, the range ends before it begins, or the archive
                has no such agency.
        """
        return build_filter(self._planner.agencies, self._today(), since, until, source)

    @property
    def facts(self) -> IndexInfo:
        """Facts about the open index: its counts, dates and model."""
        return self._index.facts

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency of the index with its number of articles, most articles first."""
        return self._index.agencies()

    def article(self, article_id: str) -> Article | None:
        """Return an article of the index by its id, or None."""
        return self._index.article(article_id)

    def find_articles(self, reference: str) -> tuple[Article, ...]:
        """Return the articles that an id, an address or an agency's number names; mostly one."""
        if (article := self.article(reference.strip())) is not None:
            return (article,)
        parsed = parse_reference(reference)
        if parsed is None:
            return ()
        coded = self._index.articles_with_code(parsed.code) if parsed.code else []
        found = [article for one in coded if (article := self.article(one)) is not None]
        for part in parsed.link_parts:
            linked = self._index.articles_linked(part)
            found += [one for one in linked if parsed.matches(one.link or "")]
        return tuple({one.id: one for one in found}.values())

    def related(self, article_id: str, limit: int = 5) -> tuple[RelatedArticle, ...]:
        """Return the articles nearest in meaning to another, nearest first; empty if unknown.

        Raises:
            ValueError: the limit is not positive.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        rows = self._index.article_rows(article_id).tolist()
        if not rows:
            return ()
        mean = self._index.vectors(rows).mean(axis=0)
        mean /= np.linalg.norm(mean)
        # An article has several passages, all of which may be near.
        hits = self._index.search_vectors(mean, self.settings.candidates + len(rows))
        near: dict[str, float] = {}
        for passage, score in zip(
            self._index.passages(hits.rows.tolist()), hits.scores.tolist(), strict=True
        ):
            if passage.article_id != article_id:
                near.setdefault(passage.article_id, score)
        return tuple(
            RelatedArticle(found, score, self._pages.citation(found))
            for found, score in list(near.items())[:limit]
        )


def require_same_model(facts: IndexInfo, encoder: PassageEncoder) -> None:
    """Check that an index was made with an encoder.

    Raises:
        EncoderError: it was made with another one.
    """
    if encoder.fingerprint != facts.fingerprint:
        raise EncoderError(
            f"the index was built with another model ({facts.encoder}, {facts.fingerprint}) than "
            f"is configured ({encoder.name}, {encoder.fingerprint}); run `python -m index build`"
        )
