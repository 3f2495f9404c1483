"""Proxies for hidden tests: objects that stand for the student's, which stay in the sandbox."""
