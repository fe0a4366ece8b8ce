"""The retriever: opens an index and answers questions over it."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np

from index.article import Article
from index.encoders.encoder import Encoder, PassageEncoder
from index.errors import EncoderError
from index.search_index import NO_FILTER, Filter, IndexInfo, PassageTerms, SearchIndex
from index.settings import IndexSettings
from index.snapshots.loading import PendingIndex, start_loading
from index.text import persian
from index.text.passages import Passage
from retrieval.answers import Answer, Citation, RelatedArticle, RetrievedPassage
from retrieval.conversation import Conversation, SourceArticle, Turn, join_questions
from retrieval.pipeline.explanation import Explanation, explain
from retrieval.pipeline.results import QueryPlanner, ResultList
from retrieval.pipeline.searcher import Searcher, SearchResult
from retrieval.query.constraints import build_filter
from retrieval.ranking.duplicates import deduplicate
from retrieval.ranking.highlight import answering_sentence, first_sentence
from retrieval.ranking.timing import stage, timed
from retrieval.settings import RetrievalSettings


@dataclass(frozen=True, slots=True)
class _Shown:
    """A passage that is shown: its place in the listing, and the score that earned it its own."""

    position: int
    passage: Passage
    score: float
    terms: PassageTerms


class Retriever:
    """Answers questions over one opened index; may be used from several threads at once.

    Attributes:
        settings: how questions are answered.
    """

    def __init__(
        self,
        index: SearchIndex,
        encoder: Encoder,
        settings: RetrievalSettings,
        today: Callable[[], dt.date] = dt.date.today,
    ) -> None:
        """Answer from an index.

        Args:
            index: the index.
            encoder: what its vectors were made with.
            settings: how questions are answered.
            today: the clock that «دیروز» is read by.
        """
        self._index = index
        self._examiner = Searcher(index, encoder, settings)
        self._lister = QueryPlanner(index, self._examiner, settings, today)
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
            warm: whether to load now what the first questions would load; who asks one question
                has it answered sooner without.
            opening: what `start_loading` returned, where it was called before.

        Raises:
            SettingsError: the configuration is wrong.
            IndexMissingError: nothing has been published yet.
            IndexCorruptError: the index is damaged.
            EncoderError: the model cannot be loaded, or the index was built with another one.
        """
        settings = RetrievalSettings.load(config)
        opening = opening or start_loading(IndexSettings.load(config))
        # Every question needs it, and the model takes longer.
        persian.warm_up()
        snapshot, encoder = opening.snapshot.result(), opening.encoder.result()
        require_same_model(snapshot.facts, encoder)
        retriever = cls(snapshot, encoder, settings)
        if warm:
            retriever.warm_up()
        return retriever

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index; no question may be asked afterwards."""
        for name in ("_index", "_examiner", "_lister"):
            self.__dict__.pop(name, None)

    @property
    def snapshot(self) -> str:
        """Name of the snapshot that is asked."""
        return self._index.facts.snapshot

    def warm_up(self) -> None:
        """Load now what the first question of each language would load."""
        for question in ("دریای خزر", "the Caspian Zarrinabad", "daryaye khazar kojast?"):
            self.ask(question)

    def ask(
        self,
        question: str,
        *,
        limit: int | None = None,
        offset: int = 0,
        conversation: Conversation | None = None,
        within: Filter = NO_FILTER,
    ) -> Answer:
        """Answer a question.

        Args:
            question: in Persian, in English, or in Persian with Latin letters.
            limit: passages in the answer at most; None means `[retrieval] limit`.
            offset: passages to leave out at the beginning, which an answer before has shown.
            conversation: the turns before; a question that follows them up is read with them.
            within: the articles to look in; `filter` makes one of what people type.

        Returns:
            The answer; for a text without any word one that is not found and has no passages.

        Raises:
            QuestionError: the question is too long.
            ValueError: the limit is not positive, or the offset negative.
        """
        limit = self.settings.limit if limit is None else limit
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        if offset < 0:
            raise ValueError(f"offset must not be negative, but is {offset}")
        before = conversation or Conversation()
        listing = self._lister.plan(question, within=within, conversation=before)
        if listing is None:
            return Answer(question, "fa", False, 0.0, (), before)
        with stage("show"):
            shown = self._distinct(listing, offset + limit + 1)
            page = tuple(self._retrieved(one, listing) for one in shown[offset : offset + limit])
        found = bool(shown) and listing.probability >= self.settings.found_threshold
        return Answer(
            question=question,
            language=listing.language,
            found=found,
            probability=listing.probability,
            passages=page,
            # The same for every page of an answer.
            conversation=before.append(_turn(question, listing, shown[:limit], found=found)),
            follows_up=listing.examined is not None and listing.examined.follows is not None,
            scope=listing.scope,
            offset=offset,
            more=len(shown) > offset + limit,
        )

    def filter(
        self, *, since: str | None = None, until: str | None = None, source: str | None = None
    ) -> Filter:
        """Make a filter of what somebody typed: days, months or years, and an agency.

        Raises:
            QuestionError: a date cannot be read, the range ends before it begins, or the archive
                has no such agency.
        """
        return build_filter(self._lister.agencies, since, until, source)

    def explain(
        self,
        question: str,
        *,
        conversation: Conversation | None = None,
        within: Filter = NO_FILTER,
        limit: int = 1,
    ) -> Explanation | None:
        """Tell why a question got its first passages; None for one that was not searched for.

        Args:
            question: as for `ask`, like `conversation` and `within`.
            conversation: the turns before the question.
            within: the articles that were looked in.
            limit: how many passages to explain.

        Raises:
            QuestionError: the question is too long.
        """
        with timed() as timings:
            listing = self._lister.plan(question, within=within, conversation=conversation)
            if listing is None or listing.examined is None:
                return None
            with stage("show"):
                shown = self._distinct(listing, limit)
                for one in shown:
                    self._retrieved(one, listing)
        return explain(listing, [one.position for one in shown], timings)

    def examine(
        self, question: str, conversation: Conversation | None = None
    ) -> SearchResult | None:
        """Find and judge the candidates for a question, all of it taken for what is asked.

        Returns:
            What was found, or None for a text without any word.

        Raises:
            QuestionError: the question is too long.
        """
        understood = self._examiner.parse_query(question)
        return (
            None
            if understood is None
            else self._examiner.search(understood, conversation=conversation)
        )

    @property
    def facts(self) -> IndexInfo:
        """What the open index says of itself."""
        return self._index.facts

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency of the index with its number of articles, most articles first."""
        return self._index.agencies()

    def article(self, article_id: str) -> Article | None:
        """Return an article of the index by its id, or None."""
        return self._index.article(article_id)

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
            RelatedArticle(found, score, self._citation(found))
            for found, score in list(near.items())[:limit]
        )

    def _distinct(self, listing: ResultList, limit: int) -> list[_Shown]:
        @cache
        def terms_at(position: int) -> PassageTerms:
            [terms] = self._index.passage_terms([listing.rows[position]])
            return terms

        chosen = deduplicate(
            listing.passages,
            self._index.article_numbers(listing.rows).tolist(),
            lambda position: terms_at(position).text,
            limit,
        )
        return [
            _Shown(shown, listing.passages[shown], listing.scores[earned], terms_at(shown))
            for earned, shown in chosen
        ]

    def _retrieved(self, shown: _Shown, listing: ResultList) -> RetrievedPassage:
        text, examined = shown.passage.text, listing.examined
        if examined is None:
            highlight = first_sentence(text)
        else:
            highlight = answering_sentence(text, shown.terms.sentences, examined.asked_weights)
        return RetrievedPassage(
            article_id=shown.passage.article_id,
            paragraphs=shown.passage.paragraphs,
            text=text,
            score=shown.score,
            citation=self._citation(shown.passage.article_id),
            highlight=highlight,
        )

    def _citation(self, article_id: str) -> Citation:
        article = self._index.article(article_id)
        if article is None:
            raise LookupError(f"passage of an unknown article {article_id!r}")
        return Citation(
            title=article.title,
            agency=article.agency,
            date=article.date,
            code=article.code,
            url=article.link,
        )


def _turn(question: str, listing: ResultList, shown: Sequence[_Shown], *, found: bool) -> Turn:
    """Return what the next question may refer to."""
    follows = listing.examined.follows if listing.examined else None
    shares: dict[str, float] = {}
    for one in shown:
        share = round(min(one.score / (shown[0].score or 1.0), 1.0), 4)
        shares.setdefault(one.passage.article_id, share)
    return Turn(
        question=question,
        subject=join_questions(
            [follows.subject, listing.subject] if follows else [listing.subject]
        ),
        follows=follows is not None,
        found=found,
        articles=tuple(SourceArticle(article, share) for article, share in shares.items()),
        paragraphs=shown[0].passage.paragraphs if shown else (),
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
