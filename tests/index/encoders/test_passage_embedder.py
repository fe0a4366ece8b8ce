"""Which passages are sent to be encoded, and when their vectors are stored."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from index.encoders import passage_embedder
from index.encoders.batch_encoder import EncodedBatch
from index.encoders.embedding_cache import EmbeddingCache
from index.encoders.passage_embedder import PassageEmbedder
from index.text.passages import Passage


class OtherMachine:
    """A batch encoder that has each batch finished when it is told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.finished: list[EncodedBatch] = []
        self._begun: list[EncodedBatch] = []

    def submit(self, keys: Sequence[bytes], texts: Sequence[str]) -> Iterable[EncodedBatch]:
        self.taken += texts
        self._begun.append(EncodedBatch(keys, np.full((len(keys), 4), 0.5, dtype=np.float32)))
        return self.poll()

    def poll(self) -> Iterator[EncodedBatch]:
        while self.finished:
            yield self.finished.pop()

    def drain(self) -> Iterator[EncodedBatch]:
        self.finish()
        return self.poll()

    def finish(self) -> None:
        self.finished += self._begun
        self._begun = []


def passages(*texts: str) -> list[Passage]:
    return [Passage("a", "عنوان", (number,), text) for number, text in enumerate(texts)]


def test_what_is_on_its_way_is_not_sent_again_and_is_stored_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage_embedder, "_WINDOW", 2)
    machine = OtherMachine()
    told: list[int] = []
    with EmbeddingCache(tmp_path / "cache") as cache:
        embedder = PassageEmbedder("model", machine, cache, told.append)
        embedder.add(passages("یک", "دو"))
        embedder.add(passages("دو", "سه", "چهار"))
        taken = sorted(text.split("\n")[-1] for text in machine.taken)
        assert taken == sorted(["یک", "دو", "سه", "چهار"])
        assert told == []
        machine.finish()
        embedder.add(passages("یک"))
        assert told[-1] == 4
        embedder.flush()
        assert len(machine.taken) == 4
        assert embedder.encoded == embedder.needed == 4
        assert sum(map(len, embedder.blocks())) == 6
