"""Errors that the engine raises on purpose, each with a message for the person who reads it."""


class UsageError(Exception):
    """What was asked for can't be done as asked: a wrong name, option or file. Exit status 2."""


class BusyError(UsageError):
    """Another command is at work in the course directory: the same can be done a little later."""


class SandboxError(Exception):
    """The sandbox could not be started, or stopped answering: a fault of ours or the machine."""


class SuiteError(Exception):
    """A hidden suite can't be run, or failed in its own code: a fault of ours."""


class RejectedError(Exception):
    """A submission is not usable; the message says why, to its author."""


class BuildError(Exception):
    """An assignment can't be built; the message says where the cause is and what to do."""
