"""The encoders at work: pixels or texts in, float32 features out; frozen, in evaluation mode, on the CPU."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.encoders.decoding import Pixels
from model.encoders.precision import Precision, Step, faster_precision
from model.encoders.specs import PictureSpec, TextSpec

_PICTURE_BATCH = 4  # what fits the processor's caches: a third more pictures a second than 16
_TEXT_BATCH = 32
TOKEN_STEP = 16
"""Texts are padded to a multiple of it, so that few lengths occur; a tower's `max_tokens` is one."""

_DTYPES = {Precision.FP32: torch.float32, Precision.BF16: torch.bfloat16}

_RUNS, _RUNS_S = 8, 0.5
Features = NDArray[np.float32]
Forward = Callable[[torch.nn.Module, dict[str, torch.Tensor]], torch.Tensor]


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of the fastest run after one that warms up: the machine may be busy with other things.

    At least two runs are timed, and further ones up to eight or half a second in all.
    """
    work()
    seconds: list[float] = []
    while len(seconds) < 2 or (len(seconds) < _RUNS and sum(seconds) < _RUNS_S):
        begun = clock()
        work()
        seconds.append(clock() - begun)
    return min(seconds)


def _small_convolution(precision: Precision) -> float:
    """About a millisecond in fp32; where bf16 is emulated it shows here at a cost of well under a second."""
    dtype = _DTYPES[precision]
    layer = torch.nn.Conv2d(32, 32, 3, padding=1).to(dtype)
    picture = torch.zeros(1, 32, 28, 28, dtype=dtype)
    return timed(lambda: layer(picture))


def _small_product(precision: Precision) -> float:
    dtype = _DTYPES[precision]
    left = torch.zeros(64, 384, dtype=dtype)
    right = torch.zeros(384, 384, dtype=dtype)
    return timed(lambda: left @ right)


class _Tower:
    """A frozen network in one precision."""

    def __init__(self, network: torch.nn.Module, forward: Forward, precision: Precision | None) -> None:
        network.eval().requires_grad_(requires_grad=False)
        self._forward = forward
        if precision is None:
            precision = self._measure(network)
        self.precision = precision
        self._network = network.to(_DTYPES[precision])

    def _measure(self, network: torch.nn.Module) -> Precision:
        sample = self._sample()
        twins = {Precision.FP32: network, Precision.BF16: deepcopy(network).to(torch.bfloat16)}

        def whole(precision: Precision) -> float:
            return timed(lambda: self._forward(twins[precision], sample))

        with torch.inference_mode():
            return faster_precision([self._primitive(), whole])

    def _primitive(self) -> Step:
        raise NotImplementedError

    def _sample(self) -> dict[str, torch.Tensor]:
        raise NotImplementedError

    def _run(self, inputs: dict[str, torch.Tensor]) -> Features:
        with torch.inference_mode():
            output = self._forward(self._network, inputs)
        features: Features = output.float().numpy()
        return features


class PictureTower(_Tower):
    """A vision tower.

    Args:
        network: any module that `forward` knows how to ask.
        forward: gives `[n, dimension + texture]` for `{"pixel_values": [n, 3, size, size]}`.
        spec: its input and output.
        precision: None measures.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        forward: Forward,
        spec: PictureSpec,
        precision: Precision | None = None,
    ) -> None:
        self.spec = spec
        self._mean = torch.tensor(spec.mean).view(1, 3, 1, 1) * 255
        self._std = torch.tensor(spec.std).view(1, 3, 1, 1) * 255
        super().__init__(network.to(memory_format=torch.channels_last), forward, precision)

    def _primitive(self) -> Step:
        return _small_convolution

    def _sample(self) -> dict[str, torch.Tensor]:
        return self._inputs([np.zeros((self.spec.size, self.spec.size, 3), np.uint8)] * _PICTURE_BATCH)

    def _inputs(self, pictures: Sequence[Pixels]) -> dict[str, torch.Tensor]:
        pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        return {"pixel_values": (pixels.float() - self._mean) / self._std}

    def encode(self, pictures: Sequence[Pixels]) -> Features:
        """Features float32[n, dimension + texture] of pictures uint8[size, size, 3].

        Raises:
            ValueError: a picture of another shape or type.
        """
        shape = (self.spec.size, self.spec.size, 3)
        for picture in pictures:
            if picture.shape != shape or picture.dtype != np.uint8:
                raise ValueError(f"a picture is uint8{list(shape)}, not {picture.dtype}{list(picture.shape)}")
        features = np.empty((len(pictures), self.spec.dimension + self.spec.texture), np.float32)
        for start in range(0, len(pictures), _PICTURE_BATCH):
            batch = slice(start, start + _PICTURE_BATCH)
            features[batch] = self._run(self._inputs(pictures[batch]))
        return features


class TextTower(_Tower):
    """A text tower with its tokenizer (a transformers fast tokenizer)."""

    def __init__(
        self,
        network: torch.nn.Module,
        forward: Forward,
        tokenizer: Any,
        spec: TextSpec,
        precision: Precision | None = None,
    ) -> None:
        self.spec = spec
        self._tokenizer = tokenizer
        super().__init__(network, forward, precision)

    def _primitive(self) -> Step:
        return _small_product

    def _sample(self) -> dict[str, torch.Tensor]:
        return self._inputs(["a crew neck sweater of ribbed wool, navy"] * 8)

    def _inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        tokens = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.spec.max_tokens,
            pad_to_multiple_of=TOKEN_STEP,
            return_tensors="pt",
        )
        return dict(tokens)

    def encode(self, texts: Sequence[str]) -> Features:
        """Features float32[n, d]; texts of like length share a batch, whatever their order here."""
        features = np.empty((len(texts), self.spec.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), texts[i]))
        for start in range(0, len(order), _TEXT_BATCH):
            batch = order[start : start + _TEXT_BATCH]
            features[batch] = self._run(self._inputs([texts[i] for i in batch]))
        return features
