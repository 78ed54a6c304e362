"""Who is here: schools, people, what they teach and wish for, and who must be kept apart."""
