"""The tests' Bot API server is as strict as Telegram, or the other tests prove nothing."""

import asyncio

import httpx
import pytest

from .api_parameters import ApiError
from .telegram_html import MarkupError, parse


async def call(server, method, token=None, **parameters):
    async with httpx.AsyncClient() as client:
        url = f"{server.url}/bot{token or server.token}/{method}"
        reply = await client.post(url, json=parameters, timeout=20)
    assert reply.status_code == reply.json().get("error_code", 200)
    return reply.json()


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>"'),
        ("س<h1>a</h1>", 'Unsupported start tag "h1" at byte offset 2'),
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("a < b > c", 'Unsupported start tag "" at byte offset 2'),
        ("a & b", 'Unknown entity "&" at byte offset 2'),
        ("&nbsp;", 'Unknown entity "&nbsp;"'),
        ("&ampx;", 'Unknown entity "&ampx;"'),
        ('<a href="x" onclick="y">z</a>', 'Unsupported attribute "onclick"'),
        ('<a href="a&b">z</a>', 'Unknown entity "&b"'),
        ("<a href=x>z</a>", "Unexpected end of name token"),
        ("<blockquote><blockquote>a</blockquote></blockquote>", "not allowed inside"),
        ("<code><b>a</b></code>", "not allowed inside"),
    ],
)
def test_html_that_telegram_refuses(html, words):
    with pytest.raises(MarkupError, match=r"^Bad Request: can't parse entities: ") as raised:
        parse(html)
    assert words in str(raised.value)


def test_html_that_telegram_takes():
    parsed = parse(' <b>🌊<i>a</i></b> &lt;&#1587;&#x633;&quot; <a href="u&amp;v">x</a>\n')
    assert parsed.text == '🌊a <سس" x'
    assert parsed.entities == [
        {"type": "bold", "offset": 0, "length": 3},
        {"type": "italic", "offset": 2, "length": 1},
        {"type": "text_link", "offset": 9, "length": 1, "url": "u&v"},
    ]
    assert parsed.shown("bold") == ["🌊a"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"text": "a"}, "chat_id is empty"),
        ({"chat_id": 1}, "text is empty"),
        ({"chat_id": "x", "text": "a"}, "parameter chat_id"),
        ({"chat_id": 1, "text": 5}, "parameter text: string expected"),
        ({"chat_id": 1, "text": " \n"}, "message text is empty"),
        ({"chat_id": 1, "text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"chat_id": 1, "text": "a" * 4097}, "message is too long"),
        ({"chat_id": 1, "text": "🌊" * 2049}, "message is too long"),
        ({"chat_id": 1, "text": "<b>", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": 1, "text": "a", "parse_mode": "html5"}, "parameter parse_mode"),
        ({"chat_id": 1, "text": "a", "colour": "red"}, "unknown parameter colour"),
        ({"chat_id": 1, "text": "a", "reply_parameters": {"message_id": "1"}}, "reply_parameters"),
        ({"chat_id": 1, "text": "a", "link_preview_options": {"x": True}}, "field x is unknown"),
    ],
)
async def test_messages_that_are_refused(server, parameters, words):
    reply = await call(server, "sendMessage", **parameters)
    assert (reply["ok"], reply["error_code"]) == (False, 400)
    assert words in reply["description"]
    assert server.sent == []


async def test_a_message_is_taken_up_to_its_limit(server):
    reply = await call(server, "sendMessage", chat_id=1, text="&lt;" * 4096, parse_mode="HTML")
    assert reply["result"]["text"] == server.sent[0].text == "<" * 4096


async def test_wrong_tokens_and_methods(server):
    assert (await call(server, "getMe", token="1:x"))["description"] == "Unauthorized"
    assert (await call(server, "getMee"))["error_code"] == 404
    assert (await call(server, "sendChatAction", chat_id=1, action="dance"))["error_code"] == 400


async def test_ordered_refusals_come_once_and_in_order(server):
    server.fail("getMe", ApiError(429, "Too Many Requests", retry_after=9), ApiError(500, "No"))
    assert (await call(server, "getMe"))["parameters"] == {"retry_after": 9}
    assert (await call(server, "getMe"))["error_code"] == 500
    assert (await call(server, "getMe"))["ok"]


async def test_updates_stay_until_they_are_confirmed(server):
    first, second = await server.write("a"), await server.write("b")
    for _ in range(2):
        found = (await call(server, "getUpdates"))["result"]
        assert [update["update_id"] for update in found] == [first, second]
    assert len((await call(server, "getUpdates", limit=1))["result"]) == 1
    [left] = (await call(server, "getUpdates", offset=second))["result"]
    assert left["message"]["text"] == "b"
    assert (await call(server, "getUpdates", offset=second + 1))["result"] == []


async def test_a_long_poll_waits_for_wanted_updates_and_ends_when_another_begins(server):
    waiting = asyncio.create_task(call(server, "getUpdates", timeout=30))
    await server.until(lambda: server.calls == ["getUpdates"])
    other = asyncio.create_task(call(server, "getUpdates", timeout=30, allowed_updates=["message"]))
    assert (await waiting)["error_code"] == 409
    await server.write("a")
    assert [u["message"]["text"] for u in (await other)["result"]] == ["a"]
