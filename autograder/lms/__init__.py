"""Read archives from Canvas and Moodle; write marks for them and for Gradescope."""
