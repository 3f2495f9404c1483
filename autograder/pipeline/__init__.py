"""Grade one submission in six steps: intake, rebuild, execute, test, follow through, record."""
