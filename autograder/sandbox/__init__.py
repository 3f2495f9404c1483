"""The first wall: start processes in the sandbox, talk to them, and keep their time."""
