"""Cues in a question's wording that point back to the turn before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.evaluation.calibration import read_turns
from retrieval.learned import LearnedParameters
from retrieval.query.followups import ContextFeatures, Cues, FollowupFeatures, find_cues
from retrieval.query.query import parse_query
from tests.support.paths import ROOT

TURNS = ROOT / "tests/data" / "turns.jsonl"
TRANSLATOR = QueryTranslator([("دریا", 3), ("خزر", 2)], 10)


def cues(text: str) -> Cues:
    question = parse_query(text, lambda: TRANSLATOR, lambda _: 1)
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
    assert cues(text).starts_with_conjunction == 1


@pytest.mark.parametrize("text", ["بعد از بازی چه شد؟", "Andorra results", "ویتنام کجاست؟"])
def test_other_beginnings_do_not_join(text: str) -> None:
    assert cues(text).starts_with_conjunction == 0


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
    assert cues(text).anaphora == 1


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
    assert cues(text).anaphora == 0


@pytest.mark.parametrize(
    "text",
    [
        "چرا علی کریمی گفت که او دیگر بازی نمی‌کند؟",
        "Why did Messi say he would leave Barcelona?",
    ],
)
def test_a_pronoun_that_the_question_explains_counts_for_less(text: str) -> None:
    assert 0 < cues(text).anaphora < 1


def test_more_cues() -> None:
    assert cues("زنان چطور؟").ellipsis == cues("What about women?").ellipsis == 1
    assert cues("چرا؟").brevity > cues("چرا دریای خزر هر سال پایین‌تر می‌رود؟").brevity
    assert cues("when was Gilan founded").has_entity == cues("سال ۱۳۹۲ چه شد؟").has_entity == 1
    assert cues("علی دایی").is_keyword_query == cues("Tehran weather").is_keyword_query == 1
    assert cues("چه شد").is_keyword_query == cues("is it cold").is_keyword_query == 0


@given(st.text(min_size=1, max_size=80))
def test_any_text_has_cues_between_0_and_1(text: str) -> None:
    question = parse_query(text, lambda: TRANSLATOR, lambda _: 1)
    if question is not None:
        found = find_cues(question)
        context = ContextFeatures(
            source_similarity_gap=-0.1,
            max_unseen_idf=0.5,
            idf_overlap=0.5,
            standalone_probability=0.5,
        )
        values = FollowupFeatures(found, context).values().values()
        assert all(-1 <= value <= 1 for value in values)


def test_most_turns_are_told_apart() -> None:
    """By their wording, with typical context features of either kind."""
    model = LearnedParameters.load().followup
    contexts = {
        True: ContextFeatures(
            source_similarity_gap=-0.02,
            max_unseen_idf=3.5,
            idf_overlap=0.5,
            standalone_probability=0.2,
        ),
        False: ContextFeatures(
            source_similarity_gap=-0.12,
            max_unseen_idf=6.5,
            idf_overlap=0.1,
            standalone_probability=0.6,
        ),
    }
    right = {True: 0, False: 0}
    total = {True: 0, False: 0}
    for turn in read_turns(TURNS):
        features = FollowupFeatures(cues(turn.text), contexts[turn.follows])
        total[turn.follows] += 1
        right[turn.follows] += (model.probability(features.values()) >= 0.5) is turn.follows
    assert right[True] / total[True] >= 0.9
    assert right[False] / total[False] >= 0.9
