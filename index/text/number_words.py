"""Words for numbers, Persian and English, with their values."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_DIGIT: Final = re.compile(r"\d")

PERSIAN: Final = {
    **dict(zip("صفر یک دو سه چهار پنج شش هفت هشت نه".split(), range(10), strict=True)),
    **dict(
        zip(
            "ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده".split(),
            range(10, 20),
            strict=True,
        )
    ),
    **{"هیجده": 18, "پونزده": 15, "شونزده": 16, "هیفده": 17, "شیش": 6, "پونصد": 500, "یه": 1},
    **dict(zip("بیست سی چهل پنجاه شصت هفتاد هشتاد نود".split(), range(20, 100, 10), strict=True)),
    **dict(
        zip(
            "صد دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد".split(),
            range(100, 1000, 100),
            strict=True,
        )
    ),
    "یکصد": 100,
}
ENGLISH: Final = {
    **dict(
        zip(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen".split(),
            range(20),
            strict=True,
        )
    ),
    **dict(
        zip(
            "twenty thirty forty fifty sixty seventy eighty ninety".split(),
            range(20, 100, 10),
            strict=True,
        )
    ),
}
SCALES: Final = {
    **{"هزار": 10**3, "میلیون": 10**6, "ملیون": 10**6, "میلیارد": 10**9, "تریلیون": 10**12},
    **{"thousand": 10**3, "million": 10**6, "billion": 10**9, "bn": 10**9, "trillion": 10**12},
}
HUNDRED: Final = "hundred"
ENGLISH_ORDINALS: Final = {
    **{"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12},
    **{
        f"{word}th": value
        for word, value in ENGLISH.items()
        if value in {4, 6, 7, 10, 11, *range(13, 20)}
    },
    **{f"{word[:-1]}ieth": value for word, value in ENGLISH.items() if value >= 20},
}
PERSIAN_ORDINALS: Final = {
    **{"اول": 1, "اولین": 1, "نخست": 1, "نخستین": 1, "دوم": 2, "دومین": 2, "سوم": 3, "سومین": 3},
    **{
        f"{word}{ending}": value
        for word, value in PERSIAN.items()
        if value not in {0, 2, 3, 30}
        for ending in ("م", "مین")
    },
}
HALVES: Final = frozenset(("نیم", "half"))
# The words that a number may begin with.
FIRST_WORDS: Final = frozenset(
    {*PERSIAN, *PERSIAN_ORDINALS, *ENGLISH, *ENGLISH_ORDINALS, *SCALES, *HALVES, "a"}
)
_PARTS: Final = frozenset({*PERSIAN, *PERSIAN_ORDINALS, *SCALES, "نیم"})
# And as they are written with «و» in one piece: وپنج, هزارو.
_IN_TEXTS: Final = FIRST_WORDS.union(*((f"و{part}", f"{part}و") for part in _PARTS))


def spell_out(value: int, language: str) -> str:
    """Return a whole number below a thousand in words.

    Args:
        value: the number.
        language: "en" for English; Persian otherwise.

    Raises:
        ValueError: it is negative, or a thousand or more.
    """
    if not 0 <= value < 1000:
        raise ValueError(f"only numbers below a thousand are spelled out, not {value}")
    english = language == "en"
    names = {number: word for word, number in reversed((ENGLISH if english else PERSIAN).items())}
    hundreds, rest = divmod(value, 100)
    tens, units = (rest - rest % 10, rest % 10) if rest > 20 else (0, rest)
    small = [names[part] for part in (tens, units) if part]
    if english:
        parts = [f"{names[hundreds]} {HUNDRED}"] if hundreds else []
        return " and ".join([*parts, "-".join(small)] if small else parts) or names[0]
    parts = [names[100 * hundreds]] if hundreds else []
    return " و ".join([*parts, *small]) or names[0]


def is_persian_number(word: str) -> bool:
    """Return whether a Persian word is a number or a part of one."""
    return word in _PARTS


def may_have_number(text: str) -> bool:
    """Return whether a text in small letters has a digit or a word that a number may begin with.

    Most sentences of an archive have none, which is seen in a fifth of the time of reading numbers.
    """
    return bool(_DIGIT.search(text)) or not _IN_TEXTS.isdisjoint(_WORD.findall(text))


def limit_after(smallest: int) -> int:
    """Return what a further part of a number must be below: after 300 a 100, after 20 a 10."""
    if smallest >= 1000:
        return 1000
    return 100 if smallest >= 100 else 10 if smallest >= 20 else 0
