"""The commands of the command line, by who uses them: instructors, authors, or both."""
