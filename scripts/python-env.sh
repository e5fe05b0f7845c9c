#!/usr/bin/env bash
# The environment in which the Python package is built and tested, target/python: made where it is missing, and brought
# up to date with python/requirements.txt. With `adapters` the libraries that the adapters are for come in too.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=target/python
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
for wanted in requirements ${1:+requirements-$1}; do
    file="python/$wanted.txt"
    stamp="$environment/$wanted.installed"
    if ! cmp -s "$file" "$stamp"; then
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$file"
        cp "$file" "$stamp"
    fi
done
