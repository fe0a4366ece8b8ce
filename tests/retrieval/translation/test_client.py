"""Both protocols, and services that are away, slow, wrong or hostile."""

import json

import pytest

from retrieval.errors import TranslationError
from retrieval.translation.client import TranslationClient
from retrieval.translation.settings import TranslationSettings
from tests.retrieval.translation.conftest import Reply, Service

TEXTS = ["قیمت نفت", "هوا سرد است."]


def client(service: Service, **values: object) -> TranslationClient:
    return TranslationClient(TranslationSettings(**{"url": service.url, **values}))


def libre(texts: list[str]) -> object:
    return {"translatedText": [f"English {number}" for number in range(len(texts))]}


def chat(content: str) -> object:
    return {"choices": [{"message": {"role": "assistant", "content": content}}]}


def test_libretranslate(service: Service) -> None:
    service.reply = libre
    assert client(service, key="s3cret").translate(TEXTS) == ["English 0", "English 1"]
    [(path, _, payload)] = service.asked
    assert path == "/translate"
    assert payload == {
        "q": TEXTS,
        "source": "fa",
        "target": "en",
        "format": "text",
        "api_key": "s3cret",
    }


@pytest.mark.parametrize("fence", ["{}", "```json\n{}\n```", "```\n{}\n```"])
def test_openai(service: Service, fence: str) -> None:
    service.reply = lambda texts: chat(fence.format(json.dumps([one + "!" for one in texts])))
    own = client(service, kind="openai", model="small", key="s3cret")
    assert own.translate(TEXTS) == ["قیمت نفت!", "هوا سرد است.!"]
    [(path, headers, payload)] = service.asked
    assert (path, headers["Authorization"]) == ("/chat/completions", "Bearer s3cret")
    assert (payload["model"], payload["temperature"]) == ("small", 0)


def test_without_a_key_none_is_sent(service: Service) -> None:
    service.reply = libre
    client(service).translate(TEXTS)
    [(_, headers, payload)] = service.asked
    assert "api_key" not in payload
    assert "Authorization" not in headers


def test_nothing_to_translate_asks_nobody(service: Service) -> None:
    assert client(service).translate([]) == []
    assert service.asked == []


def test_hostile_text_loses_its_controls_and_lines(service: Service) -> None:
    service.reply = lambda _: {"translatedText": ["\x1b[31mred\x07\n\u202eevil", "b\u2067\x00"]}
    first, second = client(service).translate(TEXTS)
    assert first == "[31mred evil"
    assert second.isprintable()


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: b"<html>",
        lambda _: b"\xff\xfe",
        lambda _: {},
        lambda _: [],
        lambda _: {"translatedText": "one text"},
        lambda _: {"translatedText": [1, 2]},
        lambda _: {"translatedText": ["one"]},
        lambda _: {"translatedText": ["one", "two", "three"]},
        lambda _: {"translatedText": ["one", "\x00 "]},
        lambda _: {"translatedText": ["one", "long " * 1000]},
        lambda _: b"[" * 100_000,
        lambda _: b" " * 1_000_001,
    ],
)
def test_another_reply_is_no_translation(service: Service, reply: Reply) -> None:
    service.reply = reply
    with pytest.raises(TranslationError, match="no translation: the reply") as caught:
        client(service).translate(TEXTS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        {"choices": []},
        {"choices": [{"message": {"content": None}}]},
        chat("Certainly! Here they are."),
        chat('{"0": "one"}'),
        chat('["one"]'),
    ],
)
def test_another_reply_of_a_model_is_none_either(service: Service, reply: object) -> None:
    service.reply = lambda _: reply
    with pytest.raises(TranslationError, match="no translation: the reply"):
        client(service, kind="openai", model="small").translate(TEXTS)


@pytest.mark.parametrize("status", [204, 302, 401, 429, 500])
def test_a_status_is_told(service: Service, status: int) -> None:
    service.status, service.reply = status, lambda _: b""
    with pytest.raises(TranslationError, match=f"no translation: status {status}"):
        client(service).translate(TEXTS)


def test_a_slow_service_is_left(service: Service) -> None:
    service.reply, service.stuck = libre, True
    with pytest.raises(TranslationError, match=r"no translation within 0.2 s"):
        client(service, timeout=0.2).translate(TEXTS)


def test_a_service_that_is_away() -> None:
    gone = TranslationClient(TranslationSettings(url="http://127.0.0.1:1"))
    with pytest.raises(TranslationError, match="no translation: ConnectError"):
        gone.translate(TEXTS)
