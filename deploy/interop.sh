#!/usr/bin/env bash
# Make the environment of the clients that others wrote (tests/interop): they verify our logs, we do
# not import them. `deploy/interop.sh [FOLDER]`, by default .venv/interop. aics-tlog needs Python
# 3.12 and gets a part of its own where there is one.
set -euo pipefail
cd "$(dirname "$0")/.."

folder="${1:-.venv/interop}"
make_in() { # make_in FOLDER PYTHON PINNED
  local stamp
  stamp="$1/.installed-$(sha256sum "$3" | cut -c1-16)"
  [ -f "$stamp" ] && return
  "$2" -m venv --clear "$1"
  "$1/bin/python" -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r "$3"
  "$1/bin/python" deploy/complete.py "$3"
  touch "$stamp"
}

python=.venv/bin/python
[ -x "$python" ] || python=python3
make_in "$folder" "$python" requirements-interop.txt
newer=
for candidate in ${PYTHON312:-} python3.14 python3.13 python3.12; do
  if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' \
    2>/dev/null; then newer=$candidate; break; fi
done
if [ -n "$newer" ]; then
  make_in "$folder-newer" "$newer" requirements-interop-newer.txt
else
  echo "No Python 3.12 or newer here: aics-tlog is left out." >&2
fi
