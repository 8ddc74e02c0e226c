"""`python -m carillon.cli`: how the supervisor starts its children."""

from __future__ import annotations

import sys

from carillon.cli import main

if __name__ == "__main__":
    sys.exit(main())
