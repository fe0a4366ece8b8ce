"""What the terminal says, in English and in Persian: all of its words are here, side by side."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from index.search_index import Filter
from index.text.persian import to_persian_digits
from retrieval.presentation.date_format import format_date
from retrieval.query.query import ENGLISH, PERSIAN

_FSI, _PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_DIRECTION: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class TerminalMessages:
    """The terminal's words in one language.

    Attributes:
        language: "en" or "fa".
    """

    language: str

    def text(self, key: str, **values: str) -> str:
        """Return a text with its placeholders filled.

        Raises:
            KeyError: there is no such text, or a placeholder got no value.
        """
        return _chosen(self.language, _TEXTS[key]).format(**values)

    def help(self) -> Iterator[tuple[str, str]]:
        """Yield each command as it is typed, with what it does."""
        for usage, *texts in _COMMANDS:
            yield usage, _chosen(self.language, texts)

    def digits(self, text: str) -> str:
        """Write the digits in `text` as the language does."""
        return to_persian_digits(text).replace("%", "٪") if self.language == PERSIAN else text

    def number(self, value: float, places: int = 0) -> str:
        """Write a number with some decimal places."""
        return self.digits(f"{value:.{places}f}")

    def percent(self, share: float) -> str:
        """Write a share in [0, 1] as a percentage."""
        return self.digits(f"{share:.0%}")

    def day(self, day: date) -> str:
        """Write a day in the reader's calendar."""
        return format_date(day, self.language)

    def names(self, names: tuple[str, ...]) -> str:
        """Write names one after the other."""
        return self.text("comma").join(map(self.isolate, names))

    def limits(self, within: Filter) -> str:
        """Write what a filter lets through: days and agencies."""
        parts = [self._days(within.since, within.until), self.names(within.agencies)]
        return self.text("semicolon").join(part for part in parts if part)

    def isolate(self, value: str) -> str:
        """Return a value for a line, so that neither disturbs the order of the other's letters.

        One with letters of the other direction is put between the isolates of the Unicode
        Bidirectional Algorithm (UAX #9), which `without_isolates` takes out again. Direction
        controls inside it are dropped (an override would reach beyond it), and its white space
        becomes single spaces, so that it stays on the line.
        """
        flat = " ".join(_DIRECTION.sub("", value).split())
        other = ("L",) if self.language == PERSIAN else ("R", "AL")
        foreign = any(unicodedata.bidirectional(letter) in other for letter in flat)
        return f"{_FSI}{flat}{_PDI}" if foreign else flat

    def _days(self, since: date | None, until: date | None) -> str:
        if since and until:
            if since == until:
                return self.day(since)
            return self.text("from_to", since=self.day(since), until=self.day(until))
        if since:
            return self.text("from", day=self.day(since))
        return self.text("to", day=self.day(until)) if until else ""


def wording_for(language: str) -> TerminalMessages:
    """Return the words for somebody who asks in `language`, one of `Answer.language`."""
    return TerminalMessages(ENGLISH if language == ENGLISH else PERSIAN)


def without_isolates(text: str) -> str:
    """Return a line without the marks of `Wording.isolate`, for what is no terminal."""
    return text.replace(_FSI, "").replace(_PDI, "")


def _chosen(language: str, texts: tuple[str, ...] | list[str]) -> str:
    return texts[language == PERSIAN]


# What is typed, then what it does in English and in Persian.
_COMMANDS: Final = (
    (":more", "the next passages of the last answer", "بخش‌های بعدیِ همان پاسخ"),
    (":open 1", "the whole article of passage 1", "متن کامل خبرِ یک بخش"),
    (
        ":around 1 3",
        "passage 1 with the 3 paragraphs before and after it (else 2)",
        "یک بخش با سه بند پیش و پس از آن (بی‌عدد: دو بند)",
    ),
    (
        ":related 1",
        "articles near to that of passage 1; then :open r1",
        "خبرهای نزدیک به خبرِ یک بخش",
    ),
    (":open r1", "the first of these articles", "نخستین خبر از آن خبرها"),
    (
        ":why 1",
        "why passage 1 was found, and how sure that is",
        "چرا این بخش پیدا شد و چه اندازه مطمئن است",
    ),
    (
        ":from 1404-08-01",
        "only articles from this day, month or year on, in either calendar",
        "فقط خبرهای این روز، ماه یا سال به بعد، هجری یا میلادی",
    ),
    (":to 2025-11", "only articles until then", "فقط خبرهای تا این زمان"),
    # The mark keeps the name out of the Persian text behind it.
    (
        ":source ایلنا\N{LEFT-TO-RIGHT MARK}",
        "only articles of this agency",
        "فقط خبرهای این خبرگزاری",
    ),
    (
        ":from",
        "any day again; so do :to and :source alone",
        "برداشتن این محدودیت؛ دو دستور دیگر هم همین‌طور",
    ),
    (":filters", "the limits that are set", "محدودیت‌هایی که گذاشته‌اید"),
    (":new", "forget the conversation: what comes is no follow-up", "فراموش کردن گفت‌وگو تا اینجا"),
    (":k 5", "5 passages in an answer", "پنج بخش در هر پاسخ"),
    (":json", "answers as JSON; once more: as text", "پاسخ‌ها به شکل داده؛ بار دوم: به شکل متن"),
    (":help", "this", "همین راهنما"),
    (":quit", "leave (so does Ctrl-D)", "پایان"),
)

_TEXTS: Final = {
    # Parts of lines.
    "comma": (", ", "، "),
    "semicolon": ("; ", "؛ "),
    "from_to": ("{since} to {until}", "{since} تا {until}"),
    "from": ("{day} and later", "{day} و پس از آن"),
    "to": ("{day} and earlier", "{day} و پیش از آن"),
    "code": ("news code {code}", "کد خبر {code}"),
    # Answers.
    "found": (
        "The archive has an answer (confidence {percent})",
        "پاسخ در بایگانی هست (اطمینان {percent})",
    ),
    "nearest": (
        "No answer found in the archive; the nearest passages (chance {percent}):",
        "پاسخی در بایگانی پیدا نشد؛ نزدیک‌ترین بخش‌ها (احتمال پاسخ {percent}):",
    ),
    "next_page": ("More passages:", "بخش‌های بعدی:"),
    "nothing_asked": (
        "I see no question; please type some words.",
        "پرسشی ندیدم؛ چند واژه بنویسید.",
    ),
    "nothing_left": (
        "No article of the archive is within these limits.",
        "هیچ خبری از بایگانی در این محدوده نیست.",
    ),
    "nothing_dated": (
        "There is nothing to put in order of time.",
        "چیزی نیست که به ترتیب زمان بیاید.",
    ),
    "unknown_code": (
        "No article of the archive has the code {code}.",
        "هیچ خبری از بایگانی کد {code} را ندارد.",
    ),
    "undated": (
        "The articles of the archive have no dates; time was set aside.",
        "خبرهای بایگانی تاریخ ندارند؛ زمان کنار گذاشته شد.",
    ),
    "renewed": ("The archive has been renewed.", "بایگانی تازه شده است."),
    "no_more": ("there are no more passages for this question", "بخش دیگری برای این پرسش نیست"),
    "follows_up": (
        "Read as a follow-up of what was asked before.",
        "در ادامهٔ پرسش پیشین خوانده شد.",
    ),
    "limited": ("Limited to: {limits}", "جست‌وجو محدود به: {limits}"),
    "widened": (
        "Nothing of the time that you name answers; this is from other times.",
        "در زمانی که گفتید پاسخی نبود؛ این‌ها از زمان‌های دیگر است.",
    ),
    "unknown_source": (
        "The archive has nothing by “{source}”; that was set aside.",
        "بایگانی چیزی از «{source}» ندارد؛ این شرط کنار گذاشته شد.",
    ),
    "related": ("Articles near to “{title}”:", "خبرهای نزدیک به «{title}»:"),
    "no_related": ("The archive has no other article.", "بایگانی خبر دیگری ندارد."),
    # Explanations.
    "asked_in": ("Language: {language}", "زبان پرسش: {language}"),
    "in_fa": ("Persian", "فارسی"),
    "in_en": ("English", "انگلیسی"),
    "in_fa-Latn": ("Persian in Latin letters", "فارسی با حروف لاتین"),
    "searched": ("Searched for: {text}", "جست‌وجو شد: {text}"),
    "took": (
        "It took {total} ms: {stages}",
        "{total} میلی‌ثانیه طول کشید: {stages}",
    ),
    "stage_understand": ("understanding {time}", "فهمیدن پرسش {time}"),
    "stage_encode": ("encoding {time}", "بردارسازی {time}"),
    "stage_meaning": ("search by meaning {time}", "جست‌وجوی معنا {time}"),
    "stage_words": ("search by words {time}", "جست‌وجوی واژه‌ها {time}"),
    "stage_candidates": ("reading candidates {time}", "خواندن نامزدها {time}"),
    "stage_judge": ("ranking {time}", "رتبه‌بندی {time}"),
    "stage_show": ("choosing sentences {time}", "گزینش جمله‌ها {time}"),
    "follows": ("Follow-up of: {question}", "در ادامهٔ این پرسش: {question}"),
    "looked_up": (
        "Nothing was weighed: articles were asked for by their code or date only.",
        "چیزی سنجیده نشد: خبرها فقط با کد یا تاریخ خواسته شده‌اند.",
    ),
    "chance": (
        "Chance that the archive answers: {percent}. It rests on:",
        "احتمال این که پاسخ در بایگانی باشد: {percent}، بر پایهٔ:",
    ),
    # One for each value of `retrieval.confidence.Evidence`.
    "evidence_similarity": (
        "closeness in meaning of the first passage: {value}",
        "نزدیکی معنای نخستین بخش: {value}",
    ),
    "evidence_margin": (
        "how far the closest passage is ahead of the ten closest: {value}",
        "فاصلهٔ نزدیک‌ترین بخش از ده بخش نزدیک: {value}",
    ),
    "evidence_coverage": (
        "words of the question that its article has: {value}",
        "واژه‌های پرسش که در خبر آن هست: {value}",
    ),
    "evidence_strength": (
        "strength of the best match by words: {value}",
        "قوت بهترین هم‌خوانی واژه‌ها: {value}",
    ),
    "evidence_missing": (
        "weight of the weightiest word that its article lacks: {value}",
        "وزن سنگین‌ترین واژه‌ای که در خبر آن نیست: {value}",
    ),
    "evidence_lead": (
        "how far its article is ahead of the others by words: {value}",
        "فاصلهٔ خبر آن از خبرهای دیگر از نظر واژه‌ها: {value}",
    ),
    "reasons": ("Passage {number} (score {score})", "بخش {number} (امتیاز {score})"),
    "by_meaning": (
        "by meaning: place {rank} (cosine {cosine})",
        "از نظر معنا: جایگاه {rank} (کسینوس {cosine})",
    ),
    "by_words": (
        "by words: place {rank} (score {score})",
        "از نظر واژه‌ها: جایگاه {rank} (امتیاز {score})",
    ),
    "not_by_words": ("by words: not found", "از نظر واژه‌ها: پیدا نشد"),
    "bonus": (
        "added for the conversation or the time: {value}",
        "افزوده برای گفت‌وگو یا زمان: {value}",
    ),
    "matched": (
        "the word “{word}” (weight {weight}): {terms}",
        "واژهٔ «{word}» (وزن {weight}): {terms}",
    ),
    "unmatched": (
        "the word “{word}” (weight {weight}): not in it",
        "واژهٔ «{word}» (وزن {weight}): در آن نیست",
    ),
    # The prompt.
    "ask": (
        "Type a question in Persian or English and press Enter.",
        "پرسش خود را بنویسید و Enter را بزنید.",
    ),
    "stopped": ("Stopped.", "متوقف شد."),
    "as_json": ("Answers are shown as JSON.", "پاسخ‌ها به شکل JSON نشان داده می‌شود."),
    "as_text": ("Answers are shown as text.", "پاسخ‌ها به شکل متن نشان داده می‌شود."),
    "passages": ("Answers have {count} passages.", "هر پاسخ {count} بخش دارد."),
    "unlimited": ("No limits are set.", "محدودیتی گذاشته نشده است."),
    "forgotten": ("The conversation begins anew.", "گفت‌وگو از نو آغاز می‌شود."),
    "no_command": (
        "{name}: no such command; :help lists them",
        "دستور {name} نداریم؛ \u2068:help\u2069 همه را نشان می‌دهد",
    ),
    "no_answer": (
        "there is no answer yet; ask a question first",
        "هنوز پاسخی نیست؛ نخست پرسشی بنویسید",
    ),
    "no_passage": (
        "there is no passage yet; ask a question first",
        "هنوز بخشی نیست؛ نخست پرسشی بنویسید",
    ),
    "which_passage": (
        "{name} takes a passage's number, 1 to {count}",
        "{name} شمارهٔ یک بخش را می‌خواهد، ۱ تا {count}",
    ),
    "which_related": (
        "there is no article {name}; :related 1 lists articles",
        "خبر {name} نداریم؛ \u2068:related 1\u2069 خبرها را نشان می‌دهد",
    ),
    "how_many": (
        ":k 5 shows 5 passages; from 1 to 100",
        "\u2068:k 5\u2069 یعنی پنج بخش؛ از ۱ تا ۱۰۰",
    ),
    "how_far": (
        ":around 1 3 shows 3 paragraphs before and after passage 1; from 1 to 100",
        "\u2068:around 1 3\u2069 یعنی بخش ۱ با سه بند پیش و پس از آن؛ از ۱ تا ۱۰۰",
    ),
    "gone": ("article {id} is no longer in the index", "خبر {id} دیگر در نمایه نیست"),
}
