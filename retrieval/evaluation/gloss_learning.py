"""Learning the glossary: the lexicon turned round, checked against articles in two languages.

A Persian word has many English words in the lexicon. Where articles with an English title and
abstract have the Persian word often enough, the English word counts that stands most often beside
it. Elsewhere a Persian word must have one English word only.
"""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.article import Article
from index.files import atomic_write
from index.text.function_words import is_function_word
from index.text.letters import ZWNJ, fold_letters
from index.text.number_words import is_persian_number
from index.text.persian import words
from retrieval.crosslingual.glossary import LONGEST, glossary_key
from retrieval.crosslingual.lexicon import ENGLISH_FUNCTION_WORDS, Lexicon, news_lexicon
from retrieval.crosslingual.phonetic_index import PhoneticIndex
from retrieval.crosslingual.transliteration import NAMES, latin_letters
from retrieval.errors import QuestionFileError

# Articles with a Persian word, from which on they tell its meaning.
_ENOUGH: Final = 3
# Part of these articles that must have the English word: any, or the one that the lexicon has the
# Persian word for in the first place.
_SURE: Final = 0.5
_SURE_OF_FIRST: Final = 0.3
# Part of them from which on another English word makes a Persian one unsure: one that has it as
# its usual equivalent, or with another letter (رئال, Real Madrid, and ریال, the currency).
_RIVAL: Final = 0.1
_SHORTEST: Final = 3
# Part of its places where a name has a capital: one that sounds like the Persian word, and any
# other; Champions and Ministers often have one, too.
_MOSTLY: Final = 0.5
_ALWAYS: Final = 0.95
# Phonetic distance of a name or a borrowed word from its Persian spelling, by letter.
_SOUNDS_ALIKE: Final = 0.2
_LATIN_WORD: Final = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class ParallelText:
    """A text in two languages, a title and a summary; the English one may say less."""

    persian: str
    english: str


@dataclass(frozen=True, slots=True)
class _Sense:
    """An English word for a Persian one.

    Attributes:
        rank: the Persian word's place among the English word's equivalents.
        spelling: of the English word.
        persian: the Persian word with its hamza, which keys do not have: رئال and ریال.
    """

    rank: int
    spelling: str
    persian: str


def learn_glossary(texts: Iterable[ParallelText], lexicon: Lexicon | None = None) -> dict[str, str]:
    """Return the English word for each Persian word that has a sure one, by `glossary_key`.

    Args:
        texts: what shows which English word a Persian one is used for.
        lexicon: English to Persian; None: the one that ships with the project.
    """
    lexicon = lexicon or news_lexicon()
    senses = _reversed(lexicon)
    found: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    capitals: dict[str, Counter[bool]] = defaultdict(Counter)
    for text in texts:
        lemmas = _lemmas(lexicon, text.english, capitals)
        for key in _keys(text.persian, senses):
            found[key] += 1
            together.update((key, lemma) for lemma in senses[key] if lemma in lemmas)
    glossary: dict[str, str] = {}
    for key, own in senses.items():
        beside = {lemma: together[key, lemma] for lemma in own}
        lemma = _sure(own, found[key], beside)
        if lemma is None or _is_function_word(lemma):
            continue
        written = _written(own[lemma].spelling, key, capitals[lemma])
        # A club may be called by a word: Naft by that for oil.
        if written.islower() or not _is_word_too(lemma, own, found[key], beside, capitals):
            glossary[key] = written
    return glossary


def read_parallel(path: Path, article: Callable[[str], Article | None]) -> Iterator[ParallelText]:
    """Yield the titles and abstracts of articles with their English ones.

    Args:
        path: JSON Lines with "id", "title_en" and "abstract_en".
        article: returns an article by its id, or None; articles that are not there are left out.

    Raises:
        QuestionFileError: the file cannot be read, or a line is something else.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            english = "\n".join((record["title_en"], record["abstract_en"]))
            found = article(record["id"])
        except (ValueError, KeyError, TypeError):
            raise QuestionFileError(
                f'{path}:{number}: expected {{"id": ..., "title_en": ..., "abstract_en": ...}}'
            ) from None
        if found is not None:
            yield ParallelText(f"{found.title}\n{found.abstract or ''}", english)


def write_glossary(glossary: Mapping[str, str], path: Path) -> None:
    """Write a glossary as the data file that ships with the project.

    Raises:
        OSError: the file cannot be written.
    """
    lines = "".join(f"{key}\t{glossary[key]}\n" for key in sorted(glossary))
    with atomic_write(path) as partial:
        # Without a time, so that the same glossary is the same file.
        partial.write_bytes(gzip.compress(lines.encode(), mtime=0))


def _reversed(lexicon: Lexicon) -> dict[str, dict[str, _Sense]]:
    """Return the English words, in small letters, of each Persian word."""
    senses: dict[str, dict[str, _Sense]] = defaultdict(dict)
    for spelling, equivalents in lexicon.entries():
        for rank, equivalent in enumerate(equivalents):
            own = [word.text for word in words(equivalent)]
            if not own or len(own) > LONGEST or (len(own) == 1 and _says_nothing(own[0])):
                continue
            known = senses[glossary_key(own)].get(spelling.casefold())
            if known is None or rank < known.rank:
                senses[glossary_key(own)][spelling.casefold()] = _Sense(
                    rank, spelling, fold_letters(equivalent).replace(ZWNJ, " ")
                )
    return senses


def _says_nothing(word: str) -> bool:
    return len(word) < _SHORTEST or is_function_word(word) or is_persian_number(word)


def _keys(persian: str, senses: Mapping[str, object]) -> set[str]:
    own = [word.text for word in words(persian)]
    spans = (
        glossary_key(own[at : at + length])
        for at in range(len(own))
        for length in range(1, LONGEST + 1)
    )
    return {key for key in spans if key in senses}


def _lemmas(lexicon: Lexicon, english: str, capitals: Mapping[str, Counter[bool]]) -> set[str]:
    """Return the lexicon's entries in a text, and count which of them have a capital."""
    lemmas: set[str] = set()
    for sentence in re.split(r"[.?!:\n]", english.replace("-", " ").replace("’", "'")):
        own = _LATIN_WORD.findall(sentence)
        for at, length in _spans(len(own)):
            phrase = " ".join(own[at : at + length])
            forms = lexicon.lemmas(phrase)
            lemmas |= forms
            if at:  # The first word of a sentence always has one.
                for form in forms:
                    capitals[form][phrase[0].isupper()] += 1
    return lemmas


def _spans(count: int) -> Iterator[tuple[int, int]]:
    return ((at, length) for at in range(count) for length in range(1, LONGEST + 1))


def _sure(senses: Mapping[str, _Sense], texts: int, beside: Mapping[str, int]) -> str | None:
    """Return the English word that a Persian one surely means, or None.

    Args:
        senses: its English words.
        texts: how many texts have it.
        beside: how many of them have each English word.
    """
    if texts < _ENOUGH:
        [lemma, *others] = senses
        return lemma if not others and not senses[lemma].rank else None
    # A word's usual equivalent says more than one that it has, too.
    needed = {lemma: _SURE if sense.rank else _SURE_OF_FIRST for lemma, sense in senses.items()}
    best = max(senses, key=lambda lemma: (beside[lemma] / needed[lemma], lemma))
    rivals = (
        lemma
        for lemma, sense in senses.items()
        if not sense.rank and (senses[best].rank or sense.persian != senses[best].persian)
    )
    if any(beside[lemma] >= _RIVAL * texts for lemma in rivals):
        return None
    return best if beside[best] >= needed[best] * texts else None


def _is_word_too(
    name: str,
    senses: Mapping[str, _Sense],
    texts: int,
    beside: Mapping[str, int],
    capitals: Mapping[str, Counter[bool]],
) -> bool:
    """Return whether a Persian word that may be a name is often its usual English word instead.

    Arguments are those of `_sure`; `capitals` counts where each English word has a capital.
    """
    return any(
        beside[lemma] >= _RIVAL * texts and 2 * capitals[lemma][True] < capitals[lemma].total()
        for lemma, sense in senses.items()
        if lemma != name and not sense.rank
    )


def _written(spelling: str, key: str, capitals: Counter[bool]) -> str:
    """Return an English word with a capital where it is a name, as far as that can be seen."""
    if capitals:
        needed = _MOSTLY if _sounds_alike(spelling, key) else _ALWAYS
        is_name = capitals[True] >= needed * capitals.total()
    else:
        is_name = not spelling.islower() or _sounds_alike(spelling, key)
    if not is_name:
        return spelling.lower()
    return " ".join(word[:1].upper() + word[1:] for word in spelling.split())


def _is_function_word(lemma: str) -> bool:
    return "'" in lemma or lemma in ENGLISH_FUNCTION_WORDS


def _sounds_alike(spelling: str, key: str) -> bool:
    latin = latin_letters(spelling)
    return bool(latin) and bool(
        PhoneticIndex([key]).search(latin, NAMES, {}, _SOUNDS_ALIKE * len(latin), 1)
    )
