"""The walls as HTTP shows them: every route of the app, asked by everybody who can ask, with the ids of a stranger.

The routes come from the app's own table: a new route without a sample in samples.py fails the sweep.
"""
