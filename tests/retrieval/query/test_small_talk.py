"""Small talk: messages that are nothing but greetings, thanks and the like."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.small_talk import SmallTalk, SmallTalkTopic, find_small_talk
from tests.support.paths import ROOT

# Of the data's unanswerable questions, those that are small talk.
TALK = {
    "حوصلم سر رفته یه جوک بگو بخندیم",
    "hoselam sar rafte ye jok begu bekhandim",
    "حالت چطوره؟ امروز چیکارا کردی؟",
    "halet chetore? emruz chikara kardi",
}
QUESTIONS = (
    "سلام، صادرات نفت ایران چقدر شد؟",
    "سلام وقت بخیر، سرمربی استقلال کیست؟",
    "ممنون، وزیر نفت چه گفت؟",
    "Hello, how many students study in Astrakhan?",
    "Thanks. And the governor?",
    "salam gheymate naft chand shod?",
    "نفت",
    "oil",
    "naft",
    "خزر",
    "Bale",
    "چه خبر؟",
    "آخرین اخبار",
    "latest news",
    "و استاندارش چه گفت؟",
    "چرا؟",
    "why?",
    "کمک‌های مردمی به سیل‌زدگان",
    "help for flood victims",
    "راهنمایی و رانندگی",
    "سلامت روان",
    "روز جهانی سلام",
    "۱۲۳",
    "؟!",
    "...",
    "",
)


@pytest.mark.parametrize(
    ("text", "topic", "language"),
    [
        ("سلام", "greeting", "fa"),
        ("سلااااام!!!", "greeting", "fa"),
        ("ســلام", "greeting", "fa"),
        ("سَلام عَلَیکُم", "greeting", "fa"),
        ("سلام‌علیکم", "greeting", "fa"),
        ("\u200fسلام\u200e", "greeting", "fa"),
        ("صبحتون به‌خير دوستان 🌹", "greeting", "fa"),
        ("با سلام و احترام خدمت شما", "greeting", "fa"),
        ("سلام چه خبر", "greeting", "fa"),
        ("سلام داداش خوبی؟", "wellbeing", "fa"),
        ("خوبی؟", "wellbeing", "fa"),
        ("خسته نباشید", "wellbeing", "fa"),
        ("دمت گرم", "thanks", "fa"),
        ("دستت‌دردنکنه عزیزم", "thanks", "fa"),
        ("مرسی 🙏🙏", "thanks", "fa"),
        ("ممنون از راهنمایی خوبتون", "thanks", "fa"),
        ("مرسی، خداحافظ", "goodbye", "fa"),
        ("تو کی هستی؟", "about", "fa"),
        ("راهنما", "help", "fa"),
        ("چه کارهایی می‌توانی انجام بدهی؟", None, None),
        ("چه کاری می‌توانی انجام دهی؟", "help", "fa"),
        ("ببخشید مزاحم شدم", "apology", "fa"),
        ("عالی بود", "praise", "fa"),
        ("باشه", "reaction", "fa"),
        ("ربات هستی یا آدم؟", "about", "fa"),
        ("یه مثال بزن", "help", "fa"),
        ("متوجه نشدم", "reaction", "fa"),
        ("ghalat bood", "reaction", "fa-Latn"),
        ("Where do you get your news?", "about", "en"),
        ("that's wrong", "reaction", "en"),
        ("هههههه", "reaction", "fa"),
        ("Salaaam", "greeting", "fa-Latn"),
        ("salam, khubi?", "wellbeing", "fa-Latn"),
        ("halet chetoreh", "wellbeing", "fa-Latn"),
        ("kheyli mamnun", "thanks", "fa-Latn"),
        ("damet garm dadash", "thanks", "fa-Latn"),
        ("khodafez", "goodbye", "fa-Latn"),
        ("Hi there!", "greeting", "en"),
        ("HELLOOO", "greeting", "en"),
        ("G'day mate", "greeting", "en"),
        ("good morning everyone", "greeting", "en"),
        ("hey, how are you doing today?", "wellbeing", "en"),
        ("thank you so much!", "thanks", "en"),
        ("What’s your name?", "about", "en"),
        ("what can you do?", "help", "en"),
        ("HELP", "help", "en"),
        ("ok", "reaction", "en"),
        ("hahaha", "reaction", "fa-Latn"),
        ("👍", "reaction", None),
        (":-)", "reaction", None),
        ("❤️", "reaction", None),
    ],
)
def test_small_talk_is_known_in_any_spelling(
    text: str, topic: str | None, language: str | None
) -> None:
    expected = SmallTalk(SmallTalkTopic(topic), language) if topic else None
    assert find_small_talk(text) == expected


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_no_small_talk(question: str) -> None:
    assert find_small_talk(question) is None


def test_no_question_of_the_data_is_small_talk() -> None:
    for name in ("unanswerable.jsonl", "turns.jsonl", "news_dev_latin.jsonl"):
        for line in (ROOT / "tests" / "data" / name).read_text("utf-8").splitlines():
            for key, text in json.loads(line).items():
                if key.startswith("q_") and text not in TALK:
                    assert find_small_talk(text) is None, text


@given(
    st.lists(
        st.sampled_from(["سلام", "خوبی", "دوست عزیز", "thanks", "mersi", "hi", "🙂", "!", "،"]),
        max_size=6,
    ),
    st.sampled_from(["نفت", "oil exports", "gheymate naft"]),
    st.sampled_from([" ", "\n", "\u200f "]),
)
def test_one_other_word_makes_it_a_question(around: list[str], word: str, space: str) -> None:
    assert find_small_talk(space.join([*around, word])) is None
    assert find_small_talk(space.join([word, *around])) is None


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    find_small_talk(text)
