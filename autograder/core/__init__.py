"""What every part of the engine uses: errors, limits, where
things lie, results, and how texts are cleaned.
"""
