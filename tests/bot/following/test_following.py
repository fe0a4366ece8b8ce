"""Followed subjects over a real index that changes, through the strict Bot API."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import feedparser
import httpx
import pytest

from bot.store.follows import FollowStore, NoticeState
from bot.transport import background_task
from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_people import channel, group
from tests.bot.support.archives import ILNA, QUESTION
from tests.bot.support.followed import CARPET, CLUB, DATABASE, MORNING, OIL, Hands, publish, rows
from tests.bot.support.processes import free_port
from tests.bot.support.running import running_bot

CARPETS = replace(
    CARPET,
    id="n-5",
    title="فرش ایران در نمایشگاه",
    paragraphs=("بافندگان فرش از صادرات تازه به بازار اروپا سخن گفتند.",),
)


@pytest.fixture
def clock():
    return Hands()


async def test_new_articles_of_a_subject_come_once_and_without_the_words_left_out(
    server, own_archive, clock
):
    async with running_bot(server, own_archive, clock=clock):
        await server.write("/follow نفت -فوتبال")
        [told] = await server.until_sent(1)
        assert "از این به بعد خبرهای تازه را برایتان می‌فرستم." in told.text
        assert "بدون: \u2068فوتبال\u2069" in told.text
        await publish(own_archive, OIL, CLUB, CARPET)
        _, sent = await server.until_sent(2)
        assert sent.text.startswith("تازه دربارهٔ «\u2068نفت\u2069»:")
        assert "هر بشکه نفت برنت" in sent.text
        assert OIL.title in sent.text
    async with running_bot(server, own_archive, clock=clock):
        # The same story under another id, and another agency's report: nothing is sent twice.
        await publish(own_archive, replace(OIL, id="n-4", agency=ILNA, link=None))
        await server.write("/follow فرش")
        await server.until_sent(3)
        await publish(own_archive, CARPETS)
        *_, carpet = await server.until_sent(4)
    assert "«\u2068فرش\u2069»" in carpet.text
    assert "صادرات تازه" in carpet.text
    assert len(server.sent) == 4


async def test_lists_wait_for_their_hour_and_the_quiet_hours_end(server, own_archive, clock):
    async with running_bot(server, own_archive, clock=clock):
        await server.write("/follow نفت")
        [panel] = await server.until_sent(1)
        await server.press(panel, "کی بفرستم؟")
        await server.until_edited(1)
        await server.press(panel, "هر روز ساعت ۸")
        *_, edited = await server.until_edited(2)
        assert "هر روز ساعت ۸ (به وقت \u2068Asia/Tehran\u2069)" in edited.text
        await server.write("/follow فرش")
        carpet = (await server.until_sent(2))[1]
        await server.press(carpet, "شب‌ها نفرست")
        await server.until_edited(3)
        clock.now = MORNING.replace(hour=21)  # 00:30 in Tehran
        await publish(own_archive, OIL, CLUB, CARPET)
        await server.write("/following")
        listed = (await server.until_sent(3))[2]
        assert "[۱] \u2068نفت\u2069، هر روز ساعت ۸" in listed.text
        clock.now = MORNING + timedelta(hours=22)  # 07:30
        night = (await server.until_sent(4))[3]
        assert "نمایشگاه فرش" in night.text
        clock.now = MORNING + timedelta(hours=23)  # 08:30
        daily = (await server.until_sent(5))[4]
    assert daily.text.startswith("خبرهای تازه دربارهٔ «\u2068نفت\u2069» (۲):")
    assert OIL.title in daily.text
    assert CLUB.title in daily.text
    assert '<a href="https://www.isna.ir/news/1' in daily.html


async def test_an_answers_button_and_a_reply_follow_its_question(server, own_archive):
    async with running_bot(server, own_archive):
        await server.write("فوتبال")
        [answer] = await server.until_sent(1)
        assert sum(map(len, answer.buttons)) <= 6
        await server.press(answer, "دنبال کردن")
        followed = (await server.until_sent(2))[1]
        assert "موضوع: \u2068فوتبال\u2069" in followed.text
        await server.write("/follow -باران", reply_to=answer)
        again = (await server.until_sent(3))[2]
    assert "تغییر کرد" in again.text
    assert "باران" in again.text


async def test_replies_to_new_articles_change_or_end_what_brought_them(server, own_archive):
    async with running_bot(server, own_archive):
        await server.write("/follow نفت")
        await server.until_sent(1)
        await publish(own_archive, OIL)
        notice = (await server.until_sent(2))[1]
        await server.write("/follow -فوتبال", reply_to=notice)
        changed = (await server.until_sent(3))[2]
        assert "تغییر کرد.\nموضوع: \u2068نفت\u2069\nبدون: \u2068فوتبال\u2069" in changed.text
        await server.write("/unfollow", reply_to=notice)
        ended = (await server.until_sent(4))[3]
    assert ended.text == "دیگر «\u2068نفت\u2069» را دنبال نمی‌کنید."


async def test_in_groups_only_administrators_follow_and_into_their_topic(server, own_archive):
    forum = {**group(), "is_forum": True}
    server.administrators[-5] = {8}
    topic = {"message_thread_id": 33, "is_topic_message": True}
    async with running_bot(server, own_archive):
        await server.write("/follow نفت", user=9, chat=forum, **topic)
        [refused] = await server.until_sent(1)
        assert refused.text == "در گروه فقط مدیران می‌توانند موضوعی را دنبال کنند یا تغییر دهند."
        await server.write("/follow نفت", user=8, chat=forum, **topic)
        panel = (await server.until_sent(2))[1]
        query = await server.press(panel, "حذف", user=9)
        assert (await server.callback_answer(query))["show_alert"]
        await publish(own_archive, OIL)
        sent = (await server.until_sent(3))[2]
    assert (sent.chat_id, sent.topic) == (-5, 33)


async def test_a_deleted_topic_ends_its_subjects_and_a_closed_one_does_not(server, own_archive):
    forum = {**group(), "is_forum": True}
    server.administrators[-5] = {8}
    topic = {"message_thread_id": 33, "is_topic_message": True}
    async with running_bot(server, own_archive):
        await server.write("/follow نفت", user=8, chat=forum, **topic)
        await server.until_sent(1)
        server.fail("sendMessage", ApiError(400, "Bad Request: TOPIC_CLOSED"))
        await publish(own_archive, OIL)
        await server.until(lambda: rows("SELECT state FROM notices") == [(NoticeState.SENT,)])
        assert rows("SELECT chat_id FROM follows") == [(-5,)]
        server.fail("sendMessage", ApiError(400, "Bad Request: message thread not found"))
        await publish(own_archive, CLUB)
        await server.until(lambda: rows("SELECT chat_id FROM follows") == [])


async def test_who_blocks_the_bot_or_forgets_is_dropped(server, own_archive):
    async with running_bot(server, own_archive):
        for user in (7, 8, 9):
            await server.write("/follow نفت", user=user)
        await server.until_sent(3)
        server.blocked_by.add(8)
        await server.write("/forget", user=9)
        await server.until_sent(4)
        await publish(own_archive, OIL)
        sent = (await server.until_sent(5))[4]
        assert sent.chat_id == 7
        await server.until(lambda: rows("SELECT chat_id FROM follows") == [(7,)])
    assert rows("SELECT DISTINCT token FROM notices") == rows("SELECT token FROM follows")


async def test_what_a_killed_bot_was_sending_is_not_sent_again(server, own_archive):
    async with running_bot(server, own_archive):
        await server.write("/follow نفت -فوتبال")
        await server.write("/follow فرش")
        await server.until_sent(2)
        await publish(own_archive, OIL, CARPET)
        await server.until_sent(4)
    with closing(sqlite3.connect(DATABASE)) as connection, connection:
        # As if it had been killed between the request and its reply, and before the other one.
        state = "UPDATE notices SET state = ? WHERE article_id = ?"
        connection.execute(state, (NoticeState.SENDING, OIL.id))
        connection.execute(state, (NoticeState.PENDING, CARPET.id))
    async with running_bot(server, own_archive):
        sent = (await server.until_sent(5))[4]
        await server.write("/following")
        await server.until_sent(6)
    assert CARPET.title in sent.text
    assert {state for (state,) in rows("SELECT state FROM notices")} == {NoticeState.SENT}


async def test_what_cannot_be_marked_as_sent_is_marked_later_and_not_sent_again(
    server, own_archive, monkeypatch
):
    mark, failures = FollowStore.mark, [sqlite3.OperationalError("database or disk is full")]

    async def mark_or_fail(self, notices, state):
        if state is NoticeState.SENT and failures:
            raise failures.pop()
        await mark(self, notices, state)

    monkeypatch.setattr(FollowStore, "mark", mark_or_fail)
    monkeypatch.setattr(background_task, "_FIRST_PAUSE", 0.01)
    async with running_bot(server, own_archive):
        await server.write("/follow نفت")
        await server.until_sent(1)
        await publish(own_archive, OIL)
        await server.until(lambda: rows("SELECT state FROM notices") == [(NoticeState.SENT,)])
    assert not failures
    assert len(server.sent) == 2


async def test_a_subject_can_be_read_as_a_feed(server, own_archive):
    port = free_port()
    at = {"monitoring": True, "monitoring_port": port}
    public = "https://bot.example.ir/feeds"
    async with running_bot(server, own_archive, feed_url=public, **at):
        await server.write("/follow نفت", "en")
        [panel] = await server.until_sent(1)
        await server.press(panel, "کی بفرستم؟")
        await server.until_edited(1)
        await server.press(panel, "خوراک")
        told = (await server.until_edited(2))[1]
        *_, rss, json_feed = told.text.split("\n")
        assert rss.startswith(f"{public}/")
        assert rss.endswith(".rss")
        await publish(own_archive, OIL)
        await server.until_sent(2)
        here = f"http://127.0.0.1:{port}/feeds"
        async with httpx.AsyncClient(trust_env=False) as client:
            read = feedparser.parse((await client.get(rss.replace(public, here))).content)
            items = (await client.get(json_feed.replace(public, here))).json()["items"]
            unknown = await client.get(f"{here}/{'x' * 32}.rss")
    assert not read.bozo
    assert [(one.title, one.link) for one in read.entries] == [(OIL.title, OIL.link)]
    assert [(one["id"], one["url"]) for one in items] == [(OIL.id, OIL.link)]
    assert unknown.status_code == 404


async def test_a_group_that_becomes_a_supergroup_goes_on_following(server, own_archive):
    server.administrators[-5] = {8}
    async with running_bot(server, own_archive):
        await server.write("/follow نفت", user=8, chat=group())
        await server.until_sent(1)
        server.meet(group(-1005))
        server.fail(
            "sendMessage",
            ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", None, -1005),
        )
        await publish(own_archive, OIL)
        sent = (await server.until_sent(2))[1]
    assert sent.chat_id == -1005


@pytest.mark.parametrize(
    ("typed", "reply"),
    [("/follow", "بعد از دستور، موضوع، خبرگزاری یا کانال را"),
     ("/follow ؟!", "در این موضوع کلمه‌ای نیست"),
     ("/follow از این که", "در این موضوع کلمه‌ای نیست"),
     ("/follow What about it?", "در این موضوع کلمه‌ای نیست"),
     ("/follow -فوتبال", "در این موضوع کلمه‌ای نیست"),
     ("/follow " + "نفت " * 60, "این موضوع خیلی بلند است"),
     ("/following 25", "این ساعت یا منطقهٔ زمانی را"),
     ("/following kabul", "ساعت‌ها از این به بعد به وقت \u2068Asia/Kabul\u2069 است."),
     ("/following ۷", "فهرست روزانه از این به بعد ساعت ۷ می‌آید."),
     ("/unfollow باران", "موضوعی با این نام"), ("/unfollow همه", "همهٔ موضوع‌های"),
     ("/follow ایسنا", "از این به بعد")],
)  # fmt: skip
async def test_what_can_be_typed(server, bot, typed, reply):
    await server.write(typed)
    [sent] = await server.until_sent(1)
    assert sent.text.startswith(reply)


async def test_limits_and_english(server, archive):
    async with running_bot(server, archive, follows=1):
        for number, subject in enumerate(("oil", "Oil -football", "carpets"), start=1):
            await server.write(f"/follow {subject}", "en")
            sent = await server.until_sent(number)
    done, same, full = sent
    assert done.text.split("\n") == [
        "From now on I'll send you new articles.",
        "Subject: \u2068oil\u2069",
        "As soon as it is published",
    ]
    assert same.text.startswith("You were following this already")
    assert full.text.startswith("Only 1 subject can be followed")


async def test_a_subject_is_removed_by_its_name_or_its_number_in_the_list(server, bot):
    said = ("follow باران", "follow برف", "follow ۲", *(f"unfollow {at}" for at in "۳۲۱۱"))
    for number, command in enumerate(said, start=1):
        await server.write(f"/{command}")
        await server.until_sent(number)
    assert [one.text for one in server.sent[3:]] == [
        "موضوعی با این نام را دنبال نمی‌کنید. فهرست: \u2068/following\u2069"
        if name is None else f"دیگر «\u2068{name}\u2069» را دنبال نمی‌کنید."
        for name in ("۲", "برف", "باران", None)
    ]  # fmt: skip


async def test_an_agency_is_followed_as_a_whole(server, own_archive):
    async with running_bot(server, own_archive):
        await server.write("/follow ایلنا")
        await server.until_sent(1)
        await publish(own_archive, OIL, CARPET)
        sent = (await server.until_sent(2))[1]
        await server.write(QUESTION)
        await server.until_sent(3)
    assert CARPET.title in sent.text


NEWS = channel(-1001234567890, "خبر خزر", "khabar")
SECRET = channel(-1009876543210, "خصوصی", None)
EARLIER, OIL_POST, CLUB_POST, CARPET_POST = (
    replace(one, id=f"telegram-{chat}-{number}", agency=title, link=f"{link}/{number}")
    for number, (one, chat, title, link) in enumerate((
        (replace(CARPET, title="فرش‌های قدیمی", paragraphs=("فرش‌های قدیمی حراج شد.",)),
         9876543210, "خصوصی", "https://t.me/c/9876543210"),
        (OIL, 1234567890, "خبر خزر", "https://t.me/khabar"),
        (CLUB, 1234567890, "خبر خزر", "https://t.me/khabar"),
        (CARPETS, 9876543210, "خصوصی", "https://t.me/c/9876543210"),
    ), start=11)
)  # fmt: skip


async def test_a_channel_is_followed_alone_or_with_words(server, own_archive):
    server.meet(NEWS)
    await publish(own_archive, EARLIER)
    async with running_bot(server, own_archive, channels=("khabar",)):
        await server.write("/follow https://t.me/khabar/12?single", user=7)
        await server.write("/follow نفت @khabar -فوتبال", user=8)
        await server.write("/follow t.me/c/9876543210/11", user=9)
        whole, words, private = sorted(await server.until_sent(3), key=lambda sent: sent.chat_id)
        assert "موضوع: \u2068@khabar\u2069\n" in whole.text
        assert "موضوع: \u2068@khabar نفت\u2069\nبدون: \u2068فوتبال\u2069" in words.text
        assert "موضوع: \u2068خصوصی\u2069\n" in private.text
        # Of another source that says the same, nobody is told.
        await publish(own_archive, replace(OIL, id="n-9"), OIL_POST, CLUB_POST, CARPET_POST)
        sent = (await server.until_sent(7))[3:]
        for user, said in enumerate(("@khabar", "t.me/khabar نفت", "t.me/c/9876543210"), start=7):
            await server.write(f"/unfollow {said}", user=user)
        removed = (await server.until_sent(10))[7:]
    told = {(one.chat_id, title) for one in sent for title in (OIL.title, CLUB.title, CARPETS.title)
            if title in one.text}  # fmt: skip
    assert told == {(7, OIL.title), (7, CLUB.title), (8, OIL.title), (9, CARPETS.title)}
    assert {one.text.split("\n")[0] for one in sent if one.chat_id != 8} == {
        "تازه از «\u2068@khabar\u2069»:", "تازه از «\u2068خصوصی\u2069»:"}  # fmt: skip
    assert all(one.text.startswith("دیگر «") for one in removed)


async def test_a_reply_to_a_post_follows_its_channel_and_unknown_channels_are_refused(
    server, own_archive
):
    server.meet(NEWS)
    server.meet(channel(-1002222222222, "دیگر", "others"))
    post = {
        "message_id": 3, "date": 1, "chat": {"id": 7, "type": "private", "first_name": "Sara"},
        "text": "متن", "forward_origin": {
            "type": "channel", "date": 1, "chat": NEWS, "message_id": 12},
    }  # fmt: skip
    async with running_bot(server, own_archive, channels=(-1001234567890,)):
        await server.write("/follow", reply_to_message=post)
        [told] = await server.until_sent(1)
        for number, said in enumerate(("@others", "@nobody_here", "t.me/c/77/1"), start=2):
            await server.write(f"/follow {said}")
            refused = (await server.until_sent(number))[-1]
            assert refused.text.startswith("این کانال در بایگانی من نیست")
    assert "موضوع: \u2068@khabar\u2069" in told.text
