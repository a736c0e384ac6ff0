"""Write the tables of the documents from the code; `python -m tests.documents [VERIFIED.json]`.

VERIFIED.json is what `marginlab verify --seeds 5 --json VERIFIED.json` measured; without it the measured values stay.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .claims import from_verified
from .house import drawing
from .pages import PAGES, PLAN, rewritten


def main(arguments: list[str]) -> None:
    """Write the tables into the pages."""
    measured = from_verified(Path(arguments[0])) if arguments else None
    for page in PAGES:
        page.write_text(rewritten(page, measured), encoding="utf-8")
    PLAN.write_text(drawing(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
