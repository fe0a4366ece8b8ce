"""What in a question's wording points back to the turn before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.evaluation.calibration import read_turns
from retrieval.query.followups import ContextFeatures, Cues, FollowupEvidence, find_cues
from retrieval.query.query import parse_query
from retrieval.settings import RetrievalSettings
from tests.support.paths import ROOT

TURNS = ROOT / "tests/data" / "turns.jsonl"
BRIDGE = QueryTranslator([("دریا", 3), ("خزر", 2)], 10)


def cues(text: str) -> Cues:
    question = parse_query(text, 2000, lambda: BRIDGE)
    assert question is not None
    return find_cues(question)


@pytest.mark.parametrize(
    "text",
    [
        "و چند نفر بودند؟",
        "پس بعدش چه شد؟",
        "And when was that?",
        "so who won?",
        "va chand nafar boodand?",
    ],
)
def test_what_begins_with_and_joins(text: str) -> None:
    assert cues(text).joins == 1


@pytest.mark.parametrize("text", ["بعد از بازی چه شد؟", "Andorra results", "ویتنام کجاست؟"])
def test_other_beginnings_do_not_join(text: str) -> None:
    assert cues(text).joins == 0


@pytest.mark.parametrize(
    "text",
    [
        "او چه گفت؟",
        "کارگردانش کیست؟",
        "سرمربی‌اش چه کسی بود؟",
        "آن‌ها کجا رفتند؟",
        "چرا این تصمیم را گرفتند؟",
        "What did he say?",
        "Who is their coach?",
        "How does that compare?",
        "Who went there?",
    ],
)
def test_pronouns_without_a_noun_refer(text: str) -> None:
    assert cues(text).refers == 1


@pytest.mark.parametrize(
    "text",
    [
        "این هفته چه فیلم‌هایی اکران می‌شود؟",
        "آن بازیکن پرسپولیس که از چین آمد کی بود؟",
        "ارتش چند ورزشکار دارد؟",
        "What happened in Tehran this week?",
        "Are there wolves in Gilan?",
        "Which minister said that prices would fall?",
    ],
)
def test_demonstratives_with_their_own_noun_refer_to_nothing(text: str) -> None:
    assert cues(text).refers == 0


@pytest.mark.parametrize(
    "text",
    [
        "چرا علی کریمی گفت که او دیگر بازی نمی‌کند؟",
        "Why did Messi say he would leave Barcelona?",
    ],
)
def test_a_pronoun_that_the_question_explains_counts_for_less(text: str) -> None:
    assert 0 < cues(text).refers < 1


def test_more_cues() -> None:
    assert cues("زنان چطور؟").relates == cues("What about women?").relates == 1
    assert cues("چرا؟").brief > cues("چرا دریای خزر هر سال پایین‌تر می‌رود؟").brief
    assert cues("when was Gilan founded").named == cues("سال ۱۳۹۲ چه شد؟").named == 1
    assert cues("علی دایی").phrase == cues("Tehran weather").phrase == 1
    assert cues("چه شد").phrase == cues("is it cold").phrase == 0


@given(st.text(min_size=1, max_size=80))
def test_any_text_has_cues_between_0_and_1(text: str) -> None:
    question = parse_query(text, 2000, lambda: BRIDGE)
    if question is not None:
        found = find_cues(question)
        standing = ContextFeatures(home=-0.1, foreign=0.5, shared=0.5, alone=0.5)
        values = FollowupEvidence(found, standing).values().values()
        assert all(-1 <= value <= 1 for value in values)


def test_most_turns_are_told_apart() -> None:
    """By their wording, and by a middling standing of either kind: the archive has none of them."""
    model = RetrievalSettings().followup
    standings = {
        True: ContextFeatures(home=-0.02, foreign=3.5, shared=0.5, alone=0.2),
        False: ContextFeatures(home=-0.12, foreign=6.5, shared=0.1, alone=0.6),
    }
    right = {True: 0, False: 0}
    total = {True: 0, False: 0}
    for turn in read_turns(TURNS):
        evidence = FollowupEvidence(cues(turn.text), standings[turn.follows])
        total[turn.follows] += 1
        right[turn.follows] += (model.probability(evidence) >= 0.5) is turn.follows
    assert right[True] / total[True] >= 0.9
    assert right[False] / total[False] >= 0.9
