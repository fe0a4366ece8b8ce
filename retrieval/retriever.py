"""The retriever: opens an index and answers questions over it."""

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.articles import Article
from index.contract import SearchIndex, TermGroup
from index.encoders import Encoder, TextKind, load_encoder
from index.errors import EncoderError
from index.passages import Passage
from index.settings import IndexSettings
from index.snapshot import Snapshot
from retrieval.answers import Answer, Citation, RetrievedPassage
from retrieval.confidence import gather_evidence
from retrieval.duplicates import distinct
from retrieval.highlight import answering_sentences
from retrieval.questions import understand
from retrieval.ranking import rank
from retrieval.settings import RetrievalSettings


class Retriever:
    """Answers questions over one opened index; may be used from several threads at once."""

    def __init__(self, index: SearchIndex, encoder: Encoder, settings: RetrievalSettings) -> None:
        """Answer from `index`, whose vectors `encoder` made."""
        self._index = index
        self._encoder = encoder
        self._settings = settings
        # A fast tokenizer must not be used by two threads at once.
        self._encoding = threading.Lock()

    @classmethod
    def open(cls, config: Path | str | None = None) -> Self:
        """Open the published index and the model that it was built with.

        Args:
            config: the configuration file; None means `./config.toml` where it exists.

        Raises:
            SettingsError: the configuration is wrong.
            IndexMissingError: nothing has been published yet.
            IndexCorruptError: the index is damaged.
            EncoderError: the model cannot be loaded, or the index was built with another one.
        """
        settings = RetrievalSettings.load(config)
        index_settings = IndexSettings.load(config)
        snapshot = Snapshot.open_current(index_settings.path(index_settings.directory))
        encoder = load_encoder(index_settings)
        if encoder.fingerprint != snapshot.facts.fingerprint:
            raise EncoderError(
                f"the index was built with another model ({snapshot.facts.encoder}, "
                f"{snapshot.facts.fingerprint}) than is configured ({encoder.name}, "
                f"{encoder.fingerprint}); run `python -m index build`"
            )
        retriever = cls(snapshot, encoder, settings)
        # The first question of all loads word lists and warms the model up, which takes seconds:
        # better here than in somebody's answer.
        retriever.ask("دریای خزر", limit=1)
        return retriever

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index; no question may be asked afterwards."""
        del self._index

    def ask(self, question: str, *, limit: int | None = None) -> Answer:
        """Answer a question.

        Args:
            question: in Persian or English.
            limit: passages in the answer at most; None means `[retrieval] limit`.

        Returns:
            The answer; for a text without any word one that is not found and has no passages.

        Raises:
            QuestionError: the question is too long.
            ValueError: the limit is not positive.
        """
        limit = self._settings.limit if limit is None else limit
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        understood = understand(question, self._settings.max_question_characters)
        if understood is None:
            return Answer(question, "fa", found=False, probability=0.0, passages=())
        vector = self._encode([understood.text], "query")[0]
        weights = self._term_weights(understood.groups)
        ranking = rank(
            self._index,
            understood,
            vector,
            candidates=self._settings.candidates,
            title_weight=self._settings.title_weight,
            weights=self._settings.fusion.of(understood.language),
        )
        # Near-duplicates are dropped, so that more are read than shown.
        candidates = self._index.passages(ranking.rows[: 4 * limit].tolist())
        evidence = gather_evidence(ranking, candidates[0], weights)
        model = self._settings.confidence.of(understood.language)
        probability = model.probability(evidence)
        shown = distinct(candidates, limit)
        highlights = answering_sentences(
            [passage.text for _, passage in shown],
            vector,
            weights,
            lambda sentences: self._encode(sentences, "passage"),
        )
        return Answer(
            question=question,
            language=understood.language,
            found=probability >= self._settings.found_threshold,
            probability=probability,
            passages=tuple(
                self._retrieved(passage, float(ranking.scores[position]), highlight)
                for (position, passage), highlight in zip(shown, highlights, strict=True)
            ),
        )

    def article(self, article_id: str) -> Article | None:
        """Return an article of the index by its id, or None."""
        return self._index.article(article_id)

    def _encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        with self._encoding:
            return self._encoder.encode(texts, kind)

    def _term_weights(self, groups: Sequence[TermGroup]) -> list[tuple[TermGroup, float]]:
        """Pair each word with how much it tells: its inverse document frequency."""
        total = self._index.facts.passages

        def weight(group: TermGroup) -> float:
            # The commonest reading counts: a rare alternative does not make a word telling.
            most = max(
                min(self._index.document_frequency(term) for term in option.terms)
                for option in group.alternatives
            )
            return math.log(1 + (total - most + 0.5) / (most + 0.5))

        return [(group, weight(group)) for group in groups]

    def _retrieved(
        self, passage: Passage, score: float, highlight: tuple[int, int]
    ) -> RetrievedPassage:
        article = self._index.article(passage.article_id)
        if article is None:
            raise LookupError(f"passage of an unknown article {passage.article_id!r}")
        return RetrievedPassage(
            article_id=passage.article_id,
            paragraphs=passage.paragraphs,
            text=passage.text,
            score=score,
            citation=Citation(
                title=article.title,
                agency=article.agency,
                date=article.date,
                code=article.code,
                url=article.link,
            ),
            highlight=highlight,
        )
