"""Archives and spreadsheets of Canvas, Moodle and Gradescope."""
