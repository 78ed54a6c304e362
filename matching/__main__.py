"""`python -m matching pair|visit PROBLEM.json` solves, `python -m matching check PROBLEM.json PLAN.json`
judges."""

from __future__ import annotations

import sys

from matching.front import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
