#!/bin/sh
# Build .venv and install one hash-pinned lock file into it: tools/bootstrap.sh runtime|dev
#
# Says nothing when there is nothing to do, and one clear line when something is missing.
set -eu

cd "$(dirname "$0")/.."
set_name=${1:-runtime}
lock=requirements/$set_name.txt
venv=.venv
log=$venv/install-$set_name.log

fail() {
    echo "timebank: $*" >&2
    exit 1
}

answers() { # answers PYTHON CODE: whether this Python runs and the code holds
    "$1" -c "$2" >/dev/null 2>&1
}

is_new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
is_whole='import ensurepip, venv'

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

find_python() {
    tooold= ; bare= ; name_one="name one: make PYTHON=/path/to/python3.11"
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        answers "$candidate" '' || continue
        if ! answers "$candidate" "$is_new_enough"; then
            tooold=${tooold:-$candidate}
        elif ! answers "$candidate" "$is_whole"; then
            bare=${bare:-$candidate}
        else
            python=$candidate
            return
        fi
    done
    if [ -n "$bare" ]; then
        version=$(version_of "$bare")
        fail "Python $version lacks its venv module: install it" \
            "(Debian and Ubuntu: apt-get install python$version-venv) and run this again."
    elif [ -n "$tooold" ]; then
        fail "$tooold is Python $(version_of "$tooold"), and 3.11 or newer is needed:" \
            "install it, or $name_one"
    elif [ -n "${PYTHON:-}" ]; then
        fail "PYTHON=$PYTHON does not run: name a Python of 3.11 or newer."
    else
        fail "no Python was found: install Python 3.11 or newer, or $name_one"
    fi
}

# A folder that was moved, or whose Python has gone, cannot be mended: make it again.
venv_works() {
    answers "$venv/bin/python" "$is_new_enough" && answers "$venv/bin/python" '
import os, sys, pip
sys.exit(not os.path.samefile(sys.prefix, ".venv"))'
}

if ! venv_works; then
    find_python
    rm -rf "$venv"
    echo "Building .venv with $("$python" --version)"
    "$python" -m venv "$venv" >/dev/null 2>&1 ||
        fail "$python could not build .venv here:" \
            "check that the folder can be written and the disk is not full."
fi

echo "Installing $lock"
if "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    --root-user-action=ignore --require-hashes -r "$lock" >"$log" 2>&1
then
    rm -f "$log"
elif grep -q 'DO NOT MATCH THE HASHES' "$log"; then
    fail "a downloaded package differs from what $lock expects and was not installed; see $log"
elif grep -q 'No space left' "$log"; then
    fail "the disk is full: free some space and run this again."
elif grep -Eqi 'connection|network|resolution|timed out|proxy|No matching distribution' "$log"; then
    fail "the packages could not be downloaded: check the network" \
        "(or set PIP_INDEX_URL to a mirror) and run this again; see $log"
else
    fail "the packages could not be installed; the reason stands at the end of $log"
fi
