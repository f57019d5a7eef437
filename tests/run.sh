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

# Rules and dashboards are tried on a real Prometheus; Debian's package brings promtool as well.
if [ "${CI:-}" = true ] && ! command -v promtool >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo"; fi
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -qq --yes --no-install-recommends prometheus
fi

step "form" $bin/ruff format --check .
step "style" $bin/ruff check .
step "types" $bin/mypy
step "who may import whom" $bin/lint-imports
step "fast tests" $bin/pytest tests/fast -m "not thorough"
step "thorough tests" $bin/pytest tests/fast -m thorough
step "integration tests" $bin/pytest tests/integration
step "the demo on a small stream" $bin/skutwin demo --listings 300 --seed 5

if [ -s "$missing" ]; then
    printf '\n== not run on this machine\n'
    cat "$missing"
fi
printf '\nall that ran has passed\n'
