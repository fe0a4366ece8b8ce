"""An archive that tests build, change and look into."""

import json
from pathlib import Path

from index.article import Article
from index.encoders.model_resolver import ResolvedModel
from index.indexing import builder
from index.indexing.builder import BuildReport
from index.operations.inspection import verify_snapshot
from index.progress import COMPRESSING
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import current_folder


class Archive:
    """An index directory with a fake model; counts how often that is loaded."""

    def __init__(self, folder: Path, encoder) -> None:
        self.folder = folder
        self.encoder = encoder
        self.settings = IndexSettings(directory=folder / "index", encoder="words")
        self.loaded = 0

    def load(self, _: IndexSettings):
        self.loaded += 1
        return self.encoder

    def find(self, _: IndexSettings) -> ResolvedModel:
        return ResolvedModel("words", self.folder, self.encoder.fingerprint)

    def source(self, *articles: Article) -> str:
        path = self.folder / "source.jsonl"
        lines = (json.dumps(to_record(one), ensure_ascii=False) for one in articles)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return str(path)

    def build(self, *articles: Article) -> BuildReport:
        return builder.build(self.settings, [self.source(*articles)], load=self.load)

    def update(self, *articles: Article) -> BuildReport:
        source = self.source(*articles)
        self.encoder.encoded.clear()
        self.loaded = 0
        return builder.update(self.settings, [source], load=self.load, find=self.find)

    def remove(self, *ids: str, undo: bool = False) -> BuildReport:
        self.loaded = 0
        return builder.remove(self.settings, ids, load=self.load, find=self.find, undo=undo)

    @property
    def directory(self) -> Path:
        return self.settings.directory

    def open(self) -> Snapshot:
        return Snapshot.open_current(self.directory)

    def open_folder(self) -> Path:
        folder = current_folder(self.directory)
        assert folder is not None
        return folder

    def compressed(self, *articles: Article) -> list[tuple[int, int | None]]:
        """Update with some articles; return what was told of compressing."""
        told: list[tuple[int, int | None]] = []

        def tell(stage: str, done: int, total: int | None) -> None:
            if stage == COMPRESSING:
                told.append((done, total))

        builder.update(
            self.settings, [self.source(*articles)], tell, load=self.load, find=self.find
        )
        return told

    def ids(self) -> list[str]:
        return [one.id for one in self.open().articles()]

    def assert_whole(self) -> None:
        assert verify_snapshot(self.open_folder()).findings == ()
