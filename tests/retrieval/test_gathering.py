"""What several threads want encoded goes through the model together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retrieval.gathering import GatheringEncoder


class SlowEncoder:
    """Gives each text its length as its vector, when it is let; remembers what came together."""

    def __init__(self) -> None:
        self.batches: list[tuple[list[str], str]] = []
        self.begun = threading.Semaphore(0)
        self.let = threading.Event()

    def encode(self, texts, kind):
        self.batches.append((sorted(texts), kind))
        self.begun.release()
        self.let.wait()
        if "bad" in texts:
            raise ValueError("a bad text")
        return np.array([[len(text)] for text in texts], dtype=np.float32)


def wait_for(gathering: GatheringEncoder, requests: int) -> None:
    while len(gathering._waiting) < requests:
        threading.Event().wait(0.001)


def test_what_comes_while_the_model_is_busy_is_its_next_batch() -> None:
    encoder = SlowEncoder()
    gathering = GatheringEncoder(encoder)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(gathering.encode, ["a"], "query")
        encoder.begun.acquire()
        later = [pool.submit(gathering.encode, texts, "query") for texts in (["bb"], ["ccc", "d"])]
        other = pool.submit(gathering.encode, ["ee"], "passage")
        wait_for(gathering, 3)
        encoder.let.set()
        assert first.result().tolist() == [[1]]
        assert [one.result().tolist() for one in later] == [[[2]], [[3], [1]]]
        assert other.result().tolist() == [[2]]
    assert encoder.batches[0] == (["a"], "query")
    assert sorted(encoder.batches[1:]) == [(["bb", "ccc", "d"], "query"), (["ee"], "passage")]


def test_one_bad_text_fails_nobody_else() -> None:
    encoder = SlowEncoder()
    gathering = GatheringEncoder(encoder)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(gathering.encode, ["a"], "query")
        encoder.begun.acquire()
        bad = pool.submit(gathering.encode, ["bad"], "query")
        good = pool.submit(gathering.encode, ["good"], "query")
        wait_for(gathering, 2)
        encoder.let.set()
        assert first.result().tolist() == [[1]]
        with pytest.raises(ValueError, match="a bad text"):
            bad.result()
        assert good.result().tolist() == [[4]]


def test_no_texts_have_no_vectors() -> None:
    encoder = SlowEncoder()
    encoder.let.set()
    assert GatheringEncoder(encoder).encode([], "query").shape[0] == 0
