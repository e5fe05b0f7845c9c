#!/usr/bin/env sh
# Holds action.yml, the workflows, and the CI files of evenhand init against the published schemas, which check-jsonschema
# brings along.
# Needs Python. Installs the tool in a virtual environment of its own under target, unless it is there.
set -eu
cd "$(dirname "$0")/.."

tools=target/check-jsonschema
if ! [ -x "$tools/bin/check-jsonschema" ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check check-jsonschema==0.39.0
fi
"$tools/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml src/cli/init/ci/github.yml
"$tools/bin/check-jsonschema" --builtin-schema vendor.github-actions action.yml
"$tools/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci src/cli/init/ci/gitlab.yml
