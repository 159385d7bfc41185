"""The dealer room: applications, servicing, visits and moves of registers between accounts.

Its place in the house is kept; it gets its doors with the first capability that needs them.
"""
