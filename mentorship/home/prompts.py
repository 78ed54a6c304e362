"""What a visitor can look for, by focus area: three short prompts that describe students, never the teacher."""

from __future__ import annotations

GENERIC = (
    "What students do in the first five minutes",
    "Who speaks, and to whom",
    "One moment that you want to ask about",
)
BY_FOCUS = {
    "questioning": (
        "How long the pause is after a question",
        "Who speaks first, and who speaks after that",
        "What students do while they think",
    ),
    "student talk": (
        "Who talks to whom, and who has not spoken yet",
        "How students take up what somebody else said",
        "What starts the talk, and what ends it",
    ),
    "routines": (
        "What students do without being told",
        "How a change of task begins, and how long it takes",
        "What somebody does who missed the start",
    ),
    "checks for understanding": (
        "When everybody answers, and how",
        "What happens after a wrong answer",
        "What changes in the lesson because of an answer",
    ),
    "exit tickets": (
        "What the last question asks of students",
        "How much time students have for it",
        "What students write when they are not sure",
    ),
    "group work": (
        "Who does what in one group",
        "What a group does when it is stuck",
        "How a group knows that it is done",
    ),
    "feedback to students": (
        "What students do right after they hear it",
        "Whether it speaks of the task, the way or the next step",
        "Who asks for it, and who gets none",
    ),
    "modelling": (
        "What students look at while something is shown",
        "Which thoughts are said aloud",
        "What students do first on their own",
    ),
}


def what_to_look_for(focus: str) -> tuple[str, ...]:
    """Three prompts for a focus area by the name that the school gave it; general ones for a name of its own."""
    return BY_FOCUS.get(" ".join(focus.replace("-", " ").replace("_", " ").split()).casefold(), GENERIC)
