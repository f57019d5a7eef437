"""How large the image is: `python bench/image_size.py`.

No Docker engine is asked. The packages that deploy/requirements.lock names are measured where they are
installed here, without what the CPU's build of torch leaves out; byte code, which the image has of every
module, is reckoned by its usual ratio to the source, and the base image given by hand.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

LOCK = Path(__file__).parents[1] / "deploy" / "requirements.lock"
BYTE_CODE = 1.2  # of a source file's size, over all packages here
BASE_MB = 130.0  # python:3.11-slim-bookworm, as its page says
PRUNED = re.compile(r"/(pandas|pyarrow|scipy|sklearn|sympy)/(.*/)?tests/|/(torch|pyarrow)/include/")
"""What the Dockerfile takes away again."""
CUDA_PACKAGE = re.compile(r"triton|nvidia-|cuda-")
CUDA_LIBRARY = re.compile(r"cuda|nvshmem|nvrtc|cudnn")


def main() -> None:
    """Print the largest packages and the sums."""
    names = sorted(set(re.findall(r"^([A-Za-z0-9._-]+)==", LOCK.read_text(), re.MULTILINE)))
    plain: dict[str, float] = {}
    cuda = 0.0
    for name in names:
        try:
            installed = distribution(name)
        except PackageNotFoundError:  # of another platform
            print(f"not on this machine: {name}", file=sys.stderr)
            continue
        if CUDA_PACKAGE.match(name):
            cuda += sum(_sizes(installed).values())
            continue
        sizes = _sizes(installed)
        left_out = sum(
            size for path, size in sizes.items() if name == "torch" and CUDA_LIBRARY.search(path.name)
        )
        plain[name] = sum(sizes.values()) - left_out
        cuda += left_out
    for name, size in sorted(plain.items(), key=lambda item: -item[1])[:12]:
        print(f"{size:8.1f} MB  {name}")
    total = sum(plain.values()) + BASE_MB
    print(f"{total:8.1f} MB  with the CPU's torch, {BASE_MB:.0f} of them the base")
    print(f"{total + cuda:8.1f} MB  with CUDA")


def _sizes(installed: Distribution) -> dict[Path, float]:
    """Megabytes of each file, a module's with its byte code."""
    files = [
        Path(str(installed.locate_file(file)))
        for file in installed.files or []
        if not PRUNED.search(f"/{file}")
    ]
    grown = {".py": 1 + BYTE_CODE, ".pyc": 0.0}
    return {file: file.stat().st_size / 1e6 * grown.get(file.suffix, 1.0) for file in files if file.is_file()}


if __name__ == "__main__":
    main()
