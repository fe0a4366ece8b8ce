"""How much of a text is read as a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Retriever
from retrieval.presentation.messages import messages_for
from retrieval.presentation.notes import answer_notes
from retrieval.presentation.serialization import answer_record
from retrieval.query.question_text import MAX_CHARACTERS, beginning

LONG = "صادرات گندم " * 40


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("چند دانشجو در آستراخان درس می‌خوانند؟", "چند دانشجو در آستراخان درس می‌خوانند؟"),
        ("بله " * 70, "بله " * 63 + "بله"),
        ("wheat exports " * 30, "wheat exports " * 21 + "wheat"),
        ("الف" * 200, "الف" * 100),
        # Parts of compounds and digits next to letters count, too.
        ("آب\u200cو\u200cخاک " * 30, ("آب\u200cو\u200cخاک " * 21).rstrip()),
        ("a1" * 20 + " " + "b2" * 20, "a1" * 20),
        ("… " * 200 + "گندم", "گندم"),
        ("گندم" + "؟" * 500, "گندم" + "؟" * 296),
        ("", ""),
    ],
)
def test_a_question_is_read_as_far_as_questions_go(text: str, read: str) -> None:
    assert beginning(text) == read


@given(st.text(alphabet=st.sampled_from("اب \u200c1a.؟«»é字"), max_size=900))
def test_reading_ends_and_keeps_words(text: str) -> None:
    read = beginning(text)
    assert len(read) <= MAX_CHARACTERS
    assert read in text
    assert beginning(read) == read
    assert any(map(str.isalnum, read)) == any(map(str.isalnum, text))


def test_what_was_not_read_is_told(retriever: Retriever) -> None:
    answer = retriever.ask(LONG)
    assert answer.beginning == ("صادرات گندم " * 25).strip()
    assert answer.question == LONG
    notes = list(answer_notes(answer, messages_for("fa")))
    assert notes[0] == (
        "این متن برای یک پرسش طولانی است؛ فقط از اول آن تا "
        "«\u2068گندم صادرات گندم\u2069» جست‌وجو شد."
    )
    assert answer_record(answer)["beginning"] == answer.beginning


def test_a_question_is_read_whole(retriever: Retriever) -> None:
    answer = retriever.ask("صادرات گندم به کجا رفت؟")
    assert answer.beginning is None
    assert answer_record(answer)["beginning"] is None
