"""The commands of the command line, by who uses them; each is
thin, and imports what it needs when it runs.
"""
