"""Feedback pages: one for every student."""
