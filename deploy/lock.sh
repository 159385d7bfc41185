#!/bin/sh
# Writes requirements.lock and requirements-dev.lock: exact versions and hashes, for every Python that we support,
# without the address of an index. Versions that still fit are kept; add --upgrade for the newest.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url "$@"
}
compile --output-file requirements-dev.lock --extra dev "$@"
# The same versions for running as for testing.
compile --output-file requirements.lock --constraint requirements-dev.lock "$@"
if grep -q '://' requirements.lock requirements-dev.lock; then
    echo "A lock holds an address; nothing that is committed may." >&2
    exit 1
fi
