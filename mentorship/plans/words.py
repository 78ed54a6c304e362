"""How the statuses of visits and pairings are said and shown: one place for words, icon and colour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """The words of a status, its icon, and the suffixes of its chip, tag and bar classes in the style sheet."""

    words: str
    icon: str
    chip: str
    tag: str
    fill: str


VISIT_LOOK = {
    "proposed": Look("Proposed", "circle", "proposed", "plain", "line"),
    "invited": Look("Waiting for a reply", "envelope", "invited", "sky", "sky"),
    "accepted": Look("Accepted", "check-circle-fill", "accepted", "brand", "brand"),
    "time_asked": Look("Another time asked", "clock-history", "asked", "gold", "gold"),
    "needs_new_time": Look("Needs a new time", "exclamation-triangle-fill", "conflict", "clay", "clay"),
    "held": Look("Visited", "check2-all", "done", "plain", "done"),
    "not_held": Look("Did not happen", "dash-circle", "done", "plain", "line"),
    "expired": Look("Not answered in time", "hourglass-bottom", "done", "plain", "line"),
    "cancelled": Look("Cancelled", "x-circle", "done", "plain", "line"),
    "video": Look("Video review", "camera-video-fill", "video", "plum", "plum"),
}
PAIRING_LOOK = {
    "proposed": VISIT_LOOK["proposed"],
    "invited": VISIT_LOOK["invited"],
    "active": Look("Both said yes", "check-circle-fill", "accepted", "brand", "brand"),
    "needs_attention": Look("Wants to talk first", "chat-dots", "asked", "gold", "gold"),
    "paused": Look("Paused", "pause-circle", "done", "plain", "line"),
    "ended": Look("Ended", "dash-circle", "done", "plain", "line"),
    "declined": Look("Not this time", "dash-circle", "done", "plain", "line"),
}
STATUS_WORDS = {status: look.words for status, look in {**PAIRING_LOOK, **VISIT_LOOK}.items()}
ANSWER_LOOK = {
    "none": Look("Waiting for a reply", "envelope", "invited", "sky", "sky"),
    "yes": Look("Yes", "check-circle-fill", "accepted", "brand", "brand"),
    "no": Look("No", "dash-circle", "conflict", "clay", "clay"),
    "maybe": Look("Maybe", "question-circle", "asked", "gold", "gold"),
    "time_asked": Look("Asked for another time", "clock-history", "asked", "gold", "gold"),
}
