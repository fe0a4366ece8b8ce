"""Payloads of deep links that carry questions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.links import payload_question, question_payload


@given(st.text(st.characters(categories=("L", "N", "Zs")), min_size=3).map(str.strip))
def test_a_short_question_comes_back_from_its_payload(question):
    payload = question_payload(question)
    if payload is not None:
        assert re.fullmatch("[A-Za-z0-9_-]{0,64}", payload)
        letters = sum(one.isalnum() for one in question)
        assert payload_question(payload) == (question if letters >= 3 else None)


@given(st.text(max_size=80))
def test_any_payload_is_read_or_carries_none(payload):
    question = payload_question(payload)
    assert question is None or question.strip()


@pytest.mark.parametrize("payload", ["help", "source", "ref_12345", "channel", "' OR 1=1", ""])
def test_other_payloads_carry_no_question(payload):
    assert payload_question(payload) is None
