"""Stage 7: answers from any calendar by mail, or from a signed link; one `record_answer` for all of them."""
