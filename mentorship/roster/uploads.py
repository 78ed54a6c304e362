"""Files given on the page: kept sealed until somebody says yes, no, or nothing for a week."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import PurePath

from sqlalchemy import Select, select

from mentorship import keys
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Person, School
from mentorship.people.queries import coached_schools
from mentorship.roster.models import ImportRun, ImportUpload
from mentorship.roster.report import Correction
from mentorship.tables import Source, Unreadable, sources

KEPT = timedelta(days=7)
FINISHED = {
    "imported": "These files have been imported already.",
    "dropped": "These files were dropped, and nothing of them came in.",
    "expired": "These files waited for a week and were erased; upload them again.",
}


def uploads_visible_to(person: Person) -> Select[ImportUpload]:
    """Those of the schools where the person coaches; an administrator sees all."""
    query = select(ImportUpload)
    if person.is_admin:
        return query
    return query.where(ImportUpload.school_id.in_(coached_schools(person)))


def runs_visible_to(person: Person) -> Select[ImportRun]:
    """The imports of the same schools."""
    query = select(ImportRun)
    return query if person.is_admin else query.where(ImportRun.school_id.in_(coached_schools(person)))


def keep_upload(files: Sequence[Source], *, school: School | None, person: Person, now: datetime) -> ImportUpload:
    """Keep files for a look, or give back the upload that waits with the very same ones.

    Without a school an administrator may bring any: the one that their school.json names. Raises `Refused`.
    """
    found = _told_apart(sources(files))
    school_id = _whose(found, school, person)
    # Keyed, because a plain digest of a short file could be guessed back to it.
    content = hashlib.sha256(b"".join(hashlib.sha256(source.data).digest() for source in found)).hexdigest()
    fingerprint = keys.ring().digest(f"{school_id}|{content}")
    waiting = select(ImportUpload).where(ImportUpload.fingerprint == fingerprint, ImportUpload.state == "waiting")
    standing = db.session.scalars(waiting).first()
    if standing is not None:
        return standing
    upload = ImportUpload(
        school_id=school_id,
        person=person,
        uploaded_at=now,
        file_names=[source.name for source in found],
        fingerprint=fingerprint,
        files=_packed(found),
        corrections="[]",
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def files_of(upload: ImportUpload) -> list[Source]:
    """The files as they came. Raises `Refused` where they are gone."""
    refuse_finished(upload)
    assert upload.files is not None, "files that wait are kept"
    with zipfile.ZipFile(io.BytesIO(upload.files)) as archive:
        return [Source(name, archive.read(str(place))) for place, name in enumerate(upload.file_names)]


def corrections_of(upload: ImportUpload) -> list[Correction]:
    return [Correction(**each) for each in json.loads(upload.corrections or "[]")]


def correct(upload: ImportUpload, corrections: Sequence[Correction]) -> None:
    """Put these over the cells; a later one for the same cell wins."""
    by_cell = {(each.file, each.line, each.column): each for each in (*corrections_of(upload), *corrections)}
    upload.corrections = json.dumps([asdict(each) for each in by_cell.values()], ensure_ascii=False)


def refuse_finished(upload: ImportUpload) -> None:
    if upload.state != "waiting":
        raise Refused(FINISHED[upload.state])


def finish_upload(upload: ImportUpload, state: str, run: ImportRun | None = None) -> None:
    """What was in the files is erased; that there were some stays."""
    upload.state, upload.run = state, run
    upload.files = upload.corrections = upload.preview = None


def erase_one_old_upload(now: datetime) -> bool:
    """Files that have waited for a week are erased; says whether there were any."""
    old = select(ImportUpload).where(ImportUpload.state == "waiting", ImportUpload.uploaded_at < now - KEPT)
    upload = db.session.scalars(old.limit(1).with_for_update(of=ImportUpload, skip_locked=True)).first()
    if upload is not None:
        finish_upload(upload, "expired")
    return upload is not None


def school_named_by(files: Sequence[Source]) -> str | None:
    """The id in the school.json among these files. Raises `Unreadable`."""
    # Its check takes pydantic, which nothing but an import waits for.
    from mentorship.roster.readers.school import read_school

    for source in files:
        if source.name.lower().endswith(".json"):
            return read_school(source).facts.id
    return None


def _whose(files: Sequence[Source], school: School | None, person: Person) -> str | None:
    named = school_named_by(files)
    if named is None:
        if school is None and db.session.scalar(select(School.id).limit(1)) is not None:
            raise Refused("Add the school’s school.json, so that it is clear which school these files belong to.")
        return school.id if school else None
    if school is not None and named == school.id:
        return school.id
    if not person.is_admin:
        place = f"{school.name} has the id {school.id}" if school else "you have no school"
        raise Refused(
            f"school.json is of the school {named}, but {place}. An administrator brings in other schools; correct "
            "the id, or leave the file out."
        )
    return named if db.session.get(School, named) is not None else None


def _told_apart(found: list[Source]) -> list[Source]:
    """The same files under names that differ: a correction says which file it is for."""
    if not found:
        raise Unreadable("Choose at least one file.")
    seen: Counter[str] = Counter()
    named = []
    for source in found:
        seen[source.name] += 1
        number = seen[source.name]
        path = PurePath(source.name)
        name = source.name if number == 1 else f"{path.stem} ({number}){path.suffix}"
        named.append(Source(name, source.data))
    return named


def _packed(found: Sequence[Source]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, source in enumerate(found):
            archive.writestr(str(place), source.data)
    return content.getvalue()
