"""The instructor's page."""
