"""Stage 3: the door for files, above the rooms that it fills."""
