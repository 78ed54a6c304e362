"""Work that waits: one table is the truth; handlers are registered by the stages above."""
