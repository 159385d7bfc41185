"""The few questions that come before an account is known, or go over all accounts. They run in the system role.

Each function is listed with its reason in tests/services/identity/test_walls.py.
"""
