"""One submission's way, a module for each step: intake, rebuild,
execute, run the tests, score, record.
"""
