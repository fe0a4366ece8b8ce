"""Catalogues of texts: both languages have the same ones, and the code uses all of them."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from retrieval.catalogues import Text
from retrieval.presentation.bidi import direction_mark
from retrieval.presentation.messages import LANGUAGES
from tests.support.paths import ROOT

# The folder of each catalogue, and the packages whose code uses it.
CATALOGUES = {
    "retrieval/presentation/locales": ("retrieval", "bot"),
    "bot/locales": ("bot",),
}
# Methods that take the key of a text.
LOOKUPS = {"text", "_say", "_tell", "_refuse"}
# Errors whose first argument is the key of a text.
ERRORS = {"CommandError", "LocalizedError", "QuestionError"}
ISOLATE = re.compile("\u2068[^\u2069]*\u2069")


def catalogue(folder: str, language: str) -> dict[str, Text]:
    return tomllib.loads((ROOT / folder / f"{language}.toml").read_text(encoding="utf-8"))


def all_keys() -> set[str]:
    return {key for folder in CATALOGUES for key in catalogue(folder, "en")}


def forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def placeholders(text: Text) -> set[str]:
    """Return the placeholders of a text, or of its form for all counts but one."""
    general = text if isinstance(text, str) else text["other"]
    return {name for _, name, _, _ in Formatter().parse(general) if name is not None}


def trees(package: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in (ROOT / package).rglob("*.py"):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def patterns(node: ast.AST) -> Iterator[str]:
    """Yield a regular expression for each text and f-string in an expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[A-Za-z_-]+"
            for part in node.values
        )
    else:
        for child in ast.iter_child_nodes(node):
            yield from patterns(child)


def lookups(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the key of each lookup of a text."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        method = isinstance(node.func, ast.Attribute) and node.func.attr in LOOKUPS
        if method or (isinstance(node.func, ast.Name) and node.func.id in ERRORS):
            yield next((one for one in node.args if list(patterns(one))), node.args[0])


@pytest.mark.parametrize("folder", CATALOGUES)
def test_both_languages_have_the_same_texts_and_placeholders(folder: str) -> None:
    persian, english = (catalogue(folder, language) for language in LANGUAGES)
    assert list(persian) == list(english)
    for key in english:
        assert placeholders(persian[key]) == placeholders(english[key]), key
        for form in (*forms(persian[key]), *forms(english[key])):
            assert form.strip(), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", CATALOGUES)
def test_plural_forms_are_those_of_a_count(folder: str, language: str) -> None:
    for key, text in catalogue(folder, language).items():
        if not isinstance(text, str):
            assert list(text) == ["one", "other"], key
            assert "count" in placeholders(text), key
            assert placeholders(text["one"]) <= placeholders(text) - {"count"}, key


def test_a_text_is_in_one_catalogue() -> None:
    keys = [key for folder in CATALOGUES for key in catalogue(folder, "en")]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("folder", CATALOGUES)
def test_the_code_uses_every_text(folder: str) -> None:
    used = {
        pattern
        for package in CATALOGUES[folder]
        for _, tree in trees(package)
        for node in ast.walk(tree)
        for pattern in patterns(node)
        if pattern != "[A-Za-z_-]+"
    }
    for key in catalogue(folder, "en"):
        assert any(re.fullmatch(pattern, key) for pattern in used), key


def test_every_text_that_the_code_uses_exists() -> None:
    keys = all_keys()
    found = 0
    for package in ("retrieval", "bot"):
        for path, tree in trees(package):
            for key in lookups(tree):
                for pattern in patterns(key):
                    assert any(re.fullmatch(pattern, one) for one in keys), (path, pattern)
                    found += 1
    assert found > 50


@pytest.mark.parametrize("folder", CATALOGUES)
def test_persian_lines_start_in_persian_and_isolate_latin_words(folder: str) -> None:
    for key, text in catalogue(folder, "fa").items():
        for form in forms(text):
            plain = ISOLATE.sub("", re.sub(r"\{\w+\}", "", form))
            assert not re.search("[A-Za-z]", plain), key
            assert all(direction_mark(line) == "" for line in plain.splitlines()), key
            assert not re.search("[0-9يكىة]", plain), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_calendar_has_twelve_months(language: str) -> None:
    texts = catalogue("retrieval/presentation/locales", language)
    for key in ("jalali_months", "gregorian_months"):
        assert len(str(texts[key]).split()) == 12


def test_persian_is_what_people_write_today() -> None:
    """Texts avoid bookish words: ربات for بات, مفید for سودمند, قبلی for پیشین and so on."""
    bookish = "بات|سودمند|شمار|گرداننده|گردانندگان|پیشین|هجری|واژه|نخست|برگزینید|سپاسگزارم"
    for folder in CATALOGUES:
        for key, text in catalogue(folder, "fa").items():
            for form in forms(text):
                words = re.findall(r"\w+", form)
                assert not [word for word in words if re.fullmatch(bookish, word)], key
