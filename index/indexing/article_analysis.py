"""Analysis of articles: passages, index terms and MinHash signatures, reused where unchanged."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Self

from index import text
from index.checksums import code_fingerprint
from index.encoders.encoder import PassageEncoder
from index.indexing.stored_articles import StoredArticle
from index.settings import IndexSettings
from index.snapshots.analyses import Analysis, AnalysisStore, AnalyzedArticle
from index.snapshots.manifest import read_manifest
from index.snapshots.snapshot import PREPARED, Snapshot
from index.text.minhash import sketch
from index.text.passages import split_article
from index.text.persian import analyser_fingerprint, index_terms, sentence_terms

# The code and tables that decide an analysis: if one of these files changes, all articles are
# analysed again.
_RULES = tuple(
    path
    for path in sorted(Path(str(text.__file__)).parent.rglob("*"))
    if path.suffix in (".py", ".tsv")
)


def analysis_fingerprint(settings: IndexSettings, fingerprint: str) -> str:
    """Return a fingerprint of what decides an analysis: code, settings, token counter."""
    return code_fingerprint(
        _RULES,
        fingerprint,
        str(settings.min_passage_tokens),
        str(settings.max_passage_tokens),
        analyser_fingerprint(),
    )


class PreviousSnapshot:
    """A snapshot whose analyses of unchanged articles are reused.

    Attributes:
        folder: the snapshot's folder.
    """

    def __init__(self, folder: Path, snapshot: Snapshot, analyses: AnalysisStore) -> None:
        self.folder = folder
        self._snapshot = snapshot
        self._analyses = analyses

    @classmethod
    def open(cls, folder: Path, rules: str) -> Self | None:
        """Open a snapshot and verify it; None if it has another analysis fingerprint.

        Raises:
            IndexCorruptError: it is damaged.
        """
        if read_manifest(folder).rules != rules:
            return None
        return cls(folder, Snapshot.open(folder), AnalysisStore(folder / PREPARED))

    def row(self, article_id: str, checksum: bytes) -> int | None:
        """Return the row of an article, or None if it is missing or has changed."""
        row = self._snapshot.article_row(article_id)
        return row if row is not None and self._analyses.checksum(row) == checksum else None

    def reuse(self, archived: StoredArticle) -> AnalyzedArticle | None:
        """Return the analysis of an article, or None if it is missing or has changed."""
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
    """Analyse articles, in their order.

    Args:
        articles: the articles.
        settings: the limits of passages.
        encoder: returns the token counter; called only if an article is new.
        previous: the snapshot to reuse.
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
