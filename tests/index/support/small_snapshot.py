"""Small snapshots: of two articles, and of some texts."""

import datetime as dt
from pathlib import Path

import numpy as np

from index.article import Article
from index.search_index import SynonymGroup, WeightedTerms
from index.snapshots.analyses import Analysis, AnalyzedArticle
from index.snapshots.writer import Provenance, SnapshotWriter
from index.text.minhash import sketch
from index.text.passages import Passage
from index.text.persian import index_terms

ARTICLES = [
    Article(
        "ilna-1",
        "همکاریهای علمی در دریای خزر",
        ("بیش از ۵ هزار دانشجو در آستراخان درس میخوانند.", "کشتیرانی میان بنادر رونق دارد."),
        abstract="استاندار از تبادل دانشجو خبر داد.",
        agency="ایلنا",
        date=dt.date(2025, 11, 18),
        code="17",
    ),
    Article("fars-2", "Caspian football", ("The derby ended in a draw.", "بازی مساوی شد.")),
]
SETTINGS = {"min_passage_tokens": 0}


def write(directory: Path, *texts: str, dimension: int = 2, rows: int = 0) -> Path:
    """Write a snapshot with one article, a passage for each text, and as many vectors."""
    passages = [Passage("a", "عنوان", (number,), text) for number, text in enumerate(texts)]
    terms = tuple(" ".join(index_terms(text)) for text in texts)
    analysis = Analysis(b"0123456789abcdef", "عنوان", terms, sketch([]))
    with SnapshotWriter(directory) as writer:
        writer.add(AnalyzedArticle(Article("a", "عنوان", texts), tuple(passages), analysis))
        vectors = np.eye(rows or len(texts), dimension, dtype=np.float32)
        return writer.finish(
            [vectors], Provenance("words", "words-1", "rules", "digest", ("here",))
        )


def word(text: str) -> SynonymGroup:
    return SynonymGroup((WeightedTerms(tuple(index_terms(text))),))
