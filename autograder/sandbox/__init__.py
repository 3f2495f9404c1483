"""The first wall: starts processes in the sandbox, speaks with them, and keeps their time."""
