"""What each page needs, knowing no stage."""
