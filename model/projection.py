"""One linear layer over frozen features, applied by modality so that its parts add up.

With W = [W_image | W_text | W_numbers] and means m, the vector of a listing is

    l2norm(bias + W_image (x_image - m_image) + W_text (x_text - m_text) + W_numbers (x_numbers - m_numbers))

and a modality that is missing adds nothing, as its mean would. Plain numpy, each listing by itself and each
sum in one order: the same input gives the same bits, whatever else is in the batch.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.embedded import Embedding

MODALITIES = ("image", "text", "numbers")
NUMBERS = 3
_MAX_HEADER = 16_384

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """One modality's part of the layer.

    Attributes:
        weight: float32[d, n].
        mean: float32[n]; what is missing (NaN) counts as the mean.
    """

    weight: Float32
    mean: Float32

    def __call__(self, features: Float32) -> Float32:
        """The part float32[d] of features float32[n]."""
        centred = np.asarray(features, np.float32) - self.mean
        centred = np.where(np.isnan(centred), np.float32(0), centred)
        # A sum along rows, not a BLAS product: its order does not hang on the number of threads.
        part: Float32 = (self.weight * centred).sum(axis=1, dtype=np.float32)
        return part


@dataclass(frozen=True)
class Projection:
    """The trained layer.

    Attributes:
        image: takes `model.embedder.image_inputs` of a listing's pictures.
        text: takes the text's features at unit length.
        numbers: takes `model.embedder.numbers_of`.
        bias: float32[d].
    """

    image: Linear
    text: Linear
    numbers: Linear
    bias: Float32

    @property
    def dimension(self) -> int:
        """Length of the vector."""
        return len(self.bias)

    def fuse(
        self, image: Float32 | None, text: Float32 | None, numbers: Float32, palette: Float32 | None = None
    ) -> Embedding:
        """The vector of parts that are there, each float32[d]; the palette only goes with it.

        Raises:
            ValueError: parts that cancel out, or are not finite.
        """
        total = self.bias + numbers
        for part in (image, text):
            if part is not None:
                total = total + part
        length = np.sqrt(np.square(total, dtype=np.float64).sum())
        if not length > 0:
            raise ValueError("the parts cancel out: there is no direction to normalise")
        return Embedding(
            vector=(total / length).astype(np.float32),
            image=image,
            text=text,
            numbers=numbers,
            palette=palette,
        )

    def stored(self) -> Projection:
        """This layer as it will be read back: its weights rounded to float16."""
        widths = {name: len(getattr(self, name).mean) for name in MODALITIES}
        return self.from_bytes(self.to_bytes(), self.dimension, widths)

    def to_bytes(self) -> bytes:
        """Safetensors, with weights in float16 (the files of two trainings are compared by hash)."""
        tensors: dict[str, NDArray[np.generic]] = {"bias": self.bias.astype(np.float32)}
        for name in MODALITIES:
            linear: Linear = getattr(self, name)
            tensors[f"{name}.weight"] = linear.weight.astype(np.float16)
            tensors[f"{name}.mean"] = linear.mean.astype(np.float32)
        return save(tensors)

    @classmethod
    def from_bytes(cls, data: bytes, dimension: int, widths: Mapping[str, int]) -> Projection:
        """The inverse of `to_bytes`, up to float16.

        Args:
            data: a safetensors file.
            dimension: the vector's length, which it must have.
            widths: features per modality, which it must have.

        Raises:
            ValueError: not such a file, or another shape or a number that is not finite in it.
        """
        if len(data) < 8 or struct.unpack("<Q", data[:8])[0] > _MAX_HEADER:
            raise ValueError(f"not a safetensors file, or its header is over {_MAX_HEADER} bytes")
        try:
            tensors = load(data)
        except SafetensorError as err:
            raise ValueError(f"not a safetensors file: {err}") from err
        shapes: dict[str, tuple[int, ...]] = {"bias": (dimension,)}
        for name in MODALITIES:
            shapes[f"{name}.weight"] = (dimension, widths[name])
            shapes[f"{name}.mean"] = (widths[name],)
        _check(tensors, shapes)
        exact = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
        image, text, numbers = (Linear(exact[f"{name}.weight"], exact[f"{name}.mean"]) for name in MODALITIES)
        return cls(image, text, numbers, exact["bias"])


def _check(tensors: Mapping[str, NDArray[np.generic]], shapes: Mapping[str, tuple[int, ...]]) -> None:
    if set(tensors) != set(shapes):
        raise ValueError(f"holds {sorted(tensors)}; {sorted(shapes)} are wanted")
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tensor.shape != shape or tensor.dtype not in {np.dtype(np.float16), np.dtype(np.float32)}:
            raise ValueError(f"{name} is {tensor.dtype}{list(tensor.shape)}; float{list(shape)} is wanted")
        if not np.isfinite(tensor).all():
            raise ValueError(f"{name} holds a number that is not finite")
