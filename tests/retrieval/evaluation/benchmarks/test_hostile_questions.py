"""Hostile questions: what each costs is counted, since times depend on the machine."""

from collections import Counter
from typing import Any

import pytest
import rapidfuzz.process

from retrieval import Retriever
from retrieval.crosslingual import nearest_words
from retrieval.crosslingual.phonetic_index import PhoneticIndex, SoundMatch
from retrieval.errors import QuestionError
from retrieval.evaluation.benchmarks.hostile_questions import KINDS, hostile_questions
from retrieval.query import spelling_correction
from retrieval.query.question_text import MAX_CHARACTERS

LIMIT = 2000
# A word is compared with those of five lengths, also without its ending; eight are corrected.
MOST_COMPARISONS = 8 * 2 * 5
MOST_DISTANCES = 1000
# The last word of a question may take more than is left: 8,000 in each of two spellings.
MOST_MOVES = 10_000 + 2 * 9_000


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often what grows with a question was done, by its name."""
    counts: Counter[str] = Counter()

    def count(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def counting(*args: object, **kwargs: object) -> object:
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    count(rapidfuzz.process, "extract")
    count(nearest_words, "typing_cost")
    count(spelling_correction, "typing_cost")
    search = PhoneticIndex.search

    def counting_moves(index: PhoneticIndex, *args: Any) -> list[SoundMatch]:
        budget = args[-1]
        before = budget.left
        matches = search(index, *args)
        counts["moves"] += before - budget.left
        return matches

    monkeypatch.setattr(PhoneticIndex, "search", counting_moves)
    return counts


def test_no_kind_of_question_costs_more_than_a_long_one(
    retriever: Retriever, word_encoder, counted: Counter[str]
) -> None:
    refused = set()
    # The last of four sizes is the longest.
    questions = list(hostile_questions(4 * len(KINDS), LIMIT))[-len(KINDS) :]
    for question in questions:
        counted.clear()
        word_encoder.encoded.clear()
        try:
            retriever.ask(question.text)
        except QuestionError:
            refused.add(question.kind)
        assert counted["extract"] <= MOST_COMPARISONS, question.kind
        assert counted["typing_cost"] <= MOST_DISTANCES, question.kind
        assert counted["moves"] <= MOST_MOVES, question.kind
        assert all(len(text) <= 2 * MAX_CHARACTERS for text in word_encoder.encoded), question.kind
    # Written out, these are longer than a question may be.
    assert {"ligatures", "ligatures apart"} <= refused
    assert len(refused) < len(KINDS) / 5


def test_the_same_seed_gives_the_same_questions() -> None:
    first, again, other = (list(hostile_questions(120, LIMIT, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert {one.kind for one in first} == set(KINDS)
    assert max(len(one.text) for one in first) <= LIMIT
