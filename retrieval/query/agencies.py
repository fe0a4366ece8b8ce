"""Agencies that a question names as its source.

In the question's line of tokens a symbol replaces each agency's name; regular expressions over that
line find the names that say where an answer should come from. The rules, with examples and doubtful
cases, are in docs/agencies.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

from index.text.persian import ZWNJ
from retrieval.errors import QuestionError
from retrieval.token_line import (
    PAUSE,
    WORD,
    LazyPatterns,
    Token,
    TokenizedText,
    TokenLine,
    expand_span,
    normalized_words,
    pattern,
)

# Symbols for agencies in a line: for a name of its own; for one that something else has, too; for
# a word that in most questions is something else. data/agencies.tsv stars the latter two.
_SYMBOLS: Final = ("§", "¤", "¬")


@dataclass(frozen=True, slots=True)
class KnownAgency:
    """An agency of data/agencies.tsv.

    Attributes:
        persian: its usual full name.
        short: the name beside «خبرگزاری»: ایرنا, مهر; for all others the full name.
        latin: its usual name in English.
    """

    persian: str
    short: str
    latin: str


@dataclass(frozen=True, slots=True)
class SourceMention:
    """An agency that a question names as its source.

    Attributes:
        agencies: names as the archive has them; empty when the archive has nothing of the agency,
            and then nothing is filtered and nothing removed.
        name: as the question names it.
        start: offset of the first character of the words that name it as a source.
        end: offset after the last one.
    """

    agencies: tuple[str, ...]
    name: str
    start: int
    end: int


# Words for kinds of agencies, beside the name.
_KIND_FA: Final = (
    "(?:خبر ?گزاری|(?:وب ?)?سایت|پایگاه|تارنمای?|(?:روزنامه|شبکه|رسانه|مجله) ?ی?|هفته ?نامه)"
    "(?: (?:خبری|تحلیلی|اطلاع ?رسانی|رسمی|اینترنتی|ورزشی))*|باشگاه خبری"
)
_KIND_LATIN: Final = (
    "khabar ?gozari ?(?:y?e)?|r(?:oo|o|u)znamey?e?|saite|(?:news )?(?:agency|site|website)"
)
_KIND_BEHIND: Final = "news|agency|newspaper|daily|website|site|ir|com|net"
_KIND: Final = pattern(f"{_KIND_FA}|{_KIND_LATIN}|{_KIND_BEHIND}|www|the")

# A name that can be nothing else's, by itself or by the kind beside it.
_FIRM: Final = f"(?:(?:{_KIND_FA}|{_KIND_LATIN}) [§¤¬]|[§¤¬](?: (?:{_KIND_BEHIND}))+|§)"
_AND: Final = "(?: ,)? (?:و|یا|and|or|va|ya|o) (?:the )?"
# «فارس درباره», "Fars, what", but not "Fars governor": what follows does not belong to the name.
_APART: Final = (
    "(?= (?:[.,]|در|درباره|دربارهی|درمورد|درخصوص|راجع|پیرامون|از|چه|چی|چیست|چیه|را|رو|که|کدام|کی|"
    "چرا|چند|چقدر|آیا|امروز|دیروز|dar|darbare|darbareye|raje|az|che|chi|chie|chist|ro|emrooz|what|"
    "who|whom|whose|which|when|where|why|how|did|do|does|is|are|was|were|has|have|had|can|could|"
    rf"will|would|should|the|a|an|that|about|on|in|regarding|concerning)(?!\S)|{_AND}[§¤¬]|$)"
)
_ANY: Final = f"(?:{_FIRM}|[¤¬])"
_ANY_APART: Final = f"(?:{_FIRM}|[¤¬]{_APART})"
_LIKELY_APART: Final = f"(?:{_FIRM}|¤{_APART})"

_BEGIN: Final = r"(?:^|(?<=[.,] ))(?:the )?"
_NEWS_FA: Final = (
    "(?:خبر(?: ?ها)?(?: ?ی)?|خبرهای|اخبار|گزارش(?: ?های?)?|تیتر(?: ?های?)?|عناوین|مطالب|مقالات|"
    "(?:kh|x)abar ?(?:ha|a)?(?: ?y?e)?|a(?:kh|x)bar ?e?|gozaresh ?(?:ha)?(?: ?y?e)?)"
)
_NEWS_EN: Final = r"(?:news|headlines?|reports?|stor(?:y|ies)|articles?|coverage|updates?)(?!\S)"
_WROTE_WHAT: Final = (
    "(?:چه|چی|che|chi) (?:نوشت|نوشته|می ?نویسد|می ?نویسه|گفت|گفته|می ?گوید|می ?گه|آورده|گزارش|"
    "خبر داد|خبر داده|منتشر|nevesht|neveshte|goft|gofte|mige|gozaresh|khabar dad)"
)
_WROTE: Final = "(?:reports|reported|says|said|writes|wrote)"
_WRITE: Final = (
    "(?:say|report|write|publish|cover|carry|said|reported|written|published|covered|carried)"
)
# «خبرنگار اقتصادی», «گروه بین‌الملل»: the reporter or the desk of the agency.
_DESK: Final = (
    "(?: (?:خبرنگار|خبرنگاران|گزارشگر|گروه|سرویس|بخش|دفتر)"
    r"(?: (?!(?:از|در|به|که|با|ما|استان|شهرستان|خلیج|تیم) )[^\s.,§¤¬]+){0,4}?)?"
)


def _named(agency: str) -> str:
    """Return an expression for one agency or for several tied by "and"."""
    return f"(?P<name>{agency}(?:{_AND}{agency})*)"


# Wordings that name a source. The group `cut`, or else the whole match, is removed from the
# question. Of those that begin at the same word the first counts.
_CUES: Final = LazyPatterns(
    "(?:به ?گزارش|(?:به ?)?نقل ?از|از ?قول|به ?نوشته ?ی?|به ?روایت|به ?گفته ?ی?|منبع(?: ,)?|"
    "be gozaresh ?e?|(?:be )?na(?:gh|q)l ?e? az|az (?:gh|q)ol ?e?|be neveshte ?(?:ye)?|"
    f"be gofte ?(?:ye)?|manba ?e?(?: ,)?){_DESK}(?: khabarnegar ?e?)? {_named(_ANY)}",
    "(?:طبق|بنا ?بر|بنا به|بر ?اساس|بر پایه ?ی?|مطابق|teb(?:gh|q) ?e?)"
    "(?: (?:گزارش(?: ?های)?|خبر|اخبار|نوشته ?ی?|اعلام|gozaresh ?e?))? "
    f"{_named(_ANY_APART)}",
    "(?:according to|as per|citing|quoting|sources?(?: ,)?|(?:as )?(?:reported|published|quoted|"
    "cited|released|carried|posted|written|covered) by) (?:the )?"
    f"{_named(_ANY_APART)}(?: s)?(?: reports?)?",
    # ایلنا نوشت: ; Fars reports that ; as Fars reported
    f"{_BEGIN}{_named(_ANY)} (?:نوشت|گزارش (?:داد|کرد)|خبر داد)(?: که)?",
    f"{_BEGIN}{_named(f'(?:{_FIRM}|¤(?= {_WROTE}(?: (?:that|[.,])|$)))')} {_WROTE}(?: that)?",
    f"as (?:the )?{_named(_ANY)} {_WROTE}(?: that)?",
    # What did Fars report; not: How many cases did Fars report
    f"(?:did|does|has|have|do) (?:the )?{_named(_FIRM)} {_WRITE}",
    f"(?<=what )(?:did|does|has) {_named('¤')} {_WRITE}",
    f"{_BEGIN}(?P<cut>{_named(_LIKELY_APART)})(?= (?:[^.]* )?{_WROTE_WHAT})",
    # Only the name is removed: «آخرین خبرهای» or "latest news" still asks for something.
    f"{_NEWS_FA} (?P<cut>{_named(_LIKELY_APART)})",
    f"(?:latest|newest|recent) (?P<cut>{_named('[§¤¬](?: (?:news|agency))+|§')})",
    f"(?:latest|newest|recent) (?P<cut>{_named('¤')})(?= {_NEWS_EN})",
    f"(?P<cut>{_named(f'(?:{_FIRM}|¤(?= s ))')}(?: s)?)(?= {_NEWS_EN})",
    f"^(?P<cut>{_named(_FIRM)})(?= (?:about|on|regarding|concerning) )",
    f"{_NEWS_EN} (?P<cut>(?:from|by|via) (?:the )?{_named(_LIKELY_APART)})",
    f"{_NEWS_EN} (?:about|on|regarding|concerning) [^.,]* "
    f"(?P<cut>from (?:the )?{_named('¤')})(?= [.,]|$)",
)
# The same words may be about the agency itself: «از ایسنا اخراج شد», «خبرنگار ایسنا چه گفت».
_PLACES: Final = LazyPatterns(
    f"(?:در|توی?|از|روی|in|on|from|via|dar|az|too|tooye|tu|tuye) (?:the )?{_named(_FIRM)}",
    f"(?<!با )(?<!ba )(?P<cut>{_named(_FIRM)})(?= {_WROTE_WHAT})",
)
# Words about an agency itself: «مدیرعامل», "fired"; looked for among the words around it.
_SUBJECT: Final = pattern(
    "مدیر ?عامل|خبرنگار\\S*|عکاس|سردبیر|کارکنان|کارمند(?:ان)?|اخراج|استخدام|استعفا|بازداشت|دستگیر|"
    "حمله|تحریم|توقیف|فیلتر|مسدود|هک|شکایت|مجوز|تاسیس|تأسیس|موسس|khabarnegar|modir\\S*|sardabir|ekhraj|"
    "estekhdam|bazdasht|ceo|director|manager|editors?|journalists?|reporters?|correspondents?|"
    "photographers?|staff|employees?|founder|fired|dismissed|resign\\S*|quit|arrest\\S*|hired|"
    "work(?:s|ed|ing)?|sanction\\S*|ban|banned|attack\\S*|raid\\S*|impos\\S*|hack\\S*|lawsuits?|"
    "sue[ds]?|licen[cs]e"
)
_ANY_NEWS: Final = pattern(f"{_NEWS_FA}|{_NEWS_EN}")
_NEAR: Final = 3
# Of a longer name the first words are enough.
_MAX_WORDS: Final = 6
_SHOWN_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class _NamedAgency:
    """A name's symbol in a line, and the archive's agencies that it stands for."""

    symbol: str
    agencies: tuple[str, ...]


class Agencies:
    """The agencies of an archive, under all names that they are known by."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the names that the archive's articles have for their agencies."""
        self._names = tuple(dict.fromkeys(name for name in names if _spelling(name)))
        self._named_agencies: dict[str, _NamedAgency] = {}
        listed: dict[int, tuple[str, ...]] = {}
        for name in self._names:
            if (row := _row(name)) is not None:
                listed[row] = (*listed.get(row, ()), name)
                continue
            # These names are not in the table: without its kind, one may be any word.
            short = _short(_spelling(name))
            self._add(short, _NamedAgency(_SYMBOLS[2], (name,)))
            if short != _spelling(name):
                self._add(name, _NamedAgency(_SYMBOLS[0], (name,)))
        for form, (row, symbol) in _table().items():
            self._named_agencies[form] = _NamedAgency(symbol, listed.get(row, ()))
        # How many words the longest name has that begins with a word.
        self._longest: dict[str, int] = {}
        for form in self._named_agencies:
            first, *others = form.split(" ")
            self._longest[first] = max(1 + len(others), self._longest.get(first, 0))

    def mentioned(self, question: TokenizedText) -> SourceMention | None:
        """Return the agency that a question names as the source of its answer, if it does.

        Of several mentions the first that the archive has counts, or else the first.
        """
        tokens, named = self._with_symbols(question.tokens)
        if not named:
            return None
        line = TokenLine(tokens)
        mentions = [
            self._mention(question.text, line, match, named)
            for pattern in (*_CUES, *_PLACES)
            for match in pattern.finditer(line.text)
            if pattern not in _PLACES or not _is_subject(line.text, match)
        ]
        return min(mentions, key=lambda found: (not found.agencies, found.start), default=None)

    def resolve(self, name: str) -> tuple[str, ...]:
        """Return the archive's names of the agency that a person means by `name`.

        Raises:
            QuestionError: the archive has no such agency; says which it has.
        """
        if agencies := self.find(name):
            return agencies
        if not self._names:
            raise QuestionError("no_agencies", source=name)
        shown, more = self._names[:_SHOWN_NAMES], len(self._names) - _SHOWN_NAMES
        if more > 0:
            raise QuestionError("no_such_agency_of_many", source=name, names=shown, more=more)
        raise QuestionError("no_such_agency", source=name, names=shown)

    def find(self, name: str) -> tuple[str, ...]:
        """Return the archive's names of the agency that `name` is a name of; empty if of none."""
        full = _spelling(name)
        for form in (full, _short(full)):
            if (known := self._named_agencies.get(form)) and known.agencies:
                return known.agencies
        return tuple(other for other in self._names if _spelling(other) == full)

    def spellings(self) -> Mapping[str, Sequence[str]]:
        """Return each of the archive's agencies with all names that it is known by, plain words."""
        known: dict[str, list[str]] = {name: [_spelling(name)] for name in self._names}
        for form, named in self._named_agencies.items():
            for name in named.agencies:
                known[name].append(form)
        return known

    def _add(self, name: str, new: _NamedAgency) -> None:
        for form in _forms(_words_apart([name])[0]):
            old = self._named_agencies.get(form, new)
            agencies = tuple(dict.fromkeys((*old.agencies, *new.agencies)))
            self._named_agencies[form] = _NamedAgency(
                max(old.symbol, new.symbol, key=_SYMBOLS.index), agencies
            )

    def _with_symbols(self, tokens: Sequence[Token]) -> tuple[list[Token], dict[int, _NamedAgency]]:
        """Put one symbol for each agency's name; return also the agencies by their offsets."""
        replaced: list[Token] = []
        named: dict[int, _NamedAgency] = {}
        at = 0
        while at < len(tokens):
            token, length = tokens[at], 1
            longest = self._longest.get(token.plain, 0)
            for longer in range(min(longest, len(tokens) - at), 0, -1):
                words = tokens[at : at + longer]
                if found := self._named_agencies.get(" ".join(word.plain for word in words)):
                    token, length = Token(found.symbol, token.start, words[-1].end), longer
                    named[token.start] = found
                    break
            replaced.append(token)
            at += length
        return replaced, named

    def _mention(
        self, text: str, line: TokenLine, match: re.Match[str], named: Mapping[int, _NamedAgency]
    ) -> SourceMention:
        own = line.tokens_of(match, "name")
        start, end = own[0].start, own[-1].end
        found = {
            name for token in own if token.start in named for name in named[token.start].agencies
        }
        agencies = tuple(name for name in self._names if name in found)
        whole = line.tokens_of(match, "cut" if "cut" in match.re.groupindex else 0)
        left, right = expand_span(text, whole[0].start, whole[-1].end)
        # Where nothing else would be left, the words around the name stay.
        if not WORD.search(text[:left] + text[right:]):
            left, right = start, end
        return SourceMention(agencies, text[start:end], left, right)


def _is_subject(line: str, match: re.Match[str]) -> bool:
    """Return whether the words around a mention ask about the agency itself."""
    before = re.split("[.,]", line[: match.start()])[-1].split()[-_NEAR:]
    after = re.split("[.,]", line[match.end() :])[0].split()[:_NEAR]
    if _ANY_NEWS.search(" ".join(before)):
        return False
    return bool(_SUBJECT.search(" ".join([*before, *after])))


def _spelling(name: str) -> str:
    """Return the plain words of a name."""
    return " ".join(normalized_words([name])[0])


def _short(spelled: str) -> str:
    """Return a name without the words that any agency may have, or all of it if it has no other."""
    return " ".join(_KIND.sub(" ", spelled).split()) or spelled


def _words_apart(names: Sequence[str]) -> list[list[str]]:
    """Return the plain words of names, those that ZWNJ ties apart."""
    return normalized_words([name.replace(ZWNJ, " ") for name in names])


def _forms(words: Sequence[str]) -> Iterator[str]:
    """Yield a name of these words with them apart and in one piece, in every mixture."""
    first, *others = words[:_MAX_WORDS]
    for gaps in product((" ", ""), repeat=len(others)):
        yield first + "".join(gap + word for gap, word in zip(gaps, others, strict=True))


def _row(name: str) -> int | None:
    """Return the number of an archive's agency in the table; None if it has no such agency."""
    for part in (name, *PAUSE.split(name)):
        spelled = _spelling(part)
        for form in (spelled, _short(spelled)):
            if form in _table():
                return _table()[form][0]
    return None


@cache
def known_agency(name: str) -> KnownAgency | None:
    """Return what is known of an agency by a name that an archive has for it; None: nothing."""
    row = _row(name)
    if row is None:
        return None
    persian, further, latin = _rows()[row].split("\t")
    first, english = (names.split("|")[0].rstrip("*") for names in (further, latin))
    short = first if first and persian.startswith("خبرگزاری ") else persian
    return KnownAgency(persian, short, english)


@cache
def _rows() -> tuple[str, ...]:
    """Return the lines of data/agencies.tsv, an agency each."""
    data = files("retrieval").joinpath("data", "agencies.tsv").read_text("utf-8")
    return tuple(line for line in data.splitlines() if not line.startswith("#"))


@cache
def _table() -> Mapping[str, tuple[int, str]]:
    """Return the names of data/agencies.tsv in all forms, each with its row and its symbol."""
    found: dict[str, tuple[int, str]] = {}
    entries = [
        (row, name)
        for row, line in enumerate(_rows())
        for name in line.replace("\t", "|").split("|")
        if name
    ]
    # All at once is ten times faster than one by one.
    spelled = _words_apart([name.rstrip("*") for _, name in entries])
    for (row, name), words in zip(entries, spelled, strict=True):
        symbol = _SYMBOLS[name.count("*")]
        for form in _forms(words):
            # A starred name may be the full one, too, which has no star.
            known = found.get(form, (row, symbol))
            found[form] = (row, max(symbol, known[1], key=_SYMBOLS.index))
    return found
