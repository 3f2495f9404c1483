"""Shared basics of the engine: errors, limits, paths, results, and cleaning of texts."""
