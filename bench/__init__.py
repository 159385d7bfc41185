"""Measurements: one command each, each with its floor or peer from the same run; results in docs/performance.md."""
