"""Training on a toy: a small random model and ten articles."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from typer.testing import CliRunner

from index.article import Article
from index.encoders.bundled.adapter import Adapter, write_adapter
from index.encoders.bundled.packed_model import PackedModel, PackedVocabulary
from index.encoders.bundled.transformers_folder import build_tokenizer
from index.encoders.bundled.unpacking import bundled_model, packed_file
from index.errors import EncoderError, SourceError
from index.training.__main__ import app
from index.training.config import ENCODER, RERANKER, STUDENT
from index.training.cross_encoder import point
from index.training.dataset import TrainingSet, read_lines, read_training_set, write_training_set
from index.training.loop import LOG, Step
from index.training.losses import anchor_loss, info_nce, listwise_loss, margin_mse
from index.training.measures import (
    EvalQuestion,
    RankMeasures,
    area_under_curve,
    paired_interval,
    rank_by_vectors,
    rerank,
    token_f1,
)
from index.training.models import use_device
from index.training.portable import write_trimmed_model
from index.training.prepare import Preparation
from index.training.runs import Workplace, train_encoder, train_reranker, write_trained
from index.training.sampling import choose_passages, disturbed_question, make_group, mine_negatives
from index.training.stages import TokenizedSet
from index.training.tokens import ModelTokenizer, padded_batches

TOPICS = ["wheat", "oil", "rain", "football", "chess", "cinema", "metro", "bread", "gold", "sea"]
PERSIAN = ["گندم", "نفت", "باران", "فوتبال", "شطرنج", "سینما", "مترو", "نان", "طلا", "دریا"]
WORDS = ["query:", "passage:", "price", "of", "قیمت", "خبر", "امروز", *TOPICS, *PERSIAN]
LONG = " ".join(["امروز"] * 24)


@pytest.fixture(scope="module")
def tokenizer() -> ModelTokenizer:
    pieces = ("<s>", "<pad>", "</s>", "<unk>", "▁", *(f"▁{word}" for word in WORDS))
    scores = tuple(-float(number) for number in range(len(pieces)))
    vocabulary = PackedVocabulary(pieces, scores, {"\n": " "}, begin=0, end=2, padding=1, unknown=3)
    return ModelTokenizer(Tokenizer.from_str(build_tokenizer(vocabulary).to_str()))


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    """Ten articles of a lead and two paragraphs, and an encyclopaedia of two paragraphs."""
    folder = tmp_path_factory.mktemp("data")
    articles = [
        Article(
            f"a{number}",
            f"خبر {word}",
            (f"قیمت {word} {LONG}", f"{word} {LONG}"),
            f"{word}. {word}",
        )
        for number, word in enumerate(PERSIAN)
    ]
    articles.append(Article("w0", "دریا", (f"دریا طلا {LONG}", f"طلا دریا {LONG}")))
    pairs = [
        {
            "id": f"a{number}",
            "title_en": english,
            "abstract_en": f"price of {english}",
            "q_en": f"price {english}",
            "q_fa": f"قیمت {persian}",
            "p": 0,
        }
        for number, (english, persian) in enumerate(zip(TOPICS, PERSIAN, strict=True))
    ]
    further = [{"id": "a2", "p": 1, "q_en": "rain", "q_fa": "باران"}]
    pquad = [
        {
            "title": "دریا",
            "paragraph": f"دریا طلا {LONG}",
            "q_fa": "دریا امروز",
            "answer_fa": "دریا",
        },
        {"title": "دریا", "paragraph": f"طلا دریا {LONG}", "q_fa": "نفت امروز", "answer_fa": None},
        {"title": "دریا", "paragraph": f"طلا دریا {LONG}", "q_fa": "held", "answer_fa": "طلا"},
    ]
    spans = [{"q_en": "price oil", "q_fa": "قیمت نفت", "answer_fa": "قیمت نفت"}]
    for name, lines in [("pairs", pairs), ("more", further), ("pquad", pquad), ("spans", spans)]:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
    held_out = [{"article": "a9", "paragraph": 1, "q_fa": "held"}]
    preparation = Preparation(
        articles, lambda texts: [len(text.split()) for text in texts], held_out
    )
    preparation.add_parallel(folder / "pairs")
    preparation.add_questions(folder / "more")
    preparation.add_pquad(folder / "pquad")
    with pytest.raises(SourceError, match=r"more:1: no paragraph 1 in article a2"):
        Preparation([], lambda texts: [], []).add_questions(folder / "more")
    return preparation.finish([folder / "spans"])


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, training: TrainingSet, tokenizer: ModelTokenizer
) -> Workplace:
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=64,
        initializer_range=0.5,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=96,
    )
    path = tmp_path_factory.mktemp("toy")
    BertModel(config).save_pretrained(path)
    return Workplace(path, use_device("cpu"), "float32", TokenizedSet(training, tokenizer))


FEW = {"batch_size": 6, "siblings": 1, "mined": 2, "checkpoint_every": 2, "precision": "float32"}
ENCODER_CONFIG = replace(ENCODER, epochs=2, learning_rate=3e-3, max_tokens=32, **FEW)
SHORT = {"max_tokens": 32, "span_pairs": 2} | FEW
RERANKER_CONFIG = replace(RERANKER, epochs=15, learning_rate=3e-3, **SHORT)


def ignore(step: Step) -> None:
    pass


def test_a_training_set_knows_rows_siblings_and_spans(training: TrainingSet) -> None:
    texts = [passage.text for passage in training.passages]
    assert texts[:3] == [
        "خبر گندم\nگندم. گندم",
        f"خبر گندم\nقیمت گندم {LONG}",
        f"خبر گندم\nگندم {LONG}",
    ]
    question = next(one for one in training.questions if one.text == "قیمت نفت")
    assert (question.passage, question.answer, question.kind) == (4, "قیمت نفت", "question")
    assert training.siblings(4) == [5]
    assert training.masked(question) == {3}
    summaries = [one for one in training.questions if one.kind == "summary"]
    assert (len(summaries), summaries[1].text, summaries[1].passage) == (20, "price of wheat", 0)


def test_held_out_passages_and_questions_are_not_used(training: TrainingSet) -> None:
    assert [row for row, one in enumerate(training.passages) if not one.used] == [29]
    assert training.siblings(28) == []
    pquad = [(one.text, one.kind) for one in training.questions if one.source == "pquad"]
    assert pquad == [("دریا امروز", "question"), ("نفت امروز", "none")]


def test_a_written_training_set_is_read_back(tmp_path: Path, training: TrainingSet) -> None:
    write_training_set(tmp_path, training)
    again = read_training_set(tmp_path)
    assert (again.passages, again.questions) == (training.passages, training.questions)
    (tmp_path / "bad.jsonl").write_text("[1]\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"bad.jsonl:1: not a JSON object"):
        list(read_lines(tmp_path / "bad.jsonl"))


def test_the_lead_sentence_stands_in_front_of_paragraphs_only() -> None:
    article = Article("a", "خبر", (f"قیمت {LONG}",), "باران آمد. طلا")
    preparation = Preparation([article], lambda texts: [9] * len(texts), [], lead_sentence=True)
    texts = [passage.text for passage in preparation.finish([]).passages]
    assert texts == ["خبر\nباران آمد. طلا", f"خبر\nباران آمد.\nقیمت {LONG}"]


def test_disturbed_questions_keep_their_words_or_lose_letters() -> None:
    generator = np.random.default_rng(0)
    texts = {disturbed_question("قیمت شطرنج", "fa", generator) for _ in range(200)}
    assert "قیمت شطرنج ممنون" in texts
    assert "قیمت شطرج" in texts
    assert all(len(text) >= len("قیمت شطرنج") - 2 for text in texts)
    assert disturbed_question("a b", "en", np.random.default_rng(2)) == "a b"


def test_tokens_of_pairs_and_spans(tokenizer: ModelTokenizer) -> None:
    (question,) = tokenizer.tokens(["قیمت نفت"], "query")
    (passage,) = tokenizer.tokens(["خبر\nقیمت نفت امروز"], "passage")
    pair = tokenizer.pair(question, passage, (2, 4))
    assert tokenizer.text(pair) == "query: قیمت passage: خبر قیمت نفت"
    assert [0, *question[:2], 2, 2, *passage[:4], 2] == pair.tolist()
    texts = ["خبر\nقیمت نفت امروز"] * 2
    assert tokenizer.spans(texts, ["نفت امروز", "باران"]).tolist() == [[3, 4], [-1, -1]]
    batches = padded_batches([question, passage, question[:1]], 6)
    assert [batch.rows.tolist() for batch in batches] == [[2, 0], [1]]


def test_info_nce_and_anchor() -> None:
    own, nothing = torch.arange(4), torch.zeros(4, 6, dtype=torch.bool)
    assert info_nce(torch.eye(4), torch.eye(6)[:, :4], own, nothing, 0.02) < 1e-6
    same, masked = torch.ones(4, 1), torch.zeros(4, 4, dtype=torch.bool)
    assert info_nce(same, same, own, masked, 0.02).item() == pytest.approx(np.log(4))
    masked[0, 1:] = True
    assert info_nce(same[:1], same, own[:1], masked[:1], 0.02).item() == 0
    assert anchor_loss(torch.eye(3), torch.eye(3)).item() == 0


def test_none_of_these_has_the_logit_nought() -> None:
    sure = torch.tensor([[20.0, -20.0], [-20.0, -torch.inf]])
    assert listwise_loss(sure, torch.tensor([0, 2])) < 1e-6
    unsure = torch.zeros(1, 2)
    assert listwise_loss(unsure, torch.tensor([2])).item() == pytest.approx(np.log(3))


def test_margin_mse_has_a_gradient_beside_missing_passages() -> None:
    student = torch.tensor([[1.0, -torch.inf], [1.0, 2.0]], requires_grad=True)
    assert margin_mse(student, student.detach()).item() == 0
    margin_mse(student, torch.tensor([[0.0, -torch.inf], [1.0, 0.0]])).backward()
    assert student.grad is not None
    assert torch.isfinite(student.grad).all()


def test_mined_negatives_are_near_and_of_other_articles(training: TrainingSet) -> None:
    generator = np.random.default_rng(0)
    passages = generator.normal(size=(len(training.passages), 8)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    passages[7] = passages[4]  # the same text elsewhere
    right = [one.passage for one in training.questions]
    mined = mine_negatives(passages[right], passages, training, torch.device("cpu"))
    for number, rows in enumerate(mined.tolist()):
        used = [row for row in rows if row >= 0]
        assert not set(used) & {29, right[number]}
        assert all(
            training.article_rows[row] != training.article_rows[right[number]] for row in used
        )
    assert 7 not in mined[right.index(4)]


def test_a_group_may_lack_its_right_passage(training: TrainingSet) -> None:
    mined = np.tile(np.arange(12, 15, dtype=np.int32), (len(training.questions), 1))
    number = next(n for n, one in enumerate(training.questions) if one.text == "قیمت نفت")
    config = replace(RERANKER_CONFIG, none_share=1.0)
    generator = np.random.default_rng(0)
    assert choose_passages(training, number, mined, config, generator)[:2] == (4, 5)
    group = make_group(training, number, mined, config, generator)
    assert not group.answered
    assert 4 not in group.passages
    none = next(n for n, one in enumerate(training.questions) if one.kind == "none")
    assert make_group(training, none, mined, RERANKER_CONFIG, generator).answered is False


def test_a_stopped_encoder_run_goes_on_to_the_same_weights(
    tmp_path: Path, place: Workplace
) -> None:
    mined = place.mine(place.encoder(), 32)

    def train(output: Path, on_step: object = ignore, steps: int | None = None) -> bytes:
        model = place.encoder()
        train_encoder(place, model, mined, ENCODER_CONFIG, output, on_step, steps)  # type: ignore[arg-type]
        return write_trained(place, model, output / "adapter", 16).read_bytes()

    whole = train(tmp_path / "whole")

    def stop(step: Step) -> None:
        if step.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "parts", stop)
    again: list[int] = []
    assert train(tmp_path / "parts", lambda step: again.append(step.number)) == whole
    lines = (tmp_path / "parts" / LOG).read_text(encoding="utf-8").splitlines()
    numbers = [json.loads(line)["number"] for line in lines]
    assert again == list(range(3, numbers[-1] + 1))
    assert numbers == list(range(1, len(numbers) + 1))
    other = replace(ENCODER_CONFIG, seed=2)
    with pytest.raises(EncoderError, match="belongs to a run with other data or settings"):
        train_encoder(place, place.encoder(), mined, other, tmp_path / "parts", ignore)


@pytest.mark.slow
def test_the_reranker_learns_and_a_student_of_one_layer_follows(
    tmp_path: Path, place: Workplace
) -> None:
    mined = place.mine(place.encoder(), 32)
    losses: list[float] = []
    model = place.reranker()
    output = tmp_path / "r"
    train_reranker(
        place, model, mined, RERANKER_CONFIG, output, lambda step: losses.append(step.loss)
    )
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])
    path = write_trained(place, model, tmp_path / "reranker", 32)
    again = place.reranker(Adapter(path))
    assert np.allclose(again.weights()["head.weight"], model.weights()["head.weight"])
    data = place.data
    found = point(again, data.tokenizer, data.questions[:2], data.passages[:2], (8, 32))
    assert all(0 <= span.start <= span.end < 32 for span in found)

    small = place.reranker(Adapter(path), layers=[1])
    assert {name.split(".")[2] for name in small.weights() if name.startswith("encoder")} == {"1"}
    student = replace(STUDENT, epochs=1, **SHORT)
    train_reranker(place, small, mined, student, tmp_path / "s", ignore, 2, [again])
    assert "head.weight" in Adapter(write_trained(place, small, tmp_path / "student", 8))


def test_measures() -> None:
    passages = np.eye(4, dtype=np.float32)
    first, scaled = rank_by_vectors(passages[:2], passages)
    questions = [
        EvalQuestion("a", "fa", frozenset({0}), ""),
        EvalQuestion("b", "fa", frozenset(), ""),
    ]
    assert first.ranks(questions) == [1, None]
    measures = RankMeasures(first.rows, np.array([2.0, 1.0], np.float32)).measures(questions)
    assert (measures.precision_at_1, measures.reciprocal_rank, measures.auc) == (1, 1, 1)
    wrong = np.array([[-9.0, 9.0], [0.0, 0.0]], np.float32)
    assert rerank(first, scaled, wrong, 1.0).ranks(questions) == [2, None]
    assert area_under_curve(np.array([1.0], np.float32), np.array([1.0], np.float32)) == 0.5
    assert token_f1("در تهران", "تهران") == pytest.approx(2 / 3)
    assert token_f1("", "تهران") == 0
    assert paired_interval([1, 1], [0, 0], samples=10) == (1, 1, 1)


@pytest.mark.parametrize(
    "command", ["prepare", "encoder", "reranker", "student", "measure", "pack"]
)
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "--data" in result.output or "--articles" in result.output


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


@pytest.mark.slow
def test_a_trimmed_model_cuts_its_texts_into_the_same_tokens(tmp_path: Path) -> None:
    whole = PackedModel(packed_file())
    cut = build_tokenizer(whole.vocabulary)
    texts = ["passage: دریای خزر\nنفت ۱۲", "query: the Caspian Sea"]
    used = {number for text in texts for number in cut.encode(text).ids}
    count = write_trimmed_model(packed_file(), tmp_path / "small.bin", used)
    small = PackedModel(tmp_path / "small.bin")
    assert small.architecture.vocabulary == len(small.vocabulary.pieces) == count < 5000
    again = build_tokenizer(small.vocabulary)
    for text in texts:
        assert again.encode(text).tokens == cut.encode(text).tokens
    tables = [
        model.tensor("emb.word", model.architecture.vocabulary, 384) for model in (whole, small)
    ]
    before, after = cut.encode(texts[0]).ids, again.encode(texts[0]).ids
    assert np.array_equal(tables[0][before], tables[1][after])


def test_a_damaged_adapter_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "adapter").write_bytes(b"no adapter")
    with pytest.raises(EncoderError, match=r"^the adapter .* cannot be read: "):
        bundled_model(tmp_path / "cache", tmp_path / "adapter")
