"""Safetensors from outside, read with care: whole, of the expected kind, and finite."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

MAX_HEADER = 1 << 16  # bytes; a hundred tensors need a tenth of it


def read_tensors(data: bytes, kinds: Mapping[str, type[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """All tensors of a safetensors file, by name.

    Args:
        data: the file's bytes.
        kinds: the type of each tensor that is wanted; no other may be there.

    Raises:
        ValueError: no such file, a tensor missing, one too many or of another type, or a number in it that
            is not finite.
    """
    if len(data) < 8 or struct.unpack("<Q", data[:8])[0] > MAX_HEADER:
        raise ValueError(f"not a safetensors file, or its header is over {MAX_HEADER} bytes")
    try:
        tensors = load(data)
    except SafetensorError as err:
        raise ValueError(f"not a safetensors file: {err}") from err
    if tensors.keys() != kinds.keys():
        strange, missing = sorted(tensors.keys() - kinds.keys()), sorted(kinds.keys() - tensors.keys())
        raise ValueError(f"tensors missing: {missing[:5]}; not wanted: {strange[:5]}")
    for name, kind in kinds.items():
        if tensors[name].dtype != np.dtype(kind):
            raise ValueError(f"{name} is {tensors[name].dtype}; {np.dtype(kind)} is wanted")
        if not np.isfinite(tensors[name]).all():
            raise ValueError(f"{name} holds a number that is not finite")
    return tensors
