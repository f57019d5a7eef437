"""Tiny random checkpoints of several kinds, made on the spot and saved as transformers saves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizerFast,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    ResNetConfig,
    ResNetModel,
    TimmWrapperConfig,
    TimmWrapperModel,
    ViTConfig,
    ViTImageProcessor,
    ViTModel,
)

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "blue", "wool", "sweater", "shirt")
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}


def _saved(folder: Path, *parts: Any) -> Path:
    for part in parts:
        part.save_pretrained(folder)
    return folder


def bert(folder: Path) -> Path:
    torch.manual_seed(1)
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    config = BertConfig(vocab_size=len(WORDS), max_position_embeddings=40, **SMALL)
    return _saved(folder, BertModel(config), BertTokenizerFast(str(folder / "vocab.txt")))


def vit(folder: Path) -> Path:
    torch.manual_seed(2)
    processor = ViTImageProcessor(
        size={"height": 32, "width": 32}, image_mean=[0.5] * 3, image_std=[0.25] * 3
    )
    return _saved(folder, ViTModel(ViTConfig(image_size=32, patch_size=8, **SMALL)), processor)


def vit_without_pooler(folder: Path) -> Path:
    torch.manual_seed(3)
    config = ViTConfig(image_size=32, patch_size=8, **SMALL)
    return _saved(
        folder, ViTModel(config, add_pooling_layer=False), ViTImageProcessor(size={"height": 32, "width": 32})
    )


def resnet(folder: Path) -> Path:
    torch.manual_seed(4)
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    return _saved(folder, ResNetModel(config), ViTImageProcessor(size={"height": 40, "width": 40}))


def timm(folder: Path) -> Path:
    torch.manual_seed(5)
    input_of = {"input_size": [3, 32, 32], "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    return _saved(
        folder, TimmWrapperModel(TimmWrapperConfig(architecture="test_efficientnet", pretrained_cfg=input_of))
    )


def clip(folder: Path) -> Path:
    torch.manual_seed(6)
    bert(folder)
    towers = {"projection_dim": 24, **SMALL}
    config = CLIPConfig(
        text_config={"vocab_size": len(WORDS), "max_position_embeddings": 40, "eos_token_id": 3, **towers},
        vision_config={"image_size": 32, "patch_size": 8, **towers},
        projection_dim=24,
    )
    processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return _saved(folder, CLIPModel(config), processor)
