#!/bin/sh
# Pin every package with its hashes, for every platform and Python from 3.11 on, without naming
# the host that the hashes came from. Existing pins stay unless UPGRADE is set.
set -eu

cd "$(dirname "$0")/../requirements"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

"${PYTHON:-../.venv/bin/python}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -qq --disable-pip-version-check "uv==0.13.8"

compile() {
    "$work/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --custom-compile-command "make lock" \
        ${UPGRADE:+--upgrade} "$@"
}

compile runtime.in --output-file runtime.txt
# The development set holds exactly what the product runs with, and the tools beside it.
compile dev.in --constraints runtime.txt --output-file dev.txt
