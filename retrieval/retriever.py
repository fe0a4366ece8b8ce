"""The retriever: opens an index and answers questions over it."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.articles import Article
from index.contract import SearchIndex, TermGroup
from index.encoders import Encoder, TextKind, load_encoder
from index.errors import EncoderError
from index.passages import Passage
from index.persian import words
from index.settings import IndexSettings
from index.snapshot import Snapshot
from retrieval.answers import Answer, Citation, RetrievedPassage
from retrieval.bridge import Bridge
from retrieval.confidence import Evidence, gather_evidence
from retrieval.duplicates import distinct
from retrieval.highlight import answering_sentences
from retrieval.questions import Question, understand
from retrieval.ranking import Ranking, rank
from retrieval.settings import RetrievalSettings


@dataclass(frozen=True, slots=True)
class Examined:
    """A question with everything that its answer rests on.

    Attributes:
        question: as it was understood.
        vector: (dimension,) its vector.
        weights: its words with how much each tells.
        ranking: the candidates, best first.
        evidence: what speaks for the first of them.
    """

    question: Question
    vector: NDArray[np.float32]
    weights: Sequence[tuple[TermGroup, float]]
    ranking: Ranking
    evidence: Evidence


class Retriever:
    """Answers questions over one opened index; may be used from several threads at once.

    Attributes:
        settings: how questions are answered.
    """

    def __init__(self, index: SearchIndex, encoder: Encoder, settings: RetrievalSettings) -> None:
        """Answer from `index`, whose vectors `encoder` made."""
        self._index = index
        self._bridge = Bridge(index.vocabulary(), index.facts.passages)
        self._encoder = encoder
        self.settings = settings
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
        retriever.warm_up()
        return retriever

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index; no question may be asked afterwards."""
        self.__dict__.pop("_index", None)

    def warm_up(self) -> None:
        """Load what the first question would load."""
        words("دریای خزر")
        self._encode(["دریای خزر"], "query")

    def ask(self, question: str, *, limit: int | None = None) -> Answer:
        """Answer a question.

        Args:
            question: in Persian, in English, or in Persian with Latin letters.
            limit: passages in the answer at most; None means `[retrieval] limit`.

        Returns:
            The answer; for a text without any word one that is not found and has no passages.

        Raises:
            QuestionError: the question is too long.
            ValueError: the limit is not positive.
        """
        limit = self.settings.limit if limit is None else limit
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        examined = self.examine(question)
        if examined is None:
            return Answer(question, "fa", found=False, probability=0.0, passages=())
        language, ranking = examined.question.language, examined.ranking
        probability = self.settings.confidence.of(language).probability(examined.evidence)
        shown = distinct(ranking.passages, limit)
        highlights = answering_sentences(
            [passage.text for _, passage in shown],
            examined.vector,
            examined.weights,
            lambda sentences: self._encode(sentences, "passage"),
        )
        return Answer(
            question=question,
            language=language,
            found=probability >= self.settings.found_threshold,
            probability=probability,
            passages=tuple(
                self._retrieved(passage, float(ranking.scores[position]), highlight)
                for (position, passage), highlight in zip(shown, highlights, strict=True)
            ),
        )

    def examine(self, question: str) -> Examined | None:
        """Find and judge the candidates for a question; what `ask` bases its answer on.

        Returns:
            What was found, or None for a text without any word.

        Raises:
            QuestionError: the question is too long.
        """
        understood = understand(question, self.settings.max_question_characters, self._bridge)
        if understood is None:
            return None
        vector = self._encode([understood.encoded], "query")[0]
        weights = self.settings.fusion.of(understood.language)
        ranking = rank(self._index, understood, vector, weights, self.settings.ranking)
        telling = self._term_weights(understood.groups)
        return Examined(understood, vector, telling, ranking, gather_evidence(ranking, telling))

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
