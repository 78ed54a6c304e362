"""The words that made-up schools are made of."""

from __future__ import annotations

DEPARTMENTS: dict[str, tuple[str, ...]] = {
    "Mathematics": ("Algebra", "Geometry", "Statistics"),
    "English": ("Literature", "Writing"),
    "Science": ("Biology", "Chemistry", "Physics"),
    "Social studies": ("History", "Geography", "Civics"),
    "Languages": ("Spanish", "French"),
    "Arts": ("Music", "Drawing", "Theater"),
    "Physical education": ("Health", "Sports"),
    "Special education": ("Resource", "Inclusion"),
}
FOCI = (
    "questioning",
    "routines",
    "group work",
    "feedback to students",
    "modelling",
    "pacing",
    "checking for understanding",
    "discussion",
)
# The periods of an ordinary day in the first building.
BELLS = (
    ("08:00", "08:47"),
    ("08:52", "09:39"),
    ("09:44", "10:31"),
    ("10:36", "11:23"),
    ("11:28", "12:40"),
    ("12:45", "13:32"),
    ("13:37", "14:24"),
)
