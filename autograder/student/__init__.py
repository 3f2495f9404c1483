"""Runs on the student's side: everything in this package shares
a process with what students wrote.
"""
