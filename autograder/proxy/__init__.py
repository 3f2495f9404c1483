"""What a hidden test holds in its hands: the student's objects,
which live in a process of the sandbox.
"""
