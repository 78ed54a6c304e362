"""The demo school's files, moved in time so that its year is always running."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

FILES = Path(__file__).resolve().parent / "school"
WEEKS_BEFORE_TODAY = 3
_DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def write_school(folder: Path, today: date) -> None:
    """Write the school's import files into `folder`, every date moved by the same whole weeks."""
    folder.mkdir(parents=True, exist_ok=True)
    by = _weeks(today)
    for path in sorted(FILES.iterdir()):
        if path.suffix in {".csv", ".json"}:
            moved = _DATE.sub(lambda found: str(date.fromisoformat(found[0]) + by), path.read_text(encoding="utf-8"))
            (folder / path.name).write_text(moved, encoding="utf-8")


def _weeks(today: date) -> timedelta:
    """Whole weeks keep every weekday; the first school day comes some weeks before today."""
    rows = csv.DictReader(io.StringIO((FILES / "school_days.csv").read_text(encoding="utf-8")))
    first = date.fromisoformat(next(row["date"] for row in rows))
    return timedelta(weeks=(today - first).days // 7 - WEEKS_BEFORE_TODAY)
