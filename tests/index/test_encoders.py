"""Encoders: a real model from a folder, and clear words when there is none."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.encoders import SentenceTransformerEncoder, find_model, load_encoder
from index.errors import EncoderError
from index.settings import IndexSettings

TEXTS = ["دریای خزر", "the caspian sea", "", "۷۲ درصد", "😀"]


@pytest.fixture(scope="module")
def encoder(tiny_model: Path) -> SentenceTransformerEncoder:
    return load_encoder(IndexSettings(encoder=str(tiny_model)))


@pytest.fixture
def model_copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_a_folder_is_a_model(encoder: SentenceTransformerEncoder, tiny_model: Path) -> None:
    assert encoder.name == str(tiny_model)
    assert encoder.dimension == 32
    # 130 positions, less [CLS], [SEP] and the eight pieces of "passage:".
    assert encoder.max_tokens == 120


def test_vectors_have_length_one_and_come_in_order(encoder: SentenceTransformerEncoder) -> None:
    vectors = encoder.encode(TEXTS, "passage")
    assert (vectors.shape, vectors.dtype) == ((5, 32), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    for row, text in enumerate(TEXTS):
        alone = encoder.encode([text], "passage")[0]
        assert int(np.argmax(vectors @ alone)) == row
        assert float(vectors[row] @ alone) > 0.999


def test_no_texts_have_no_vectors_and_no_counts(encoder: SentenceTransformerEncoder) -> None:
    assert encoder.encode([], "query").shape == (0, 32)
    assert encoder.count_tokens([]) == []


def test_the_models_own_prompts_are_put_before_texts(
    encoder: SentenceTransformerEncoder, tiny_model: Path
) -> None:
    bare = load_encoder(IndexSettings(encoder=str(tiny_model), query_prompt="", passage_prompt=""))
    for kind in ("query", "passage"):
        prompted = encoder.encode(["دریای خزر"], kind)
        np.testing.assert_array_equal(prompted, bare.encode([f"{kind}: دریای خزر"], kind))
        assert not np.array_equal(prompted, bare.encode(["دریای خزر"], kind))
    assert bare.max_tokens == 128


def test_configured_prompts_replace_the_models(
    encoder: SentenceTransformerEncoder, tiny_model: Path
) -> None:
    settings = IndexSettings(encoder=str(tiny_model), query_prompt="passage: ")
    other = load_encoder(settings)
    np.testing.assert_array_equal(
        other.encode(["خزر"], "query"), encoder.encode(["خزر"], "passage")
    )
    assert other.fingerprint != encoder.fingerprint


def test_tokens_are_counted_without_special_ones_and_without_a_limit(
    encoder: SentenceTransformerEncoder,
) -> None:
    assert encoder.count_tokens(["", "دریای خزر", "خزر sea.", "abc", "خزر " * 1000]) == [
        0,
        2,
        3,
        3,
        1000,
    ]


def test_what_is_beyond_the_limit_makes_no_difference(encoder: SentenceTransformerEncoder) -> None:
    full = "خزر " * encoder.max_tokens
    vectors = encoder.encode([full, full + "sea", full.replace("خزر ", "sea ", 1)], "passage")
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)
    assert not np.allclose(vectors[0], vectors[2], atol=1e-6)


def test_the_number_of_threads_is_that_of_the_settings(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    chosen: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    for threads in (0, 3):
        load_encoder(IndexSettings(encoder=str(tiny_model), threads=threads))
    assert chosen == [3]


def test_a_relative_folder_is_taken_from_the_configurations(model_copy: Path) -> None:
    config = model_copy.parent / "config.toml"
    config.write_text('[index]\nencoder = "model"\n', encoding="utf-8")
    found = find_model(IndexSettings.load(config))
    assert (found.name, found.path) == ("model", model_copy)


def test_a_fingerprint_tells_of_content_and_prompts_and_not_of_the_place(
    tiny_model: Path, model_copy: Path
) -> None:
    def fingerprint(folder: Path, **settings: object) -> str:
        return find_model(IndexSettings(encoder=str(folder), **settings)).fingerprint

    original = fingerprint(tiny_model)
    assert fingerprint(model_copy) == original
    assert fingerprint(model_copy, batch_size=1, threads=1) == original
    seen = {original, *(fingerprint(model_copy, **{key: "x"}) for key in PROMPTS)}
    renamed = (model_copy / "tokenizer.json").rename(model_copy / "other.json")
    seen.add(fingerprint(model_copy))
    renamed.rename(model_copy / "tokenizer.json")
    assert fingerprint(model_copy) == original
    with (model_copy / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"?")
    seen.add(fingerprint(model_copy))
    assert len(seen) == 5


PROMPTS = ("query_prompt", "passage_prompt")


def test_a_found_model_is_a_value(tiny_model: Path) -> None:
    found = find_model(IndexSettings(encoder=str(tiny_model)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-folder", "../x", "a b/c?"])
def test_a_model_that_is_nowhere(name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder(IndexSettings(encoder=name))
    assert str(caught.value) == (
        f"{name}: no such folder, and no such model in this machine's hub cache or within reach; "
        'set [index] encoder to "bundled" or to a model\'s folder'
    )


@pytest.mark.parametrize(
    "damage",
    ["empty folder", "no weights", "weights cut", "weights emptied", "config", "tokenizer"],
)
def test_a_damaged_model_is_named_in_one_line(model_copy: Path, damage: str) -> None:
    weights = model_copy / "model.safetensors"
    match damage:
        case "empty folder":
            shutil.rmtree(model_copy)
            model_copy.mkdir()
        case "no weights":
            weights.unlink()
        case "weights cut":
            weights.write_bytes(weights.read_bytes()[:5000])
        case "weights emptied":
            weights.write_bytes(b"")
        case "config":
            (model_copy / "config.json").write_text("{", encoding="utf-8")
        case "tokenizer":
            (model_copy / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EncoderError) as caught:
        load_encoder(IndexSettings(encoder=str(model_copy)))
    assert str(caught.value).startswith(f"{model_copy}: not a usable model: ")
    assert "\n" not in str(caught.value)
