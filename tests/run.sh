#!/bin/sh
# All checks and tests in rising order of cost; stops at the first that fails. With CI=true nothing may be missing.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE # set, it would make every start compile all that it imports
bin=.venv/bin
missing=.cache/not-run.txt
mkdir -p .cache
rm -f "$missing"
SKUTWIN_TEST_NOT_RUN="$missing"
export SKUTWIN_TEST_NOT_RUN

step() {
    printf '\n== %s\n' "$1"
    shift
    "$@" || {
        code=$?
        printf '\nfailed: %s\n' "$*" >&2
        exit "$code"
    }
}

step "form" $bin/ruff format --check .
step "style" $bin/ruff check .
step "types" $bin/mypy
step "who may import whom" $bin/lint-imports
step "fast tests" $bin/pytest tests/fast
step "integration tests" $bin/pytest tests/integration
step "the demo on a small stream" $bin/skutwin demo --listings 300 --seed 5

if [ -s "$missing" ]; then
    printf '\n== not run on this machine\n'
    cat "$missing"
fi
printf '\nall that ran has passed\n'
