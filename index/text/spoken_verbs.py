"""Verbs as they are spoken, whose stems no written form has: می‌گه, میره, نمی‌دونن, اومدن."""

import re
from functools import cache
from typing import Final

from index.text.tables import read_table

_PRESENT_ENDINGS: Final = "م|ی|ه|د|یم|ید|ین|ن"
_PAST_ENDINGS: Final = "|م|ی|یم|ید|ین|ن|ه|هام|های|هایم|هاید|هاند|هان"


@cache
def _lemmas() -> dict[tuple[str, str], str]:
    return {(tense, stem): lemma for tense, stem, lemma in read_table("spoken_verbs.tsv")}


@cache
def _forms() -> tuple[re.Pattern[str], re.Pattern[str]]:
    def stems(tense: str) -> str:
        found = [stem for known, stem in _lemmas() if known == tense]
        return "|".join(sorted(found, key=len, reverse=True))

    present = rf"(?P<prefix>ن?می|ب|ن)(?P<stem>{stems('present')})(?:{_PRESENT_ENDINGS})"
    past = rf"(?:ن?می|ن)?(?P<stem>{stems('past')})(?:{_PAST_ENDINGS})"
    return re.compile(present), re.compile(past)


def spoken_lemma(joined: str) -> str | None:
    """Return the past and present stem of a spoken verb form in one piece, or None."""
    present, past = _forms()
    if match := present.fullmatch(joined):
        # Written forms in -د have their own stems, which hazm knows: می‌میرد.
        ending = joined[match.end("stem") :]
        if ending != "د" or match["stem"][-1] in "اآ":
            return _lemmas()["present", match["stem"]]
    if match := past.fullmatch(joined):
        return _lemmas()["past", match["stem"]]
    return None
