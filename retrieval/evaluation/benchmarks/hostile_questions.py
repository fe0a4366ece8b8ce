"""Hostile questions: `python -m retrieval.evaluation.benchmarks.hostile_questions FILE`.

Texts that nobody asks but somebody sends: kinds of what a step of a question's way may take long
over, each in sizes up to the length limit. The command asks them and compares their times with
those of the ordinary questions of FILE. The suite counts operations with the same texts.
"""

import random
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

from index.console import application, echo, echo_json, run
from retrieval.errors import QuestionError
from retrieval.evaluation.questions import LANGUAGES, read_questions, standalone_queries
from retrieval.retriever import Retriever

# The first text in a script that is neither Persian nor Latin loads the model's whole vocabulary.
WARM_UP: Final = ("新闻报道",)
# Shares of the length limit.
_SIZES: Final = (0.05, 0.25, 0.5, 1.0)
_PERSIAN: Final = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_ZWNJ: Final = "\u200c"

_Chance = random.Random
_Piece = Callable[[_Chance], str]


@dataclass(frozen=True, slots=True)
class HostileQuestion:
    """A text that may cost more than a question does.

    Attributes:
        kind: what it is made of.
        text: at most as long as a question may be, before ligatures are written out.
    """

    kind: str
    text: str


def _letters(chance: _Chance, alphabet: str, shortest: int, longest: int) -> str:
    return "".join(chance.choices(alphabet, k=chance.randint(shortest, longest)))


def _one_of(choices: str, separator: str | None = None) -> _Piece:
    options = choices.split(separator)
    return lambda chance: chance.choice(options)


def _word_of(alphabet: str, shortest: int = 4, longest: int = 9) -> _Piece:
    return lambda chance: _letters(chance, alphabet, shortest, longest)


def _number(chance: _Chance) -> str:
    return str(chance.randrange(10 ** chance.randint(1, 12)))


def _date(chance: _Chance) -> str:
    year, month, day = chance.randint(1380, 1404), chance.randint(1, 12), chance.randint(1, 31)
    return chance.choice((f"{year}/{month}/{day}", f"{day} آبان {year}", f"سال {year}", f"{year}"))


def _slip(chance: _Chance) -> str:
    """Return a usual word with a slip in it, so that many words are near it."""
    word = chance.choice(_USUAL.split())
    at = chance.randrange(len(word))
    return word[:at] + chance.choice(_PERSIAN) + word[at + 1 :]


def _slip_in_latin(chance: _Chance) -> str:
    word = chance.choice(_ENGLISH.split())
    at = chance.randrange(len(word))
    return word[:at] + chance.choice(_LATIN) + word[at + 1 :]


def _compound(chance: _Chance) -> str:
    return _ZWNJ.join(_letters(chance, _PERSIAN, 2, 6) for _ in range(chance.randint(2, 12)))


def _nested(chance: _Chance) -> str:
    opening, closing = chance.choice(("()", "[]", "«»", "“”", "{}"))
    depth = chance.randint(2, 30)
    return opening * depth + _letters(chance, _PERSIAN, 2, 6) + closing * depth


def _repaired_bytes(chance: _Chance) -> str:
    return chance.randbytes(chance.randint(4, 40)).decode("utf-8", errors="replace")


def _any_characters(chance: _Chance) -> str:
    """Return assigned characters of any script."""
    codes = (chance.randrange(0x20, 0x1FFFF) for _ in range(chance.randint(2, 20)))
    return "".join(
        chr(code) for code in codes if unicodedata.category(chr(code)) not in ("Cn", "Cs")
    )


_USUAL: Final = (
    "دولت مجلس رئیس‌جمهور انتخابات اقتصاد صادرات واردات دانشگاه استقلال پرسپولیس فوتبال بازیکن "
    "سرمربی قیمت بازار تحریم همکاری کشاورزی بیمارستان دانشجویان کارگران استاندار خبرگزاری "
    "تولیدکنندگان"
)
_ENGLISH: Final = (
    "government parliament president election economy exports university football player coach "
    "price market sanctions cooperation agriculture hospital students workers governor producers"
)
_FUNCTION: Final = "و در به از که این را با است برای آن یک تا هم می نیز اما چه کی چی آیا چرا هست شد"
_MONTHS: Final = (
    "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند May March November محرم "
    "رمضان"
)
_RELATIVE: Final = (
    "دیروز|امروز|پریروز|هفته گذشته|ماه قبل|دو هفته پیش|سه روز اخیر|پارسال|last week|three days ago|"
    "شنبه|یکشنبه گذشته|تابستان ۹۸|دهه ۹۰|اوایل آبان"
)
_RANGES: Final = (
    "از آبان تا آذر|بین ۱۳۹۰ و ۱۳۹۵|بعد از ۱۳۹۲ و|قبل از سال ۹۸|from 2010 to|since May|تا"
)
_AGENCIES: Final = "ایسنا فارس ایرنا مهر تسنیم ورزش‌سه Fars ISNA Tasnim خبرگزاری خبر جام‌جم"
_SOURCED: Final = (
    "به گزارش|به گزارش خبرگزاری فارس|به نقل از ایسنا و فارس و مهر|اخبار|according to|"
    "as Fars reported|what did Fars report|خبرنگار گروه اقتصادی|آخرین خبرهای"
)
_NUMBERS: Final = (
    "یک دو سه بیست و سی هزار میلیون میلیارد صد و پانصد هزار و نیم درصد بر سوم one hundred thousand "
    "and twenty million half per cent"
)
_LIGATURES: Final = "ﷺ ﷲ ﷻ ﷽ ﷼ ﻻ ﺍﻟﺴﻼﻡ ﭘﺮﺳﭙﻮﻟﯿﺲ ﬁ ㎒ ㌔ ⑳ Ⅷ ½"
_OPERATORS: Final = '" «» “ ” „ -استقلال -"گاز طبیعی" "نفت" «تیم ملی» * ` ~~ || > # _ @ \\ / ='
_CONTROLS: Final = "\u202a \u202b \u202e \u202c \u2066 \u2067 \u2069 \u200e \u200f \u061c الف b"
_EMOJI: Final = "😀 👩‍👩‍👧‍👦 🇮🇷 ❤️ 👍🏽 ☺ ✅ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ۩ ♻️"
_OTHERS: Final = (
    "الجمهورية المستشفى والمسؤولين هەڵبژاردن پێشمەرگە ڕۆژنامە حکومت 新闻报道 日本語 大韓民國 "
    "한국어 "
    "новости правительство ελληνικά हिन्दी ไทยรัฐ עברית"
)
_CODES: Final = "کد خبر|کد خبر ۱۷۱۵۷۷۶|news code|شناسه مطلب 12345678|98765432123|خبر با شماره|کد"
_COURTESY: Final = (
    "سلام|لطفا|ممنون|میشه بگی|ببخشید|خسته نباشید|could you please|tell me|thanks|که|و|،"
)
_LETTERS_OF_LATIN: Final = "اف ای تی آی بی سی دی ان ال پی U. S. A. ف. ا. ت."
_WORDS_OF_FINGLISH: Final = (
    "chand daneshjoo shahrdari khabargozari mikhanand nemidanestim Astarakhan gheymate nerkhe "
    "varzeshgah entekhabat jomhoori keshvarhaye"
)
_ARTICLE: Final = (
    "به گزارش خبرنگار گروه اقتصادی، رئیس سازمان بنادر و دریانوردی در نشست خبری امروز گفت: حجم "
    "صادرات کالا از بندر انزلی به روسیه در هفت ماهه نخست سال ۱۴۰۴ نسبت به مدت مشابه سال گذشته ۲۵ "
    "درصد رشد داشته است. وی افزود: «با تکمیل راه‌آهن رشت ـ آستارا، زمان حمل‌ونقل به کمتر از "
    "نیمی از آنچه امروز هست می‌رسد.» "
)

# Each with what stands between its pieces.
_KINDS: Final[dict[str, tuple[_Piece, str]]] = {
    "unknown Persian words": (_word_of(_PERSIAN), " "),
    "unknown Latin words": (_word_of(_LATIN), " "),
    "unknown long Latin words": (_word_of(_LATIN, 11, 30), " "),
    "unknown names": (lambda chance: _letters(chance, _LATIN, 4, 9).capitalize(), " "),
    "unknown words of both": (_word_of(_PERSIAN + _LATIN), " "),
    "unknown long words": (_word_of(_PERSIAN, 8, 14), " "),
    "short words": (_word_of(_PERSIAN, 1, 3), " "),
    "letters": (_word_of(_PERSIAN + _LATIN, 1, 1), " "),
    "slips": (_slip, " "),
    "Latin slips": (_slip_in_latin, " "),
    "capitals": (lambda chance: _letters(chance, _LATIN, 2, 8).upper(), " "),
    "camel case": (lambda chance: _letters(chance, _LATIN, 2, 5).capitalize(), ""),
    "Finglish": (_one_of(_WORDS_OF_FINGLISH), " "),
    "dates": (_date, " "),
    "months": (_one_of(_MONTHS), " "),
    "months and": (_one_of(_MONTHS), " و "),
    "relative days": (_one_of(_RELATIVE, "|"), " "),
    "ranges": (_one_of(_RANGES, "|"), " "),
    "agencies": (_one_of(_AGENCIES), " "),
    "agencies and": (_one_of(_AGENCIES), " و "),
    "sources": (_one_of(_SOURCED, "|"), " "),
    "numbers in words": (_one_of(_NUMBERS), " "),
    "digits": (_number, " "),
    "numbers in one piece": (_number, "-"),
    "ligatures": (_one_of(_LIGATURES), ""),
    "ligatures apart": (_one_of(_LIGATURES), " "),
    "combining marks": (_one_of("\u0301 \u064b \u0670 \u0300 ا e"), ""),
    "operators": (_one_of(_OPERATORS), " "),
    "quotes": (_one_of('" « » “ ” \' نفت'), ""),
    "bidi controls": (_one_of(_CONTROLS), ""),
    "ZWNJ": (_one_of(f"{_ZWNJ} ا می ها"), ""),
    "compounds": (_compound, " "),
    "emoji": (_one_of(_EMOJI), ""),
    "other scripts": (_one_of(_OTHERS), " "),
    "other scripts in one piece": (_one_of(_OTHERS), ""),
    "brackets": (_nested, " "),
    "codes": (_one_of(_CODES, "|"), " "),
    "courtesy": (_one_of(_COURTESY, "|"), " "),
    "names of letters": (_one_of(_LETTERS_OF_LATIN), " "),
    "one token": (_word_of(_PERSIAN), ""),
    "one letter": (_one_of("ا"), ""),
    "function words": (_one_of(_FUNCTION), " "),
    "usual words": (_one_of(_USUAL), " "),
    "one word": (_one_of("ایران"), " "),
    "an article": (lambda _: _ARTICLE, ""),
    "lines": (_word_of(_PERSIAN), "\n"),
    "punctuation": (_one_of(". ؟ ! ، : ؛ … - — / \\ الف"), ""),
    "links": (lambda chance: f"https://{_letters(chance, _LATIN, 4, 9)}.ir/[x](y)", " "),
    "Markdown": (_one_of("**الف** [ب](پ) `ت` ~~ث~~ || > # - [ ]( ("), ""),
    "random bytes": (_repaired_bytes, " "),
    "any characters": (_any_characters, " "),
}  # fmt: skip
KINDS: Final = tuple(_KINDS)


def hostile_questions(number: int, max_characters: int, seed: int = 0) -> Iterator[HostileQuestion]:
    """Yield hostile questions, of each kind and size in turn; the same ones for the same seed.

    Args:
        number: how many.
        max_characters: how long a question may be.
        seed: of the random numbers.
    """
    sized = ((kind, size) for size in cycle(_SIZES) for kind in KINDS)
    for at, (kind, size) in enumerate(islice(sized, number)):
        chance = random.Random(f"{seed} {at}")
        yield HostileQuestion(kind, _text(kind, round(size * max_characters), chance))


def _text(kind: str, length: int, chance: _Chance) -> str:
    piece, separator = _KINDS[kind]
    pieces: list[str] = []
    total = 0
    while total < length:
        pieces.append(piece(chance))
        total += len(pieces[-1]) + len(separator)
    return separator.join(pieces)[:length]


app = application("Measure the time of hostile questions.", needs_command=False)


@app.command(
    epilog="Example: `python -m retrieval.evaluation.benchmarks.hostile_questions questions.jsonl`"
)
def measure(
    questions: Annotated[Path, typer.Argument(help="Ordinary questions, as for `eval`.")],
    number: Annotated[int, typer.Option(min=1, help="How many hostile questions.")] = 5000,
    seed: Annotated[int, typer.Option(help="Other texts with another number.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask ordinary questions and hostile ones, and print what they took, by kind.

    Times are of the processor, so that other programs do not count.
    """
    ordinary = standalone_queries(read_questions(questions), LANGUAGES)
    taken: dict[str, list[float]] = defaultdict(list)
    with Retriever.open() as retriever:
        for text in WARM_UP:
            retriever.ask(text)
        usual = [_milliseconds(retriever, one.text)[0] for one in ordinary]
        refused: dict[str, int] = defaultdict(int)
        for one in hostile_questions(number, retriever.settings.max_question_characters, seed):
            time_, was_refused = _milliseconds(retriever, one.text)
            taken[one.kind].append(time_)
            refused[one.kind] += was_refused
    p99 = float(np.percentile(usual, 99))
    groups = {"ordinary": usual, **taken}
    found = {kind: {**_figures(times), "refused": refused[kind]} for kind, times in groups.items()}
    most = max(max(times) for times in taken.values())
    if as_json:
        echo_json({"ordinary_p99": round(p99, 1), "beyond": round(most - p99, 1), "kinds": found})
        return
    for kind, row in sorted(found.items(), key=lambda pair: -pair[1]["max"]):
        echo(
            f"{kind:28}{row['n']:6,}{row['median']:9,.1f}{row['max']:9,.1f} ms"
            f"{row['refused']:6,} refused"
        )
    echo(f"the slowest takes {most - p99:,.1f} ms more than the ordinary p99, {p99:,.1f} ms")


def _milliseconds(retriever: Retriever, text: str) -> tuple[float, bool]:
    """Return the time of an answer or of a refusal, and whether it was a refusal."""
    begun = time.process_time()
    refused = False
    try:
        retriever.ask(text)
    except QuestionError:
        refused = True
    return 1000 * (time.process_time() - begun), refused


def _figures(times: Sequence[float]) -> dict[str, Any]:
    return {"n": len(times), "median": float(np.median(times)), "max": max(times)}


if __name__ == "__main__":
    run(app)
