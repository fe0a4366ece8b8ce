"""Training on a toy: a small random encoder and ten articles."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from index.encoders.bundled.adapter import Adapter, write_adapter
from index.encoders.bundled.packed_model import PackedVocabulary
from index.encoders.bundled.transformers_folder import build_tokenizer
from index.encoders.bundled.unpacking import bundled_model
from index.errors import EncoderError, SourceError
from index.text.passages import Passage
from index.training.data import Pair, epoch_order, make_batch, read_pairs
from index.training.losses import contrast, drift
from index.training.measure import measure
from index.training.model import TrainedEncoder
from index.training.trainer import ADAPTER, LOG, Options, Step, Trainer

TOPICS = ["wheat", "oil", "rain", "football", "chess", "cinema", "metro", "bread", "gold", "sea"]
PERSIAN = ["گندم", "نفت", "باران", "فوتبال", "شطرنج", "سینما", "مترو", "نان", "طلا", "دریا"]
WORDS = ["query", "passage", ":", "price", "of", "قیمت", "خبر", *TOPICS, *PERSIAN]


@pytest.fixture(autouse=True)
def _float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train in float32 on processors that multiply bfloat16, too."""
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    pieces = ("<s>", "<pad>", "</s>", "<unk>", "▁", *(f"▁{word}" for word in WORDS), ":")
    scores = tuple(-float(number) for number in range(len(pieces)))
    return build_tokenizer(
        PackedVocabulary(pieces, scores, {"\n": " "}, begin=0, end=2, padding=1, unknown=3)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=64,
        initializer_range=0.5,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    path = tmp_path_factory.mktemp("toy")
    BertModel(config).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("data")
    articles, pairs = folder / "articles.jsonl", folder / "pairs.jsonl"
    with articles.open("w", encoding="utf-8") as file:
        for number, word in enumerate(PERSIAN):
            record = {
                "id": f"a{number}",
                "title": f"خبر {word}",
                "paragraphs": [word, f"قیمت {word}"],
            }
            if number % 2:
                record["abstract"] = f"{word} قیمت"
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    with pairs.open("w", encoding="utf-8") as file:
        for number, (english, persian) in enumerate(zip(TOPICS, PERSIAN, strict=True)):
            record = {
                "id": f"a{number}",
                "title_en": english,
                "abstract_en": f"price of {english}",
                "q_en": f"price {english}",
                "q_fa": f"قیمت {persian}",
                "p": None if number == 1 else 1,
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return articles, pairs


@pytest.fixture(scope="module")
def pairs(sources: tuple[Path, Path], tokenizer: Tokenizer) -> list[Pair]:
    return read_pairs(*sources, tokenizer, max_tokens=32)


OPTIONS = Options(epochs=6, batch_size=5, learning_rate=3e-3, rank=16, checkpoint_every=4)


def ignore(step: Step) -> None:
    pass


def test_pairs_hold_prompted_texts(pairs: list[Pair], tokenizer: Tokenizer) -> None:
    def text(tokens: tuple[int, ...]) -> str:
        return "".join(map(str, map(tokenizer.id_to_token, tokens)))

    assert len(pairs) == 10
    assert text(pairs[0].question_en) == "<s>▁query:▁price▁wheat</s>"
    assert text(pairs[0].titled_passage) == "<s>▁passage:▁خبر▁گندم▁قیمت▁گندم</s>"
    assert [text(sibling) for sibling in pairs[0].siblings] == ["<s>▁passage:▁خبر▁گندم▁گندم</s>"]
    assert text(pairs[1].passage) == "<s>▁passage:▁نفت▁قیمت</s>"


def test_batches_hold_each_article_once_and_like_ones_together() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32), 16, axis=0)
    vectors += 0.01 * np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32)
    batches = epoch_order(vectors, 16, np.random.default_rng(3))
    assert sorted(np.concatenate(batches).tolist()) == list(range(64))
    kinds = [len({number // 16 for number in batch.tolist()}) for batch in batches]
    assert sum(kinds) < 12  # sixteen at random would nearly always be of all four kinds


def test_a_batch_keeps_the_texts_of_an_article_in_one_row(pairs: list[Pair]) -> None:
    chosen = np.array([3, 1, 8])
    seen: set[str] = set()
    for seed in range(20):
        batch = make_batch(pairs, chosen, np.random.default_rng(seed), 0.5, 0.25)
        for row, number in enumerate(chosen):
            own = pairs[number]
            assert batch.questions_en[row] == own.question_en
            assert batch.summaries_en[row] in (own.title_en, own.abstract_en)
            assert batch.passages[row] in (own.passage, own.titled_passage)
            seen.add("title" if batch.summaries_en[row] == own.title_en else "abstract")
            seen.add("alone" if batch.passages[row] == own.passage else "titled")
        seen.add(f"{len(batch.siblings)} siblings")
    assert seen >= {"title", "abstract", "alone", "titled", "0 siblings", "1 siblings"}


def test_contrast_is_low_where_pairs_meet_and_log_n_where_all_is_one() -> None:
    own = torch.arange(4)
    assert contrast(torch.eye(4), torch.eye(6)[:, :4], own, 0.02) < 1e-6
    same = torch.ones(4, 1)
    assert contrast(same, same, own, 0.02).item() == pytest.approx(np.log(4))
    assert drift(torch.eye(3), torch.eye(3)).item() == 0


def test_a_stopped_run_goes_on_to_the_same_adapter(
    tmp_path: Path, folder: Path, pairs: list[Pair]
) -> None:
    whole = Trainer(TrainedEncoder(folder, "cpu"), pairs, OPTIONS, tmp_path / "whole").run(ignore)

    def stop(step: Step) -> None:
        if step.number == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Trainer(TrainedEncoder(folder, "cpu"), pairs, OPTIONS, tmp_path / "parts").run(stop)
    assert not (tmp_path / "parts" / ADAPTER).exists()
    again: list[int] = []
    resumed = Trainer(TrainedEncoder(folder, "cpu"), pairs, OPTIONS, tmp_path / "parts").run(
        lambda step: again.append(step.number)
    )
    assert again == list(range(5, 13))
    assert resumed.read_bytes() == whole.read_bytes()
    log = (tmp_path / "parts" / LOG).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["number"] for line in log] == list(range(1, 13))


def test_a_run_may_stop_early_and_go_on(tmp_path: Path, folder: Path, pairs: list[Pair]) -> None:
    def run(steps: int | None) -> bytes:
        trainer = Trainer(TrainedEncoder(folder, "cpu"), pairs, OPTIONS, tmp_path)
        return trainer.run(ignore, steps).read_bytes()

    first = run(3)
    assert run(3) == first
    assert run(None) != first
    log = (tmp_path / LOG).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["number"] for line in log] == list(range(1, 13))


def test_training_brings_english_questions_to_persian_passages(
    tmp_path: Path, folder: Path, pairs: list[Pair], tokenizer: Tokenizer
) -> None:
    passages = [
        Passage(f"a{number}", f"خبر {word}", (1,), f"قیمت {word}")
        for number, word in enumerate(PERSIAN)
    ]
    questions = [
        {"article": f"a{number}", "paragraph": 1, "also": [], "q_fa": fa, "q_en": f"price {en}"}
        for number, (fa, en) in enumerate(zip(PERSIAN, TOPICS, strict=True))
    ]
    encoder = TrainedEncoder(folder, "cpu")
    before = measure(encoder, tokenizer, passages, questions)["en"]
    options = Options(epochs=60, batch_size=10, learning_rate=1e-2, anchor_weight=0.0, rank=32)
    adapter = Trainer(encoder, pairs, options, tmp_path).run(ignore)
    fresh = TrainedEncoder(folder, "cpu")
    fresh.add(Adapter(adapter))
    after = measure(fresh, tokenizer, passages, questions)["en"]
    assert before.precision_at_1 <= 0.3
    assert after.precision_at_1 >= 0.9


def test_a_checkpoint_of_another_run_is_refused(
    tmp_path: Path, folder: Path, pairs: list[Pair]
) -> None:
    options = Options(epochs=1, batch_size=5)
    Trainer(TrainedEncoder(folder, "cpu"), pairs, options, tmp_path).run(ignore)
    with pytest.raises(EncoderError, match="other data or options; choose another --output"):
        Trainer(TrainedEncoder(folder, "cpu"), pairs[1:], options, tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"pairs.jsonl:1: not a JSON object"),
        ('{"id": "nobody"}', r"pairs.jsonl:1: no such article or field: 'nobody'"),
        ('{"id": "a0", "p": 9}', r"pairs.jsonl:1: no such article or field"),
        ("", r"pairs.jsonl: holds no pairs"),
    ],
)
def test_pairs_that_do_not_fit_are_one_line(
    tmp_path: Path, sources: tuple[Path, Path], tokenizer: Tokenizer, line: str, message: str
) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_pairs(sources[0], path, tokenizer, max_tokens=32)


def test_an_adapter_of_full_rank_gives_the_tuned_weights_back(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    base = {"m": generator.normal(size=(6, 9)), "v": generator.normal(size=9)}
    base = {name: weight.astype(np.float32) for name, weight in base.items()}
    tuned = {name: weight + np.float32(0.1) * weight[::-1] for name, weight in base.items()}
    write_adapter(tmp_path / "full", base, tuned, rank=6)
    write_adapter(tmp_path / "half", base, tuned, rank=6, scale=0.5)
    for name, weight in base.items():
        applied = Adapter(tmp_path / "full").apply(name, weight)
        assert np.allclose(applied, tuned[name], atol=1e-3)
        half = Adapter(tmp_path / "half").apply(name, weight)
        assert np.allclose(half, (weight + tuned[name]) / 2, atol=1e-3)
    assert Adapter(tmp_path / "full").apply("other", base["v"]) is base["v"]
    with pytest.raises(ValueError, match="does not fit m"):
        Adapter(tmp_path / "full").apply("m", base["m"][:3])


def test_low_rank_keeps_what_is_of_that_rank(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    base = {"m": np.zeros((40, 30), np.float32)}
    tuned = {"m": (generator.normal(size=(40, 2)) @ generator.normal(size=(2, 30))).astype("f4")}
    write_adapter(tmp_path / "a", base, tuned, rank=2)
    assert np.allclose(Adapter(tmp_path / "a").apply("m", base["m"]), tuned["m"], atol=1e-2)
    assert (tmp_path / "a").stat().st_size < 1000


def test_a_damaged_adapter_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "adapter").write_bytes(b"no adapter")
    with pytest.raises(EncoderError, match=r"^the adapter .* cannot be read: "):
        bundled_model(tmp_path / "cache", tmp_path / "adapter")
