"""The kinds of file, told apart by their header row."""

from __future__ import annotations

from dataclasses import dataclass

from mentorship.tables import Table, Unreadable


@dataclass(frozen=True)
class Kind:
    """A kind of file with its columns: what a file must have, and what it may have besides."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.required + self.optional)


STAFF = Kind(
    "staff",
    ("person_id", "given_name", "family_name", "email", "roles"),
    (
        "subjects",
        "departments",
        "grades",
        "room",
        "building",
        "wing",
        "new_teacher",
        "mentor_places",
        "trained_on",
        "evaluates",
        "virtual",
        "works_from",
        "works_to",
        "prefers",
    ),
)
MASTER_SCHEDULE = Kind(
    "master_schedule",
    ("section_id", "course", "teacher_ids", "expression"),
    ("subject", "grades", "room", "building", "term", "wave"),
)
BELLS = Kind("bells", ("bell_schedule", "period", "starts", "ends"), ("cycle_day", "kind", "wave"))
SCHOOL_DAYS = Kind("school_days", ("date", "kind"), ("cycle_day", "bell_schedule", "note", "rotation"))
INTERESTS = Kind(
    "interests",
    ("person_id",),
    (
        "wants_to_learn",
        "shows",
        "wants_feedback_on",
        "gives_feedback_on",
        "visits_required",
        "visits_wanted",
        "visits_a_week",
        "hosts_at_most",
        "hosts_a_week",
        "open_to_visits",
        "video_host",
        "video_visit",
    ),
)
TERMS = Kind("terms", ("term", "starts", "ends"))
DUTIES = Kind("duties", ("person_id", "kind"), ("cycle_day", "weekday", "date", "period", "starts", "ends"))
DECLARED_PLANNING = Kind("declared_planning", ("person_id", "period"), ("cycle_day",))
APART = Kind("apart", ("person_id", "other_id"))
TRAVEL = Kind("travel", ("from", "to", "minutes"))

KINDS = (STAFF, MASTER_SCHEDULE, BELLS, SCHOOL_DAYS, TERMS, DUTIES, DECLARED_PLANNING, APART, TRAVEL, INTERESTS)


def kind_of(table: Table) -> Kind:
    """The kind whose required columns are all there and that knows the most of the header.

    Raises `Unreadable` with the nearest kind and what is missing of it.
    """
    header = frozenset(table.header)
    fitting = [kind for kind in KINDS if header.issuperset(kind.required) and _says_enough(kind, header)]
    if fitting:
        return max(fitting, key=lambda kind: (len(kind.columns & header), len(kind.required)))
    if "sourcedid" in header or header == {"propertyname", "value"}:
        raise Unreadable(
            f"{table.name} is a OneRoster file, which cannot be imported yet; import the school's flat files instead, "
            "beginning with staff, bells, school_days and master_schedule."
        )
    nearest = max(KINDS, key=lambda kind: (len(kind.columns & header), -len(kind.required)))
    if len(nearest.columns & header) < 2:
        raise Unreadable(
            f"{table.name}: its header row belongs to no kind of file we know; its first line must name the columns "
            f"of one of {', '.join(kind.name for kind in KINDS)}, or leave the file out."
        )
    missing = [column for column in nearest.required if column not in header]
    listed = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
    raise Unreadable(
        f"{table.name}: this looks like a {nearest.name} file, but its header row lacks the "
        f"column{'s' if len(missing) > 1 else ''} {listed}; spelled like that, import it again."
    )


def _says_enough(kind: Kind, header: frozenset[str]) -> bool:
    """A lone `person_id` column is no interests file."""
    return kind is not INTERESTS or bool(header & frozenset(kind.optional))
