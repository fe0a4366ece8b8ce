"""Strictness of the test Bot API server, on which all other tests of the bot rely."""

import asyncio
import random

import httpx
import pytest

from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_people import group, private_chat
from tests.bot.support.api_server import Disorder, Fault
from tests.bot.support.telegram_html import MarkupError, parse


@pytest.fixture(autouse=True)
def _somebody(server):
    server.meet(private_chat(1))


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
        ({"chat_id": 2, "text": "a"}, "chat not found"),
        ({"chat_id": 1, "text": "a", "reply_parameters": {"message_id": 9}}, "to be replied not"),
        ({"chat_id": 1, "text": "<b>a</b>" * 101, "parse_mode": "HTML"}, "more entities"),
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


def keyboard(**button):
    return {"inline_keyboard": [[{"text": "x", **button}]]}


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({}, "Text buttons are unallowed"),
        ({"callback_data": "a" * 65}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "ب" * 33}, "BUTTON_DATA_INVALID"),
        ({"callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"url": "javascript:alert(1)"}, "BUTTON_URL_INVALID"),
        ({"callback_data": "a", "url": "https://a.b"}, "Text buttons are unallowed"),
        ({"copy_text": {"text": "a" * 257}}, "1 to 256 characters expected"),
    ],
)
async def test_buttons_that_are_refused(server, button, words):
    reply = await call(server, "sendMessage", chat_id=1, text="a", reply_markup=keyboard(**button))
    assert words in reply["description"]
    assert server.sent == []


async def test_edits(server):
    sent = await call(
        server, "sendMessage", chat_id=1, text="a", reply_markup=keyboard(callback_data="d")
    )
    place = {"chat_id": 1, "message_id": sent["result"]["message_id"]}
    edited = await call(server, "editMessageText", text="<b>b</b>", parse_mode="HTML", **place)
    assert edited["result"]["text"] == "b"
    assert "reply_markup" not in edited["result"]
    again = await call(server, "editMessageText", text="<b>b</b>", parse_mode="HTML", **place)
    assert again["description"].startswith("Bad Request: message is not modified: ")
    assert (await call(server, "editMessageReplyMarkup", **place))["error_code"] == 400
    await server.write("mine", user=1)
    mine = {"chat_id": 1, "message_id": server.last_written}
    assert (
        "can't be edited"
        in (await call(server, "editMessageText", text="b", **mine))["description"]
    )
    assert (await call(server, "deleteMessage", **place))["result"]
    gone = await call(server, "editMessageText", text="c", **place)
    assert gone["description"] == "Bad Request: message to edit not found"
    assert [edit.html for edit in server.edits] == ["<b>b</b>"]
    assert server.messages == {}


async def test_a_query_is_answered_once_and_in_time(server):
    sent = await call(
        server, "sendMessage", chat_id=1, text="a", reply_markup=keyboard(callback_data="d")
    )
    assert sent["ok"]
    query = await server.press(server.sent[0], "x", user=1)
    late = await server.press(server.sent[0], "x", user=1)
    assert (await call(server, "answerCallbackQuery", callback_query_id=query))["ok"]
    server.query_seconds = -1
    for name in (query, late, "forged"):
        reply = await call(server, "answerCallbackQuery", callback_query_id=name)
        assert "query is too old" in reply["description"]
    long = await call(server, "answerCallbackQuery", callback_query_id=query, text="a" * 201)
    assert "parameter text" in long["description"]


def article(number, text="a"):
    content = {"message_text": text, "parse_mode": "HTML"}
    return {"type": "article", "id": f"{number}", "title": "t", "input_message_content": content}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"results": [article(n) for n in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [article(1), article(1)]}, "RESULT_ID_DUPLICATE"),
        ({"results": [article("ب" * 33)]}, "1 to 64 bytes"),
        ({"results": [article(1, "<b>")]}, "can't parse entities"),
        ({"results": [article(1, "a" * 4097)]}, "too long"),
        ({"results": [{**article(1), "title": ""}]}, "1 to 512"),
        ({"results": [], "next_offset": "a" * 65}, "next_offset"),
        ({"results": [], "cache_time": -1}, "cache_time"),
        ({"results": [], "button": {"text": "x", "start_parameter": "a b"}}, "button"),
    ],
)
async def test_inline_answers_that_are_refused(server, parameters, words):
    query = await server.ask_inline("چه خبر؟")
    reply = await call(server, "answerInlineQuery", inline_query_id=query, **parameters)
    assert words in reply["description"]
    assert server.inlines[query].answer is None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"command": "Start", "description": "a"}, "BOT_COMMAND_INVALID"),
        ({"command": "a" * 33, "description": "a"}, "BOT_COMMAND_INVALID"),
        ({"command": "start", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_menus_that_are_refused(server, command, words):
    reply = await call(server, "setMyCommands", commands=[command])
    assert words in reply["description"]


async def test_files(server):
    await server.send_file("a.json", b"content", user=1)
    [file_id] = server.files
    path = (await call(server, "getFile", file_id=file_id))["result"]["file_path"]
    async with httpx.AsyncClient() as client:
        reply = await client.get(f"{server.url}/file/bot{server.token}/{path}")
        other = await client.get(f"{server.url}/file/bot1:a/{path}")
        assert (reply.content, other.status_code) == (b"content", 404)
    server.files[file_id] = bytes(20 * 1024 * 1024 + 1)
    assert "too big" in (await call(server, "getFile", file_id=file_id))["description"]


async def test_a_webhook_excludes_polling_and_needs_https(server):
    assert "HTTPS" in (await call(server, "setWebhook", url="http://a.b/c"))["description"]
    secret = await call(server, "setWebhook", url="https://a.b/c", secret_token="a b")
    assert "secret_token" in secret["description"]
    assert (await call(server, "setWebhook", url="https://a.b/c"))["ok"]
    assert (await call(server, "getUpdates"))["error_code"] == 409
    assert (await call(server, "deleteWebhook"))["ok"]
    assert (await call(server, "getUpdates"))["ok"]


async def test_a_cut_connection_gives_no_reply_whether_obeyed_or_not(server):
    server.fail("sendMessage", Fault(cut="before"), Fault(cut="after"), Fault(page=(502, "<html>")))
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            await call(server, "sendMessage", chat_id=1, text="a")
    assert [sent.text for sent in server.sent] == ["a"]
    assert server.cut_after == server.sent
    with pytest.raises(ValueError, match="Expecting value"):
        await call(server, "sendMessage", chat_id=1, text="a")


async def test_updates_come_again_and_in_another_order_but_none_is_lost(server):
    server.disorder = Disorder(random.Random(3), repeated=0.5)
    wanted = {await server.write(str(number), user=1) for number in range(40)}
    seen, offset = [], 0
    while wanted - set(seen):
        found = (await call(server, "getUpdates", offset=offset, limit=7))["result"]
        seen += [update["update_id"] for update in found]
        offset = seen[-1] + 1
    assert seen != sorted(seen)
    assert len(seen) > 40


async def test_the_server_can_be_gone_for_a_while(server):
    await server.stop()
    with pytest.raises(httpx.ConnectError):
        await call(server, "getMe")
    await server.start()
    assert (await call(server, "getMe"))["ok"]


async def test_commands_and_mentions_are_marked(server):
    await server.write("سلام @khazar_test_bot /ask چه خبر؟", chat=group())
    [update] = (await call(server, "getUpdates"))["result"]
    assert update["message"]["entities"] == [
        {"type": "mention", "offset": 5, "length": 16},
        {"type": "bot_command", "offset": 22, "length": 4},
    ]
