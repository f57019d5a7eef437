"""EfficientNet-Lite0 as its authors' checkpoint spells it: an oracle without timm and transformers.

Source: the lite variants of EfficientNet (arXiv 1905.11946): no squeeze-and-excitation, ReLU6, TensorFlow's
`SAME` padding, batch norm with epsilon 1e-3. Tensors are taken by the checkpoint's own names.
"""

from __future__ import annotations

import torch
from torch.nn import functional

# expansion, channels out, repeats, stride of the first, kernel
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


class Original:
    """Its forward pass from a state dict."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        self._weights = weights

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        """`[n, 1280]` of `[n, 3, 224, 224]`."""
        hidden = functional.relu6(self._norm("_bn0", self._conv("_conv_stem", pixels, 2)))
        block = 0
        for expansion, channels, repeats, first_stride, _kernel in STAGES:
            for repeat in range(repeats):
                hidden = self._block(
                    f"_blocks.{block}", hidden, expansion, channels, 1 if repeat else first_stride
                )
                block += 1
        return functional.relu6(self._norm("_bn1", self._conv("_conv_head", hidden, 1))).mean((2, 3))

    def classes(self, pixels: torch.Tensor) -> torch.Tensor:
        """`[n, 1000]` ImageNet logits."""
        return functional.linear(
            self.features(pixels), self._weights["_fc.weight"], self._weights["_fc.bias"]
        )

    def _block(
        self, name: str, shortcut: torch.Tensor, expansion: int, channels: int, stride: int
    ) -> torch.Tensor:
        hidden = shortcut
        if expansion > 1:
            hidden = functional.relu6(
                self._norm(f"{name}._bn0", self._conv(f"{name}._expand_conv", hidden, 1))
            )
        hidden = functional.relu6(
            self._norm(
                f"{name}._bn1", self._conv(f"{name}._depthwise_conv", hidden, stride, groups=hidden.shape[1])
            )
        )
        hidden = self._norm(f"{name}._bn2", self._conv(f"{name}._project_conv", hidden, 1))
        assert hidden.shape[1] == channels
        return hidden + shortcut if stride == 1 and hidden.shape == shortcut.shape else hidden

    def _conv(self, name: str, pixels: torch.Tensor, stride: int, groups: int = 1) -> torch.Tensor:
        weight = self._weights[f"{name}.weight"]
        kernel, edge = weight.shape[-1], pixels.shape[-1]
        padding = max((-(-edge // stride) - 1) * stride + kernel - edge, 0)
        left, right = padding // 2, padding - padding // 2
        return functional.conv2d(
            functional.pad(pixels, (left, right, left, right)), weight, None, stride, groups=groups
        )

    def _norm(self, name: str, pixels: torch.Tensor) -> torch.Tensor:
        part = {
            key: self._weights[f"{name}.{key}"] for key in ("running_mean", "running_var", "weight", "bias")
        }
        return functional.batch_norm(pixels, **part, eps=1e-3)
