"""What an import found and what it would change, in counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from mentorship.roster.models import ImportRun


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file; `line` is the file's line (the header is 1), `row` how its row begins."""

    line: int | None
    column: str | None
    value: str | None
    message: str
    row: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"line": self.line, "column": self.column, "value": self.value, "message": self.message}


@dataclass(frozen=True)
class Correction:
    """A cell that reads otherwise than its file: the files stay as they came, and this is put over them."""

    file: str
    line: int
    column: str
    value: str


@dataclass
class FileReport:
    """One file as it was read. `errors` leave rows out; `gaps` are values that leave something unknown."""

    name: str
    kind: str
    rows: int = 0
    errors: list[Fault] = field(default_factory=list)
    gaps: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "rows": self.rows,
            "errors": [fault.as_json() for fault in (*self.errors, *self.gaps)],
            "warnings": list(self.warnings),
        }


@dataclass
class Counts:
    """How many records of a kind are new, changed, unchanged, or no longer there."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deactivated: int = 0


@dataclass(frozen=True)
class Asks:
    """An import that would deactivate so many people that somebody has to say the number."""

    deactivates: int
    of: int

    @property
    def sentence(self) -> str:
        share = round(100 * self.deactivates / self.of)
        return (
            f"This import would deactivate {self.deactivates} of {self.of} people ({share} %). "
            f"If that is right, import it again with --accept {self.deactivates}; "
            "otherwise check that the staff file is whole."
        )


@dataclass
class ImportReport:
    """The whole of it: per file, per kind of record, and why it stopped, if it did."""

    school: str
    files: list[FileReport]
    records: dict[str, Counts]
    dry_run: bool
    applied: bool = False
    error: str | None = None
    asks: Asks | None = None
    run: ImportRun | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "applied": self.applied,
            "dry_run": self.dry_run,
            "error": self.error,
            "files": [file.as_json() for file in self.files],
            "records": {kind: asdict(counts) for kind, counts in self.records.items()},
            "asks": asdict(self.asks) if self.asks else None,
        }
