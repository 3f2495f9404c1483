"""What stock nbgrader calls, by the names in `nbgrader_config.py`."""
