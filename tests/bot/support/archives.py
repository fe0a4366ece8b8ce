"""A small real index, and retrievers that follow it."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

from index.article import Article
from index.encoders.model_resolver import ResolvedModel
from index.indexing.builder import build
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from retrieval import Retriever
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
from tests.support.word_encoder import WordEncoder

ILNA, ISNA = "خبرگزاری کار ایران", "ایسنا"
CASPIAN = Article(
    "ilna-1715776",
    "همکاری علمی در دریای خزر تقویت می‌شود",
    (
        "استاندار آستراخان در نشست خبری از همکاری با ایران سخن گفت.",
        "بیش از ۳۰۰ دانشجوی ایرانی در دانشگاه‌های آستراخان درس می‌خوانند و این روند ادامه دارد.",
        "بابوشکین گفت ظرفیت کشتیرانی در بنادر ترکمنستان و ایران افزایش می‌یابد.",
        "صادرات گندم از بندر آستراخان به ایران به ۶۰ میلیون تن رسید.",
    ),
    agency=ILNA,
    date=date(2025, 11, 18),
    code="1715776",
    link="https://www.ilna.ir/news/1715776",
)
FOOTBALL = Article(
    "isna-84",
    "تیم ملی فوتبال به اردوی تهران رفت",
    (
        "سرمربی تیم ملی فوتبال فهرست بازیکنان اردوی تهران را اعلام کرد.",
        "کاپیتان تیم پس از تمرین گفت که بازیکنان برای مسابقهٔ بعدی آماده‌اند.",
    ),
    agency=ISNA,
    date=date(2025, 12, 6),
    code="84",
)
MUSEUM = Article(
    "isna-85",
    "موزهٔ فرش شیراز بازگشایی شد",
    tuple(
        f"بند {number} گزارش موزهٔ فرش شیراز دربارهٔ قالی‌های کهن و بافندگان آن است. " * 6
        for number in range(1, 13)
    ),
    agency=ISNA,
    date=date(2024, 3, 1),
)
ARTICLES = (CASPIAN, FOOTBALL, MUSEUM)
QUESTION = "چند دانشجوی ایرانی در دانشگاه‌های آستراخان درس می‌خوانند؟"


class RealArchive:
    """An index on disk with the tests' word encoder; `open` returns a retriever that follows it."""

    def __init__(self, settings: IndexSettings, encoder: WordEncoder) -> None:
        self.settings = settings
        self.encoder = encoder

    def load(self, _: IndexSettings) -> WordEncoder:
        """Return the encoder."""
        return self.encoder

    def find(self, _: IndexSettings) -> ResolvedModel:
        """Find the encoder without loading it."""
        return ResolvedModel(self.encoder.name, self.directory, self.encoder.fingerprint)

    def at(self, directory: Path) -> "RealArchive":
        """Return an archive over a copy of the index."""
        settings = self.settings.model_copy(update={"directory": directory})
        return RealArchive(settings, self.encoder)

    @property
    def directory(self) -> Path:
        return self.settings.directory

    def open(self) -> LiveRetriever:
        # Thresholds were not learned for the word encoder: every question counts as answered.
        values = RetrievalSettings(found_threshold=0.0)
        self.opened = LiveRetriever(self.settings, values, load=self.load, seconds=0.05)
        return self.opened

    def has_followed(self) -> bool:
        """Return whether the retriever has opened the published snapshot."""
        current = (self.directory / "CURRENT").read_text(encoding="utf-8").strip()
        return self.opened.snapshot == current


class SharedArchive(RealArchive):
    """An archive whose retriever is opened once and shared by the bots of many tests."""

    def __init__(self, settings: IndexSettings, encoder: WordEncoder) -> None:
        super().__init__(settings, encoder)
        self._live = super().open()

    def open(self) -> "SharedArchive":
        return self

    @property
    def snapshot(self) -> str:
        return self._live.snapshot

    @property
    def behind_seconds(self) -> float:
        return self._live.behind_seconds

    def lease(self) -> AbstractContextManager[Retriever]:
        return self._live.lease()

    def refresh(self) -> bool:
        return self._live.refresh()

    def close(self) -> None:
        """Stay open for the next test; `end` closes the retriever."""

    def end(self) -> None:
        self._live.close()


def build_archive(directory: Path, articles: Sequence[Article] = ARTICLES) -> SharedArchive:
    """Build an index of some articles in a folder."""
    encoder = WordEncoder()
    lines = (json.dumps(to_record(article), ensure_ascii=False) for article in articles)
    file = directory / "articles.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    settings = IndexSettings(
        directory=directory / "index", encoder=encoder.name, min_passage_tokens=4
    )
    build(settings, [str(file)], load=lambda _: encoder)
    return SharedArchive(settings, encoder)
