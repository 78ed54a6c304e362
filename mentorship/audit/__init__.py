"""The audit log: append-only, hash-chained, ids without content."""
