"""Stage 1: bell schedules, cycle days, the school calendar, sections and their meetings."""
