"""Hostile and malformed input: nothing is injected, nothing crashes, nothing leaks.

The test server rejects whatever Telegram would, so that an answer that arrives is well formed.
"""

import json
import logging
import re

import pytest

from bot.channels.indexing import Indexer
from retrieval.answers import Citation
from tests.bot.support.api_people import group, person, private_chat
from tests.bot.support.api_server import TOKEN
from tests.bot.support.archives import QUESTION
from tests.bot.support.fakes import FakeRetriever, answer, passage
from tests.bot.support.running import running_bot

OPERATOR, STRANGER = 70, 71
SECRET = TOKEN.partition(":")[2]
OVERRIDES = re.compile("[\u202a-\u202e\u2066\u2067]")
MARKUP = '<b>x</b><a href="tg://user?id=7">y</a><script>&lt;&amp;&#60;</blockquote>"\'{0}{user}%s'


@pytest.fixture
async def guarded(server, archive, tmp_path, caplog):
    """A bot with an operator; after the test, its log and messages are checked for leaks."""
    _log_as_the_bot_does(caplog)
    settings = {
        "operators": [OPERATOR],
        "upload_megabytes": 1,
        "user_questions_per_minute": 1000,
        "indexer": Indexer(archive.settings, archive.load, pause=0.05),
    }
    async with running_bot(server, archive, **settings):
        yield server
    said = "\n".join(message.html for message in [*server.sent, *server.edits])
    logged = caplog.text
    for text in (said, logged):
        assert SECRET not in text
        assert "Traceback" not in text
    assert str(tmp_path) not in said
    assert [record.getMessage() for record in caplog.records if record.levelno >= 40] == []


def _log_as_the_bot_does(caplog) -> None:
    """Capture what `bot.monitoring.logs.configure` would log: only warnings from libraries."""
    caplog.set_level(logging.WARNING)
    for name in ("bot", "retrieval", "index"):
        caplog.set_level(logging.INFO, name)


async def replied(server, count: int = 1) -> str:
    """Wait for `count` replies and return the text of the last one."""
    sent = await server.until_sent(count)
    return sent[-1].text


FLOODS = {
    "letters": "ا" * 4096,
    "Latin letters": "a" * 4096,
    "emoji": "🌊" * 2048,
    "words": "دریا " * 819,
    "opening tags": "<" * 4096,
    "entities": "&amp;" * 819,
    "tags": "<b>" * 1365,
    "zero-width spaces": "\u200b" * 4096,
    "joiners": "\u200c" * 4096,
    "joiners inside": "د\u200cر\u200dی\u2060ا" * 500,
    "overrides": "\u202e" * 4096,
    "isolates": "\u2067" * 2000 + "خزر" + "\u2069" * 2000,
    "combining marks": "خ" + "\u0651\u064b" * 2000,
    "lines": "\n" * 2000 + "خبر؟" + "\n" * 2000,
    "spaces": " " * 4000 + "؟",
    "digits": "۱" * 2000 + "1" * 2000,
    "tags of another plane": "".join(map(chr, range(0xE0000, 0xE0080))) * 16,
    "nothing printable": "\x00\x01\x02\x7f\x85\u2028\u2029",
    "half a pair": "خزر \ud800 دریا",
    "questions": "؟" * 4096,
    "dates": "از ۱۴۰۴/۰۱/۰۱ تا ۱۴۰۴/۰۱/۰۲ " * 140,
}


async def test_any_message_gets_one_reply(guarded):
    # One bot for all: starting it takes longer than the floods.
    for user, (name, text) in enumerate(FLOODS.items(), 1000):
        await guarded.write(text, user=user)
        number = guarded.last_written
        await guarded.until(
            lambda number=number: any(sent.reply_to == number for sent in guarded.sent)
        )
        replies = [sent for sent in guarded.sent if sent.chat_id == user]
        assert [sent.reply_to for sent in replies if sent.reply_to] == [number], name
    await guarded.write(QUESTION, user=STRANGER)
    await guarded.until(lambda: any(sent.chat_id == STRANGER for sent in guarded.sent))


async def test_markup_in_a_question_stays_text_wherever_it_is_shown(guarded):
    question = f"{QUESTION} {MARKUP}"
    await guarded.write(question)
    [sent] = await guarded.until_sent(1)
    assert "tg://" not in sent.html
    query = await guarded.press(sent, "چرا")
    await guarded.callback_answer(query)
    why = (await guarded.until_sent(2))[1]
    assert "tg://user" not in re.sub(r"[^<]*(?=<|$)", "", why.html)
    assert not why.parsed.shown("text_link")
    await guarded.write(f"/latest {MARKUP}")
    await guarded.write(f"/source {MARKUP}")
    await guarded.write(f"/start {MARKUP}")
    await guarded.write(f"/ask {MARKUP}")
    sent = await guarded.until_sent(6)
    assert not any("tg://" in entity.get("url", "") for s in sent for entity in s.parsed.entities)


async def test_markup_in_an_article_stays_text_and_only_the_web_is_linked(server):
    fake = FakeRetriever()
    citations = [
        Citation(MARKUP, MARKUP, None, MARKUP, address)
        for address in ("javascript:alert(1)", "tg://resolve?domain=x", 'https://a.b/"><b>', "//a",
                        "https://[", "data:text/html,x")
    ]  # fmt: skip
    passages = [passage(f"{MARKUP}\n{number}", MARKUP, c) for number, c in enumerate(citations)]
    fake.table["?"] = answer("?", "en", True, *passages)
    async with running_bot(server, fake):
        await server.write("?")
        await server.until_sent(1)
        query = await server.ask_inline("?")
        found = await server.inline_answer(query)
    addresses = {
        entity["url"]
        for parsed in [
            *(sent.parsed for sent in server.sent),
            *(result["input_message_content"]["parsed"] for result in found["results"]),
        ]
        for entity in parsed.entities
        if entity["type"] == "text_link"
    }
    assert {address.split(":")[0] for address in addresses} <= {"https"}
    assert sum(sent.text.count(MARKUP) for sent in server.sent) >= len(citations)


async def test_overrides_in_titles_do_not_reach_the_rest_of_the_line(server):
    fake = FakeRetriever()
    evil = "\u202eنام\u2066 evil\u2067"
    fake.table["؟"] = answer(
        "؟", "fa", True, passage("متن.", "متن.", Citation(evil, evil, None, evil, None))
    )
    async with running_bot(server, fake):
        await server.write("؟")
        [sent] = await server.until_sent(1)
    assert not OVERRIDES.search(sent.text)


FORGED = [
    "", "m", "m:", "x:y:z", "m:" + "A" * 16, "p:" + "A" * 16 + ":1:9999", "a:" + "-" * 16 + ":0",
    "p:AAAAAAAAAAAAAAAA:99999:1", "a:upload:AAAAAAAAAAAAAAAA", "d:upload:AAAAAAAAAAAAAAAA",
    "w:' OR 1=1 --aaaaa", "م" * 32, "\u202e" * 21, "../../etc/passwd", "m:AAAAAAAAAAAAAAAA:-1",
    "m:AAAAAAAAAAAAAAAA:۱:۲", "\x00" * 64, "s:passages:100000", "l:xx", "settings:x",
]  # fmt: skip


async def test_forged_buttons_open_nothing(guarded):
    await guarded.write(QUESTION)
    [sent] = await guarded.until_sent(1)
    for data in FORGED:
        query = await guarded.call_back(sent, data)
        told = await guarded.callback_answer(query)
        assert told["show_alert"], data
        assert "passwd" not in told["text"]
    assert len(guarded.sent) == 1
    assert guarded.edits == []


async def test_buttons_of_others_open_nothing_for_anybody_else(guarded):
    chat = group()
    await guarded.write(f"/ask {QUESTION}", chat=chat)
    [sent] = await guarded.until_sent(1)
    # The button that copies a citation tells the bot nothing.
    buttons = [one for row in sent.buttons for one in row if "callback_data" in one]
    assert len(buttons) > 3
    await guarded.write("/start", user=STRANGER)
    mine = (await guarded.until_sent(2))[1]
    for button in buttons:
        for message in (sent, mine):  # in the same group, and moved to a chat of their own
            query = await guarded.call_back(message, button["callback_data"], STRANGER)
            told = await guarded.callback_answer(query)
            assert told["show_alert"]
    assert len(guarded.sent) == 2
    assert guarded.edits == []


@pytest.mark.parametrize("command", ["/stats", "/reload", "/remove ilna-1715776"])
async def test_operators_commands_of_others_are_unknown_commands(guarded, command):
    await guarded.write("/no_such_command", "en", user=STRANGER)
    unknown = await replied(guarded)
    await guarded.write(command, "en", user=STRANGER)
    assert await replied(guarded, 2) == unknown
    # In a group, where others read along, operators get no answer either.
    await guarded.write(command, "en", user=OPERATOR, chat=group())
    await guarded.write(QUESTION, user=STRANGER)
    assert await replied(guarded, 3) != unknown
    assert {sent.chat_id for sent in guarded.sent} == {STRANGER}


async def test_files_of_others_are_not_even_fetched(guarded):
    await guarded.send_file("a.jsonl", b"{}", user=STRANGER, language_code="en")
    assert "I can only answer written questions" in await replied(guarded)
    assert "getFile" not in guarded.calls


LINE = json.dumps({"id": "x", "title": "t", "paragraphs": ["p"]}).encode()
FILES = {
    "claims to be too large": ("a.json", LINE, 10**9, "larger than 1 MB"),
    "is larger than it claims": ("a.json", LINE * 30_000, 10, "larger than 1 MB"),
    "claims nothing": ("a.json", b"", 0, "larger than 1 MB"),
    "a program": ("a.exe", b"MZ\x90", None, "I can only add .json and .jsonl files"),
    "without a name": ("", LINE, None, "I can only add .json and .jsonl files"),
    "a program that is called JSON": (
        "a.json",
        b"MZ\x90\x00\xff" * 100,
        None,
        "No readable article",
    ),
    "an image that is called JSON": (
        "a.jsonl",
        b"\x89PNG\r\n\x1a\n" * 50,
        None,
        "No readable article",
    ),
    "packed": ("a.jsonl", b"\x1f\x8b\x08" + bytes(100), None, "No readable article"),
    "deep": ("a.json", b"[" * 100_000, None, "No readable article"),
    "deep lines": ("a.jsonl", b'{"a":' * 50_000, None, "No readable article"),
    "half a pair": ("a.jsonl", b'{"id":"\\ud800","title":"t","paragraphs":["p"]}', None, ""),
    "no articles": ("a.jsonl", b'{"a": 1}\n5\nnull\n"x"\n', None, "No readable article"),
    "huge numbers": ("a.jsonl", b'{"id": ' + b"9" * 5000 + b"}", None, "No readable article"),
    "a path": ("../../../etc/cron.d/x.jsonl", LINE, None, "ready to be added"),
    "a turned name": ("a\u202elnosj.jsonl", LINE, None, "ready to be added"),
    "a tagged name": ("<b>&amp;.jsonl", LINE, None, "ready to be added"),
    "a long name": ("x" * 5000 + ".jsonl", LINE, None, "ready to be added"),
}


async def test_bad_files_are_refused_in_few_words(guarded, tmp_path):
    for number, (case, (name, content, claimed, words)) in enumerate(FILES.items(), 1):
        await guarded.send_file(
            name, content, user=OPERATOR, claimed_size=claimed, language_code="en"
        )
        told = await replied(guarded, number)
        assert words in told, case
        assert len(told) < 1000, case
        assert not OVERRIDES.search(told), case
    written = [path.name for path in (tmp_path / "data").rglob("*") if path.is_file()]
    # Files that wait for confirmation have names that the bot chose.
    names = re.compile(r"(bot|inbox)\.sqlite.*|[A-Za-z0-9_-]{16}\.jsonl?")
    assert [name for name in written if not names.fullmatch(name)] == []


BROKEN = [
    {},
    {"message": None},
    {"message": []},
    {"message": {}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 7}}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat()}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat(), "text": ""}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat(), "text": 5}},
    {"message": {"message_id": 1, "date": -1, "chat": private_chat(), "from": person()}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat(), "from": person(),
                 "document": {"file_id": "x", "file_unique_id": "y"}}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat(), "from": person(),
                 "text": "/ask", "entities": [{"type": "bot_command", "offset": 90, "length": 9}]}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat(), "from": person(),
                 "text": "x", "entities": [{"type": "of tomorrow", "offset": 0, "length": 1}]}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "of tomorrow"},
                 "from": person(), "text": "x"}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat(), "from": person(),
                 "forward_origin": {"type": "of tomorrow", "date": 1}, "text": "x"}},
    {"message": {"message_id": 1, "date": 1, "chat": group(), "new_thing": {"a": [1]}}},
    {"edited_message": {"message_id": 99, "date": 1, "chat": private_chat(), "from": person(),
                        "edit_date": 1, "text": "/start"}},
    {"edited_message": {"message_id": 99, "date": 1, "chat": private_chat(), "from": person()}},
    {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1, "type": "channel"}}},
    {"callback_query": {"id": "1", "from": person(), "chat_instance": "1"}},
    {"callback_query": {"id": "2", "from": person(), "chat_instance": "1", "data": "x",
                        "inline_message_id": "abc"}},
    {"callback_query": {"id": "3", "from": person(), "chat_instance": "1", "game_short_name": "x",
                        "message": {"message_id": 1, "date": 0, "chat": private_chat()}}},
    {"inline_query": {"id": "1", "from": person()}},
    {"inline_query": {"id": "2", "from": person(), "query": "", "offset": "x"}},
    {"of_tomorrow": {"a": 1}},
    {"message": {"message_id": 1, "date": 1, "chat": private_chat(),
                 "reply_to_message": {"message_id": 1, "date": 0, "chat": private_chat()}}},
]  # fmt: skip


async def test_updates_with_missing_or_unknown_fields_stop_nothing(server, archive, caplog):
    for query in "123":
        server.callbacks[query] = server.inlines[query] = type(
            "Anything", (), {"asked": 1e18, "answer": None}
        )()
    server.meet(private_chat())
    async with running_bot(server, archive) as serving:
        for number, update in enumerate(BROKEN, 5000):
            await server.deliver_raw({"update_id": number, **update})
        await server.deliver_raw({"message": {"text": "without a number"}})
        await server.deliver_raw({"update_id": 5100})
        await server.until_confirmed()
        await server.write(QUESTION, user=STRANGER)
        await server.until(lambda: any(sent.chat_id == STRANGER for sent in server.sent))
        assert not serving.done()
    assert "Traceback" not in caplog.text
    assert SECRET not in caplog.text
    errors = [record for record in caplog.records if record.levelno >= 40]
    assert [record.getMessage() for record in errors] == []


@pytest.mark.parametrize(
    ("text", "offset"),
    [("<" * 256, ""), ("🌊" * 128, "9" * 64), (QUESTION, "-1"), (QUESTION, "x\x00"), ("", "5"),
     ("\u202e" * 256, "۱"), (QUESTION, "1e9"), (MARKUP, "3")],
)  # fmt: skip
async def test_odd_inline_queries_get_an_answer_that_telegram_takes(guarded, text, offset):
    query = await guarded.ask_inline(text, offset)
    told = await guarded.inline_answer(query)
    assert len(told["results"]) <= 50


async def test_names_and_questions_are_not_in_the_log(guarded, caplog):
    await guarded.write(QUESTION)
    [sent] = await guarded.until_sent(1)
    await guarded.callback_answer(await guarded.press(sent, "چرا"))
    await guarded.inline_answer(await guarded.ask_inline(QUESTION))
    await guarded.write("/source ایلنا")
    await guarded.until_sent(3)
    # httpx and the test server are not part of the bot's log below "warning".
    logged = [
        r.getMessage() for r in caplog.records if r.name.split(".")[0] in ("bot", "retrieval")
    ]
    assert logged
    assert not any(word in line for line in logged for word in (QUESTION, "Sara", "ایلنا"))


async def test_one_persons_conversation_is_nobody_elses(guarded):
    chat = group()
    await guarded.write(f"/ask {QUESTION}", chat=chat)
    await guarded.until_sent(1)
    await guarded.write("/ask و صادرات گندم؟", chat=chat, user=STRANGER)
    _, theirs = await guarded.until_sent(2)
    query = await guarded.press(theirs, "چرا", user=STRANGER)
    await guarded.callback_answer(query)
    why = (await guarded.until_sent(3))[2]
    assert "دانشجوی" not in why.text.split("\n\n")[0]
    assert QUESTION not in why.text
