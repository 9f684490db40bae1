#!/usr/bin/env bash
# Make .venv ready: `deploy/venv.sh run` to run Sakshi, `deploy/venv.sh dev` to test it as well.
#
# Installs exactly the hash-pinned files, once: a stamp named after their sha256 makes the second
# call instant. Needs Python 3.11 or newer and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose="${1:?usage: deploy/venv.sh run|dev}"
case "$purpose" in
  run) pinned=(requirements-build.txt requirements.txt) ;;
  dev) pinned=(requirements-build.txt requirements-dev.txt) ;;
  *) echo "deploy/venv.sh: '$purpose' is neither 'run' nor 'dev'" >&2; exit 2 ;;
esac

venv=.venv
say() { printf '\033[1m·\033[0m %s\n' "$*"; }
sum() { cat "$@" | sha256sum | cut -c1-16; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then echo "$candidate"; return; fi
  done
  echo "Sakshi needs Python 3.11 or newer with its venv module (on Debian: python3-venv)." >&2
  return 1
}

# Prints one line for every 25 packages, so that a slow line does not look like a hang.
progress() {
  awk '/^ *Collecting /{ if (++n % 25 == 0) { print "  " n " packages found"; fflush() } }
       /^ *Installing collected/{ print "  unpacking"; fflush() }'
}

# An environment knows its own path: one that was moved or whose Python has gone is made again.
if [ -d "$venv" ] && { ! "$venv/bin/python" -c '' 2>/dev/null \
    || [ "$(cat "$venv/.home" 2>/dev/null || pwd)" != "$(pwd)" ]; }; then
  say "The environment in $venv no longer works here; making it again"
  rm -rf "$venv"
fi

installed="$venv/.installed-$purpose-$(sum "${pinned[@]}")"
linked="$venv/.linked-$(sum pyproject.toml)"
oracles="$venv/.oracles-$(sum requirements-oracles.txt)"

# Runs pip with its own words in a file, and shows their end only when it fails.
pip() {
  "$venv/bin/python" -m pip --disable-pip-version-check install --progress-bar off "$@" 2>&1 \
    | tee "$venv/install.log" | progress || {
      tail -n 20 "$venv/install.log" >&2
      echo "Setting up failed; the whole log is in $venv/install.log" >&2
      return 1
    }
}

if [ ! -x "$venv/bin/python" ]; then
  python="$(find_python)"
  say "Making an environment in $venv with $("$python" --version)"
  "$python" -m venv "$venv"
  pwd > "$venv/.home"
fi

if [ ! -f "$installed" ]; then
  args=()
  for file in "${pinned[@]}"; do args+=(-r "$file"); done
  say "Installing $(cat "${pinned[@]}" | grep -c '==') pinned packages (once; about half a minute)"
  pip --no-deps --require-hashes "${args[@]}"
  "$venv/bin/python" deploy/complete.py "${pinned[@]}"
  touch "$installed"
  # What tests need holds what running needs, in the same versions.
  if [ "$purpose" = dev ]; then
    touch "$venv/.installed-run-$(sum requirements-build.txt requirements.txt)"
  fi
fi

if [ ! -f "$linked" ]; then
  pip --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
  rm -f "$venv"/.linked-*
  touch "$linked"
fi

if [ "$purpose" = dev ] && [ ! -f "$oracles" ]; then
  # merkletools is a second opinion in the tests only; its dependency pysha3 cannot be built.
  pip --no-deps --no-build-isolation --require-hashes -r requirements-oracles.txt
  touch "$oracles"
fi
