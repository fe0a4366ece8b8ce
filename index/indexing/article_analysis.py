"""Articles made ready for an index: cut, analysed and sketched, or taken over as they were."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Self

from index.encoders.encoder import PassageEncoder
from index.indexing.article_store import StoredArticle
from index.settings import IndexSettings
from index.snapshots.analyses import Analysis, AnalysisStore, AnalyzedArticle
from index.snapshots.manifest import read_manifest
from index.snapshots.snapshot import PREPARED, Snapshot
from index.text import hazm_lexicon, hazm_loader, minhash, passages, persian
from index.text.minhash import sketch
from index.text.passages import split_article
from index.text.persian import analyser_fingerprint, index_terms, sentence_terms

# Whatever decides how an article is prepared: with any change in one of these files all are
# prepared anew.
_DECIDING = (hazm_loader, hazm_lexicon, passages, persian, minhash)
_RULES = tuple(Path(str(module.__file__)) for module in _DECIDING)


def analysis_fingerprint(settings: IndexSettings, fingerprint: str) -> str:
    """Name all that decides how an article is prepared: code, settings, and who counts tokens."""
    known = (
        fingerprint,
        str(settings.min_passage_tokens),
        str(settings.max_passage_tokens),
        analyser_fingerprint(),
    )
    digest = hashlib.blake2b("\0".join(known).encode(), digest_size=8)
    for path in _RULES:
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


class PreviousSnapshot:
    """A snapshot whose articles are taken over, where they are the same.

    Attributes:
        folder: the snapshot's.
    """

    def __init__(self, folder: Path, snapshot: Snapshot, analyses: AnalysisStore) -> None:
        self.folder = folder
        self._snapshot = snapshot
        self._analyses = analyses

    @classmethod
    def open(cls, folder: Path, rules: str) -> Self | None:
        """Open a snapshot, every checksum verified; None when it was made by other rules.

        Raises:
            IndexCorruptError: it is damaged.
        """
        if read_manifest(folder).rules != rules:
            return None
        return cls(folder, Snapshot.open(folder), AnalysisStore(folder / PREPARED))

    def row(self, article_id: str, checksum: bytes) -> int | None:
        """Return the row of an article if it is here as it is now, else None."""
        row = self._snapshot.article_row(article_id)
        return row if row is not None and self._analyses.checksum(row) == checksum else None

    def reuse(self, archived: StoredArticle) -> AnalyzedArticle | None:
        """Return an article as it was prepared, or None when it is not here as it is now."""
        article = archived.article
        row = self.row(article.id, archived.checksum)
        if row is None:
            return None
        rows = self._snapshot.article_rows(article.id)
        cut = tuple(self._snapshot.passages(rows.tolist()))
        return AnalyzedArticle(article, cut, self._analyses[row])


def analyze(
    articles: Iterable[StoredArticle],
    settings: IndexSettings,
    encoder: Callable[[], PassageEncoder],
    previous: PreviousSnapshot | None,
) -> Iterator[AnalyzedArticle]:
    """Prepare articles, in their order.

    Args:
        articles: the articles.
        settings: how they are cut.
        encoder: gives who counts tokens; not called unless an article is new.
        previous: what is taken over.
    """
    for archived in articles:
        taken = previous.reuse(archived) if previous is not None else None
        yield taken or _prepare(archived, settings, encoder())


def _prepare(
    archived: StoredArticle, settings: IndexSettings, encoder: PassageEncoder
) -> AnalyzedArticle:
    article = archived.article
    most = min(settings.max_passage_tokens, encoder.max_tokens)
    cut = split_article(article, encoder.count_tokens, settings.min_passage_tokens, most)
    title_terms = index_terms(article.title)
    terms = [sentence_terms(passage.text) for passage in cut]
    analysis = Analysis(
        archived.checksum,
        " ".join(title_terms),
        tuple("\n".join(map(" ".join, sentences)) for sentences in terms),
        sketch([*title_terms, *chain.from_iterable(chain.from_iterable(terms))]),
    )
    return AnalyzedArticle(article, tuple(cut), analysis)
