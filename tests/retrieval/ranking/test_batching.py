"""Work of several threads goes through a model together."""

import gc
import threading

import numpy as np
import pytest

from retrieval.ranking.batching import Batcher


class SlowEncoder:
    """Gives each text its length as its vector, when it is let; remembers what came together."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.let = threading.Event()

    def encode(self, texts):
        self.batches.append(sorted(texts))
        self.begun.release()
        self.let.wait()
        if "bad" in texts:
            raise ValueError("a bad text")
        return np.array([[len(text)] for text in texts], dtype=np.float32)


def test_what_comes_while_the_model_is_busy_is_its_next_batch() -> None:
    encoder = SlowEncoder()
    gathering = Batcher(encoder.encode, "encoder")
    first = gathering.submit("a")
    encoder.begun.acquire()
    later = [gathering.submit(text) for text in ("bb", "ccc", "d")]
    encoder.let.set()
    assert first.result().tolist() == [1]
    assert [one.result().tolist() for one in later] == [[2], [3], [1]]
    assert encoder.batches == [["a"], ["bb", "ccc", "d"]]


def test_of_many_some_are_encoded_before_the_others() -> None:
    encoder = SlowEncoder()
    gathering = Batcher(encoder.encode, "encoder")
    first = gathering.submit("a")
    encoder.begun.acquire()
    later = [gathering.submit("b" * number) for number in range(1, 51)]
    encoder.let.set()
    assert first.result().tolist() == [1]
    assert [one.result().tolist() for one in later] == [[number] for number in range(1, 51)]
    assert [len(texts) for texts in encoder.batches] == [1, 16, 16, 16, 2]


def test_one_bad_text_fails_nobody_else() -> None:
    encoder = SlowEncoder()
    gathering = Batcher(encoder.encode, "encoder")
    first = gathering.submit("a")
    encoder.begun.acquire()
    bad, good = gathering.submit("bad"), gathering.submit("good")
    encoder.let.set()
    assert first.result().tolist() == [1]
    with pytest.raises(ValueError, match="a bad text"):
        bad.result()
    assert good.result().tolist() == [4]
    assert gathering.submit("later").result().tolist() == [5]


def test_the_thread_ends_with_the_last_reference() -> None:
    encoder = SlowEncoder()
    encoder.let.set()
    before = set(threading.enumerate())
    gathering = Batcher(encoder.encode, "encoder")
    assert gathering.submit("a").result().tolist() == [1]
    [thread] = set(threading.enumerate()) - before
    del gathering
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
