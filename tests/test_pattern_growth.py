"""Regular expressions grow linearly: each of the product's, against texts made to explode it.

For every repetition in a pattern, texts are built that reach it, repeat what it repeats, and then
do not match. Where one takes long, the time for eight times the text is compared with the time for
the text: linear work takes eight times as long, quadratic work sixty-four times.
"""

import ast
import functools
import importlib
import inspect
import itertools
import re
import time
from collections.abc import Iterator
from functools import cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

from index.text.persian import normalise
from retrieval.token_line import LazyPatterns
from tests.test_layering import modules

LENGTH = 500
FACTOR = 8
# Quadratic work on `FACTOR * LENGTH` characters takes longer than so many seconds.
FREE = 0.005
MOST = 3 * FACTOR
# A question has so many characters at most, so that the patterns of sentences that only questions
# are matched with may grow with the square of their length; a third power is refused there, too.
QUESTION = 2_000
QUESTIONS = ("retrieval.query.", "retrieval.dates.")
MOST_OF_QUESTIONS = 3 * FACTOR**2
# What takes so many seconds for a few characters is not measured with thousands.
MOST_AT_ONCE = 0.05
TRIES = 5
FUNCTIONS = frozenset("compile sub subn match search fullmatch split findall finditer".split())
METHODS = FUNCTIONS - {"compile"}
# What repetitions are pumped with, as far as they take it; all are tried alone, too.
CHARACTERS = ' a."ا1<-'
RUNS = (*"_،@#:/\n\u200c'(»[A", '."', "<a ", "، ", "a ", "1/", "می\u200c", "a.", "NEWSp ", "کد خبر")
ENDS = ("\0", "")


class Found(NamedTuple):
    """A pattern, the methods by which the product uses it, and the texts that it meets."""

    pattern: Any
    methods: frozenset[str]
    length: int = LENGTH
    most: int = MOST


OWN_TEXTS = ("index.training", "retrieval.evaluation")


@cache
def trees() -> dict[str, ast.Module]:
    """Return the modules that have patterns; what reads our own texts only is left out."""
    sources = {
        name: path.read_text(encoding="utf-8")
        for name, path in modules().items()
        if not name.startswith(OWN_TEXTS) and not name.endswith("__main__")
    }
    return {
        name: ast.parse(source)
        for name, source in sources.items()
        if re.search(r"^import re$|^from retrieval.token_line import", source, re.MULTILINE)
    }


@cache
def used_methods() -> dict[str, frozenset[str]]:
    """Return the methods called on each name that may be a pattern, in all modules."""
    used: dict[str, set[str]] = {}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                owner = ast.unparse(node.value).rpartition(".")[2]
                used.setdefault(owner, set()).add(node.attr)
    return {name: frozenset(methods) for name, methods in used.items()}


def methods_in(tree: ast.AST) -> frozenset[str]:
    """Return the methods of patterns that a module calls: those that its tables are used by."""
    calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return frozenset(calls & METHODS)


@cache
def found_patterns() -> dict[str, Found]:
    """Return the product's patterns by where they are."""
    found: dict[str, Found] = {}
    for name, tree in trees().items():
        for label, value in vars(importlib.import_module(name)).items():
            methods = used_methods().get(label) or methods_in(tree) or METHODS
            for number, pattern in enumerate(_patterns_in(value)):
                found[f"{name}.{label}[{number}]"] = (
                    Found(pattern, methods, QUESTION // FACTOR, MOST_OF_QUESTIONS)
                    if name.startswith(QUESTIONS)
                    else Found(pattern, methods)
                )
        for call in _calls(tree):
            literal, function = call.args[0], ast.unparse(call.func)[3:]
            if isinstance(literal, ast.Constant) and function != "compile":
                pattern = re.compile(literal.value)
                found[f"{name}:{call.lineno}"] = Found(pattern, frozenset({function}))
    return {key: one for key, one in found.items() if not key.startswith("re.")}


def _is_pattern(value: object) -> bool:
    return isinstance(value, re.Pattern)


def _patterns_in(value: object) -> Iterator[Any]:
    """Yield the patterns in a module's value, or that a function without parameters returns."""
    if _is_pattern(value):
        yield value
    elif isinstance(value, LazyPatterns | tuple | list):
        for one in value:
            yield from _patterns_in(one)
    elif isinstance(value, dict):
        yield from _patterns_in(list(value.values()))
    elif isinstance(value, functools._lru_cache_wrapper):
        signature = inspect.signature(value)
        if not signature.parameters and "re.Pattern" in str(signature.return_annotation):
            yield from _patterns_in(value())


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of functions of `re` that take a pattern."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "re"
            and node.func.attr in FUNCTIONS
        ):
            yield node


def attacks(pattern: Any) -> list[tuple[str, str, str]]:
    """Return beginnings, what to repeat, and ends, for every repetition in a pattern."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    pumps = dict.fromkeys(("", run) for run in (*CHARACTERS, *RUNS))
    for before, body in _repetitions(tree, ""):
        for pump in _samples(body):
            pumps[before, pump] = None
            pumps["", pump] = None
    return [(before, pump, end) for before, pump in pumps if pump for end in ENDS]


def _repetitions(nodes: Any, before: str) -> Iterator[tuple[str, Any]]:
    """Yield each repeated part, and a text that reaches it."""
    for operator, argument in nodes:
        if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            if argument[1] > 1:
                yield before, argument[2]
            yield from _repetitions(argument[2], before)
        else:
            for part in _parts(operator, argument):
                yield from _repetitions(part, before)
        before += _sample(operator, argument, " ")


def _parts(operator: Any, argument: Any) -> list[Any]:
    if operator is codes.SUBPATTERN:
        return [argument[3]]
    if operator is codes.BRANCH:
        return list(argument[1])
    if operator is codes.ATOMIC_GROUP:
        return [argument]
    if operator in (codes.ASSERT, codes.ASSERT_NOT):
        return [argument[1]]
    if operator is codes.GROUPREF_EXISTS:
        return [part for part in argument[1:] if part]
    return []


def _samples(nodes: Any) -> set[str]:
    """Return texts that some part of a pattern takes, for each character that it may prefer."""
    return {
        "".join(_sample(operator, argument, wish) for operator, argument in nodes)
        for wish in CHARACTERS
    }


def _sample(operator: Any, argument: Any, wish: str) -> str:
    """Return a text that a node takes, of the character that is wished for if it takes that."""
    if operator is codes.LITERAL:
        return chr(argument)
    if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, body = argument
        once = "".join(_sample(*node, wish) for node in body)
        return once * min(max(least, 1), most)
    if operator is codes.BRANCH:
        return "".join(_sample(*node, wish) for node in argument[1][0])
    if operator in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
        return "".join(_sample(*node, wish) for part in _parts(operator, argument) for node in part)
    if operator in (codes.ANY, codes.NOT_LITERAL, codes.IN):
        single = _single(operator, argument)
        return next((one for one in (wish, *CHARACTERS) if single(one)), "")
    return ""


def _single(operator: Any, argument: Any) -> Any:
    """Return a function that tells whether a node of one character takes one."""
    if operator is codes.ANY:
        return lambda one: one != "\n"
    if operator is codes.NOT_LITERAL:
        return lambda one: one != chr(argument)
    is_negated = argument[0][0] is codes.NEGATE
    items = argument[1:] if is_negated else argument
    return lambda one: any(_takes(item, one) for item in items) is not is_negated


def _takes(item: Any, one: str) -> bool:
    operator, argument = item
    if operator is codes.LITERAL:
        return one == chr(argument)
    if operator is codes.RANGE:
        return argument[0] <= ord(one) <= argument[1]
    kinds = {
        codes.CATEGORY_DIGIT: str.isdecimal,
        codes.CATEGORY_SPACE: str.isspace,
        codes.CATEGORY_WORD: lambda text: text.isalnum() or text == "_",
    }
    if argument in kinds:
        return bool(kinds[argument](one))
    opposites = {
        codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
        codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
        codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
    }
    return not kinds[opposites[argument]](one)


def seconds(found: Found, text: str | bytes) -> float:
    begun = time.process_time()
    for method in found.methods & {"match", "fullmatch"}:
        getattr(found.pattern, method)(text)
    if found.methods - {"match", "fullmatch"}:
        for _ in found.pattern.finditer(text):
            pass
    return time.process_time() - begun


def least_seconds(found: Found, text: str | bytes) -> float:
    """Return the least of some measurements, or the first that is too short to matter."""
    least = seconds(found, text)
    for _ in range(TRIES - 1):
        if least < FREE:
            break
        least = min(least, seconds(found, text))
    return least


def growth(found: Found, attack: tuple[str, str, str]) -> float:
    """Return how many times as long `FACTOR` times the text takes; 0 where neither takes long."""
    before, pump, end = attack

    def text(length: int) -> str | bytes:
        whole = before + pump * (length // len(pump)) + end
        return whole if isinstance(found.pattern.pattern, str) else whole.encode()

    # What doubles with every character is seen before it takes hours.
    for length in (22, found.length // 4):
        if least_seconds(found, text(length)) > MOST_AT_ONCE:
            return float("inf")
    long = least_seconds(found, text(FACTOR * found.length))
    if long < FREE:
        return 0
    return long / max(least_seconds(found, text(found.length)), 1e-6)


def test_no_pattern_grows_faster_than_its_text() -> None:
    assert len(found_patterns()) > 100
    explosive = {}
    for place, found in found_patterns().items():
        worst = 0.0, ("", "", "")
        for attack in attacks(found.pattern):
            worst = max(worst, (growth(found, attack), attack))
            if worst[0] > found.most:
                explosive[place] = worst
                break
    assert explosive == {}


@pytest.mark.parametrize(
    ("expression", "method"),
    [
        (r"\s*,\s*", "split"),
        (r"(?:a+)+$", "match"),
        (r"[.!]+\"*(?=\s)", "finditer"),
        (r"code\s*:?\s*\d", "match"),
        (r"<[^>]*>", "sub"),
    ],
)
def test_what_explodes_is_found(expression: str, method: str) -> None:
    found = Found(re.compile(expression), frozenset({method}))
    assert any(growth(found, attack) > MOST for attack in attacks(found.pattern))


class Normaliser:
    """The normalisation of Persian, most of which is patterns of a library, as if it were one."""

    pattern = ""

    def fullmatch(self, text: str) -> None:
        normalise(text)


@pytest.mark.parametrize("pump", ["لا", "\ufefb", '"', "می ", "می\u200c", "، ", " ها", "1.", "«»"])
def test_normalising_takes_no_longer_than_its_text(pump: str) -> None:
    assert growth(Found(Normaliser(), frozenset({"fullmatch"})), ("", pump, "")) <= MOST


def test_patterns_are_found() -> None:
    """Each is a value of its module or of a function without parameters, or written in place."""
    hidden = []
    for name, tree in trees().items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for function, call in itertools.product(functions, _calls(tree)):
            inside = function.lineno <= call.lineno <= (function.end_lineno or 0)
            returns = ast.unparse(function.returns) if function.returns else ""
            literal = isinstance(call.args[0], ast.Constant)
            if (
                inside
                and "re.Pattern" not in returns
                and not (literal and ast.unparse(call.func) != "re.compile")
            ):
                hidden.append(f"{name}.{function.name}")
    # LazyPatterns are iterated; names of people and parts of addresses are escaped.
    assert sorted(set(hidden)) == [
        "bot.transport.log_privacy.redact",
        "retrieval.query.article_references.matches",
    ]
