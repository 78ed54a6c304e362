"""Mentoring and peer walkthroughs for schools, as a pipeline.

people        who is here: schools, roles, wishes, who evaluates whom
timetable     stage 1: bells, cycle days, the school calendar, sections and their meetings
availability  stage 2: the planning periods of a person on a date
roster        stage 3: the door for files, above the rooms it fills
cycles        stage 4: a round of the school and who takes part
plans         stage 5: the draft, the only stage that knows the engine in `matching`
invites       stage 6: publish means invite
replies       stage 7: answers from any calendar, or a signed link
feedback      stage 8: notes and reflections, and who may read them
goals         stage 9: goals and their follow-ups, the mentor's log
closeout      stage 10: the summary, and the end of a cycle

A later stage may use an earlier one, never the reverse.
"""
