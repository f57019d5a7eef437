#!/bin/sh
# Installs a lock with uv into a Python's environment: install.sh LOCK TORCH PYTHON
#
# TORCH says which build of torch and torchvision:
#   cuda                what the lock holds, the registry's build with CUDA; everything is checked by hash
#   cpu, cu130, …       that build, in the lock's versions, from PyTorch's own index, which uv knows. Hashes there are
#                       others than in the lock: these two are pinned by version, all else by hash; nothing of CUDA
#                       that the lock holds is installed
set -eu
[ $# -eq 3 ] || {
    echo "install.sh LOCK TORCH PYTHON" >&2
    exit 2
}
lock=$1
torch=$2
python=$3
[ -s "$lock" ] || {
    echo "install.sh: $lock is missing or empty" >&2
    exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

uv="uv pip install --quiet --no-deps --compile-bytecode --python $python"
if [ "$torch" = cuda ]; then
    $uv --require-hashes -r "$lock"
else
    # A locked package begins at the margin; its hashes follow, indented.
    sed -n -E 's/^(torch|torchvision)==([^ ;]+).*/\1==\2/p' "$lock" >"$work/torch.txt"
    awk '/^[^ ]/ {keep = !/^(torch|torchvision|triton|nvidia-|cuda-)/} keep' "$lock" >"$work/rest.txt"
    [ "$(wc -l <"$work/torch.txt")" -eq 2 ] || {
        echo "install.sh: $lock does not hold torch and torchvision" >&2
        exit 2
    }
    $uv --torch-backend "$torch" -r "$work/torch.txt"
    $uv --require-hashes -r "$work/rest.txt"
fi
