"""Mutation testing of hidden suites: small changes to correct
programs, each of which the suite should notice.
"""
