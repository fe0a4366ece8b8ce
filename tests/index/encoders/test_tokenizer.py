"""Tokenising with a part of the vocabulary gives the very tokens of all of it."""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.encoders.bundled.packed_model import PackedVocabulary
from index.encoders.bundled.transformers_folder import build_tokenizer
from index.encoders.openvino.tokenizer import TextTokenizer, write_tokenizer
from index.errors import EncoderError
from index.text.encoder_text import encoder_text

PERSIAN, LATIN, CYRILLIC = "ابپتجخدرزسشعفقکگلمنوهی", "abcdefghijklmnopqrstuvwxyz", "абвгдежзийкл"
SPACE = 4  # number of the piece of a space alone, which has a place of its own in neither
TEXTS = st.text(st.sampled_from(f"{PERSIAN}{LATIN}{CYRILLIC} \u200c۱۲3.؟!é😀▁"), max_size=40)


def vocabulary(count: int) -> PackedVocabulary:
    """Return single characters of three scripts, and so many pieces of up to four of one script."""
    letters = [*"▁۱۲3.؟!", *PERSIAN, *LATIN, *CYRILLIC]
    longer = (
        "".join(piece)
        for length in (2, 3, 4)
        for script in (PERSIAN, LATIN, CYRILLIC)
        for piece in product(script, repeat=length)
    )
    pieces = ("<s>", "<pad>", "</s>", "<unk>", *letters, *islice(longer, count))
    # All different, so that hardly any two divisions are equally likely.
    scores = tuple(-1 - (number * 7919 % 100_003) / 9973 for number in range(len(pieces)))
    spaces = dict.fromkeys("\n\u200b\u200c\u200d\u200e\u200f", " ")
    return PackedVocabulary(pieces, scores, spaces, begin=0, end=2, padding=1, unknown=3)


@pytest.fixture(scope="module")
def whole() -> Tokenizer:
    return build_tokenizer(vocabulary(100_000))


@pytest.fixture(scope="module")
def folder(whole: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(whole, path)
    return path


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> TextTokenizer:
    return TextTokenizer(folder)


@given(st.lists(TEXTS, max_size=5))
def test_any_texts_have_the_tokens_of_the_whole_vocabulary(
    whole: Tokenizer, tokenizer: TextTokenizer, texts: list[str]
) -> None:
    encoded = whole.encode_batch(texts, add_special_tokens=False)
    assert tokenizer.encode(texts) == [one.ids for one in encoded]


@given(st.lists(TEXTS.map(encoder_text), max_size=5))
def test_offsets_are_those_of_the_whole_vocabulary(
    whole: Tokenizer, tokenizer: TextTokenizer, texts: list[str]
) -> None:
    found = tokenizer.encode_with_offsets(texts)
    assert [one.numbers for one in found] == tokenizer.encode(texts)
    for text, one in zip(texts, found, strict=True):
        expected = whole.encode(text, add_special_tokens=False).offsets
        for number, ours, theirs in zip(one.numbers, one.offsets, expected, strict=True):
            if number != SPACE:
                assert text[slice(*ours)].strip() == text[slice(*theirs)].strip()


@given(st.lists(TEXTS, max_size=5))
def test_few_texts_have_the_tokens_of_all_pieces(
    folder: Path, tokenizer: TextTokenizer, texts: list[str]
) -> None:
    few = TextTokenizer(folder)
    few.expect_few_texts()
    assert few.encode(texts) == tokenizer.encode(texts)
    for own, expected in zip(
        few.encode_with_offsets(texts), tokenizer.encode_with_offsets(texts), strict=True
    ):
        assert own.numbers == expected.numbers
        assert own.offsets.tolist() == expected.offsets.tolist()


def test_texts_without_tokens(tokenizer: TextTokenizer) -> None:
    assert tokenizer.encode([]) == []
    assert tokenizer.encode(["", "خزر", ""])[::2] == [[], []]


def test_half_a_character_is_an_unknown_one(tokenizer: TextTokenizer) -> None:
    assert tokenizer.encode(["вода \ud800 خزر"]) == tokenizer.encode(["вода \ufffd خزر"])


def test_there_is_no_limit(whole: Tokenizer, tokenizer: TextTokenizer) -> None:
    one = tokenizer.encode(["خزر"])[0]
    assert tokenizer.encode([" ".join(["خزر"] * 2000)]) == [one * 2000]


@pytest.mark.parametrize(
    ("needless", "texts", "others"),
    [
        (["json"], ["دریای خزر، می\u200cرود؟ 3", "the caspian sea 3"], ["вода"]),
        (
            ["json", "common.model", "common.npy"],
            ["دریای خزر، می\u200cرود؟ 3", "query: خزر"],
            ["ocean", "خزر ocean"],
        ),
        (["persian.npy"], ["دریای خزر", "the caspian sea", "вода"], []),
    ],
)
def test_texts_in_an_alphabet_need_no_more_than_its_part(
    folder: Path,
    tokenizer: TextTokenizer,
    tmp_path: Path,
    needless: list[str],
    texts: list[str],
    others: list[str],
) -> None:
    for path in folder.iterdir():
        if not path.name.endswith(tuple(needless)):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    part = TextTokenizer(tmp_path)
    assert part.encode(texts) == tokenizer.encode(texts)
    for other in others:
        with pytest.raises(EncoderError, match="damaged; remove this folder"):
            part.encode([*texts, other])


@pytest.mark.parametrize("file", ["pieces", "places"])
@pytest.mark.parametrize("content", [b"{", b""])
def test_damage_in_where_pieces_stand_is_noticed(
    folder: Path, tmp_path: Path, file: str, content: bytes
) -> None:
    for path in folder.iterdir():
        damaged = path.name.endswith(f"{file}.npy")
        (tmp_path / path.name).write_bytes(content if damaged else path.read_bytes())
    few = TextTokenizer(tmp_path)
    few.expect_few_texts()
    with pytest.raises(EncoderError, match="damaged; remove this folder"):
        few.encode(["ocean"])


def test_a_small_vocabulary_is_kept_whole(tmp_path: Path) -> None:
    small = build_tokenizer(vocabulary(1000))
    write_tokenizer(small, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]
    texts = ["خزر", "abc вода"]
    encoded = small.encode_batch(texts, add_special_tokens=False)
    assert TextTokenizer(tmp_path).encode(texts) == [one.ids for one in encoded]


def test_threads_get_the_tokens_that_one_would(folder: Path, tokenizer: TextTokenizer) -> None:
    texts = [f"{word} {number}" for number in range(20) for word in ("خزر", "sea", "вода")]
    fresh = TextTokenizer(folder)
    with ThreadPoolExecutor(8) as pool:
        found = [tokens for [tokens] in pool.map(fresh.encode, [[text] for text in texts])]
    assert found == tokenizer.encode(texts)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tokenizer_common.model", "ocean"),
        ("tokenizer_common.npy", "ocean"),
        ("tokenizer_persian.model", "خزر"),
        ("tokenizer_persian.npy", "خزر"),
        ("tokenizer.json", "вода"),
    ],
)
@pytest.mark.parametrize("content", [b"{", b""])
def test_a_damaged_file_is_noticed_by_the_first_text_that_needs_it(
    folder: Path, tmp_path: Path, name: str, text: str, content: bytes
) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(content if path.name == name else path.read_bytes())
    with pytest.raises(EncoderError, match="damaged; remove this folder"):
        TextTokenizer(tmp_path).encode([text])
