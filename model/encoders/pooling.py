"""One feature vector per item from whatever a transformers tower puts out."""

from __future__ import annotations

from typing import Any

import torch


def _pooled(output: Any) -> torch.Tensor | None:
    pooled = output if isinstance(output, torch.Tensor) else getattr(output, "pooler_output", None)
    return None if pooled is None else pooled.flatten(1)


def picture_features(network: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """`[n, d]`: a CLIP-like model's image features, else the pooled output, else the mean over places."""
    pixels = inputs["pixel_values"].to(network.dtype)
    if hasattr(network, "get_image_features"):
        output = network.get_image_features(pixel_values=pixels)
    else:
        output = network(pixel_values=pixels)
    pooled = _pooled(output)
    if pooled is not None:
        return pooled
    hidden: torch.Tensor = output.last_hidden_state
    return hidden.mean((2, 3)) if hidden.ndim == 4 else hidden.mean(1)


def text_features(network: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """`[n, d]`: a CLIP-like model's text features, else the mean over tokens that are not padding.

    The mean is that of Sentence-BERT (arXiv 1908.10084), with which the default encoder was trained.
    """
    if hasattr(network, "get_text_features"):
        known = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        pooled = _pooled(network.get_text_features(**known))
        if pooled is not None:
            return pooled
    hidden: torch.Tensor = network(**inputs).last_hidden_state.float()
    mask = inputs["attention_mask"].unsqueeze(-1).float()
    summed: torch.Tensor = (hidden * mask).sum(1)
    return summed / mask.sum(1).clamp(min=1)
