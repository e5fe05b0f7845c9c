#!/usr/bin/env bash
# The environment in which the Python package is built and tested, target/python: made where it is missing, and brought
# up to date with python/requirements.txt. With `adapters` the libraries that the adapters are for come in too. With
# `engines` it is another one, target/python-engines, with python/requirements-engines.txt alone.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=target/python
files=(requirements ${1:+"requirements-$1"})
if [ "${1:-}" = engines ]; then
    environment=target/python-engines
    files=(requirements-engines)
fi
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
for wanted in "${files[@]}"; do
    file="python/$wanted.txt"
    stamp="$environment/$wanted.installed"
    if ! cmp -s "$file" "$stamp"; then
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$file"
        cp "$file" "$stamp"
    fi
done
