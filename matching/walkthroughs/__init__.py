"""Walkthroughs: who visits whose lesson, when."""
