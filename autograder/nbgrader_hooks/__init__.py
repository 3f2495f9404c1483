"""Classes that stock nbgrader calls, because `nbgrader_config.py` names them."""
