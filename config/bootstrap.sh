#!/bin/sh
# Finds a Python that can run Stemlink, and hands over to bootstrap.py. Needs nothing but a shell.
set -eu
here=$(dirname "$0")

works() { command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }

for python in .venv/bin/python ${PYTHON:+"$PYTHON"} python3.11 python3.12 python3; do
    if works "$python"; then
        exec "$python" -I "$here/bootstrap.py" "$@"
    fi
done
echo "Stemlink needs Python 3.11 or 3.12 and found neither. On Debian or Ubuntu: sudo apt install python3.11 python3.11-venv" >&2
exit 1
