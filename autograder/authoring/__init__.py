"""What authors of assignments use: build, test and measure a suite."""
