"""Groups: settings for all members, and the greeting of a group that the bot comes to."""

from datetime import date

import pytest

from bot.store.preferences import Preferences
from tests.bot.support.api_people import group, private_chat
from tests.bot.support.archives import ILNA, ISNA, QUESTION
from tests.bot.support.running import running_bot

GROUP, ADMIN, MEMBER = group(), 20, 21
ASKED = f"/ask {QUESTION}"
SCOPE = "محدودهٔ جست‌وجو: "


@pytest.fixture
def administered(server, bot):
    """A running bot in a group that ADMIN administers."""
    server.administrators[GROUP["id"]] = {ADMIN}
    return server


async def test_an_administrator_sets_for_all_what_members_have_not_chosen(administered):
    server = administered
    await server.write("/settings", user=ADMIN, chat=GROUP)
    [panel] = await server.until_sent(1)
    assert panel.text.startswith("در این گروه، برای همهٔ اعضایی که خودشان")
    await server.press(panel, "۱ بخش", user=ADMIN)
    await server.until_edited(1)
    await server.write(ASKED, user=MEMBER, chat=GROUP)
    _, answered = await server.until_sent(2)
    assert len(answered.parsed.shown("blockquote")) == 1
    await server.write("/settings", user=MEMBER)
    *_, own = await server.until_sent(3)
    await server.press(own, "۵ بخش", user=MEMBER)
    await server.until_edited(2)
    await server.write(ASKED, user=MEMBER, chat=GROUP)
    *_, answered = await server.until_sent(4)
    assert len(answered.parsed.shown("blockquote")) > 1


async def test_members_search_within_the_limits_of_the_group(administered):
    server = administered
    await server.write("/source ایسنا", user=ADMIN, chat=GROUP)
    await server.write("/period از ۱۴۰۰ به بعد", user=ADMIN, chat=GROUP)
    sent = await server.until_sent(2)
    source, period = sorted(sent, key=lambda one: one.reply_to or 0)
    assert source.text.endswith("فقط در \u2068ایسنا\u2069 جست‌وجو می‌کنم.")
    assert "۱ فروردین ۱۴۰۰" in period.text
    await server.write(f"/source {ILNA}", user=MEMBER, chat=GROUP)
    await server.until_sent(3)
    await server.write(ASKED, user=MEMBER, chat=GROUP)
    *_, answered = await server.until_sent(4)
    [note] = answered.parsed.shown("italic")
    assert note.startswith(SCOPE)
    assert "ایسنا" in note
    assert "۱ فروردین ۱۴۰۰ به بعد" in note
    await server.write(QUESTION, user=MEMBER)
    *_, private = await server.until_sent(5)
    assert private.parsed.shown("italic") == [f"{SCOPE}\u2068{ILNA}\u2069"]


async def test_others_get_their_own_settings_and_press_no_button_of_the_group(administered):
    server = administered
    await server.write("/settings", user=MEMBER, chat=GROUP)
    await server.write("/settings", user=ADMIN, chat=GROUP)
    private, panel = await server.until_sent(2)
    assert private.buttons[0][0]["url"] == "https://t.me/khazar_test_bot?start=settings"
    refused = await server.callback_answer(await server.press(panel, "۱ بخش", user=MEMBER))
    assert refused["text"] == "فقط مدیران گروه می‌توانند تنظیمات آن را عوض کنند."


async def test_days_are_chosen_and_given_up(server, bot):
    await server.write("/period ۱۴۰۲")
    [chosen] = await server.until_sent(1)
    assert chosen.text == (
        "از این به بعد فقط در این تاریخ جست‌وجو می‌کنم: ۱ فروردین ۱۴۰۲ تا ۲۹ اسفند ۱۴۰۲."
    )
    for count, typed in enumerate(("blah blah", "ایسنا"), 2):
        await server.write(f"/period {typed}")
        *_, unknown = await server.until_sent(count)
        assert unknown.text.startswith("این تاریخ را نفهمیدم.")
    await server.write("/period")
    *_, panel = await server.until_sent(4)
    assert "۲۹ اسفند ۱۴۰۲" in panel.text
    await server.press(panel, "همهٔ تاریخ‌ها")
    [edited] = await server.until_edited(1)
    assert edited.text.startswith("از این به بعد در همهٔ تاریخ‌ها جست‌وجو می‌کنم.")


def test_a_members_choices_stay_within_those_of_the_group():
    year = Preferences(since=date(2025, 1, 1), until=date(2025, 12, 31), agencies=(ISNA,))
    inside = Preferences(since=date(2025, 6, 1), agencies=(ISNA, ILNA), language="en")
    assert inside.within(year) == Preferences(
        "en", agencies=(ISNA,), since=date(2025, 6, 1), until=date(2025, 12, 31)
    )
    outside = Preferences(until=date(2020, 1, 1), agencies=(ILNA,))
    assert outside.within(year) == year
    assert inside.within(Preferences()) == inside


async def test_a_group_is_greeted_and_told_what_the_bot_sees(server, bot):
    await server.join(GROUP)
    [greeting] = await server.until_sent(1)
    assert greeting.chat_id == GROUP["id"]
    assert greeting.text.startswith("سلام! من خزر هستم")
    assert "\u2068@khazar_test_bot\u2069" in greeting.text
    assert greeting.text.endswith("بقیهٔ پیام‌ها به من نمی‌رسد.")


async def test_an_administrator_gets_all_messages_and_no_hint(server, bot):
    await server.join(GROUP, "administrator")
    [greeting] = await server.until_sent(1)
    assert "به من نمی‌رسد" not in greeting.text


async def test_a_bot_that_left_greets_nobody(server, bot):
    await server.join(GROUP, "left", before="member")
    await server.write(QUESTION)
    [sent] = await server.until_sent(1)
    assert sent.chat_id == 7


async def test_a_group_that_has_become_a_supergroup_is_followed_when_sending(server, archive):
    old, new = {**group(-77), "type": "group"}, group(-1000000000077)
    async with running_bot(server, archive, operators=[9], allowed=[-77]):
        for chat in (old, new, private_chat(9)):
            server.meet(chat)
        server.migrated[old["id"]] = new["id"]
        await server.write(ASKED, chat=old)
        await server.until_sent(2)
        told = [sent for sent in server.sent if sent.chat_id == 9]
        assert len(told) == 1
        assert "-77 ← -1000000000077" in told[0].text
        [answered] = [sent for sent in server.sent if sent.chat_id == new["id"]]
        assert answered.reply_to is None
        await server.callback_answer(await server.press(answered, "مفید بود"))
        await server.write("/ask و صادرات گندم آن چقدر بود؟", chat=new)
        *_, followed = await server.until_sent(3)
    assert followed.chat_id == new["id"]
    assert "ادامهٔ پرسش قبلی" in followed.text
    assert server.calls.count("sendMessage") == 4
