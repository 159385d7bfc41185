#!/bin/sh
# Finds a Python that is new enough and lets it prepare .venv. Called by make; needs nothing but a POSIX shell.
set -eu
here=$(dirname "$0")
for python in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    [ -n "$python" ] || continue
    if "$python" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; then
        exec "$python" "$here/bootstrap.py" "$@"
    fi
done
echo "Python 3.11, 3.12 or 3.13 was not found. Install it with: sudo apt-get install python3 (or set PYTHON=/path/to/python)" >&2
exit 1
