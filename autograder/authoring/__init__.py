"""Tools for authors of assignments: build, test and measure a suite."""
