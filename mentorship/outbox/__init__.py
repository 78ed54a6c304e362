"""Mail that waits to be sent, its final bytes; the only SMTP."""
