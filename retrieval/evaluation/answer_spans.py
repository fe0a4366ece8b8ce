"""Answers against the right ones: exact match and token F1, and whether marked words are right.

The measures are SQuAD's (Rajpurkar et al., EMNLP 2016), over Persian words as the index reads
them: one spelling of letters, digits, half-spaces and hamza, without punctuation.
"""

from collections import Counter
from dataclasses import dataclass

from index.text.persian import words
from retrieval.answers import Answer
from retrieval.ranking.spans import RIGHT_F1


@dataclass(frozen=True, slots=True)
class SpanJudgement:
    """The likeliest answer in the first passage, compared with the right one.

    Attributes:
        exact: whether it has the same words.
        f1: harmonic mean of the precision and the recall of its words; 0 where nothing is right.
        marked: whether it is shown as the answer.
    """

    exact: bool
    f1: float
    marked: bool

    @property
    def right(self) -> bool:
        """Whether it counts as right."""
        return self.f1 >= RIGHT_F1


def judge_span(answer: Answer, right: str) -> SpanJudgement | None:
    """Return how near the likeliest answer is to the right one; "" where there is none.

    None: the first passage was not read for it.
    """
    first = answer.passages[0] if answer.passages else None
    span = first.likely_span if first else None
    if first is None or span is None:
        return None
    found = first.text[span.start : span.end]
    return SpanJudgement(
        exact=bool(right) and spelled_words(found) == spelled_words(right),
        f1=token_f1(found, right),
        marked=first.answer_span is not None,
    )


def spelled_words(text: str) -> list[str]:
    """Return the words of a text in one spelling."""
    return [word.text for word in words(text)]


def token_f1(found: str, right: str) -> float:
    """Return the F1 of the words of an answer against those of the right one."""
    own, wanted = spelled_words(found), spelled_words(right)
    shared = (Counter(own) & Counter(wanted)).total()
    return 2 * shared / (len(own) + len(wanted)) if shared else 0.0
