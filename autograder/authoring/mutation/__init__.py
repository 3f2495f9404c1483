"""Test hidden suites by mutation: a suite should notice every small change to a correct program."""
