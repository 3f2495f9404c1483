"""Every student's page."""
