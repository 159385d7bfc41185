"""The identity room: accounts, their users, signing in, sessions.

Purpose: to say who acts, in which account and with which roles; every other room takes that `UserActor` as given.
Invariants: a token and a password are kept as hashes only; the answer to a wrong sign-in does not tell what was wrong,
neither by its words nor by its time; a session past its limits never comes back to life.
May depend on: contracts, the chassis, argon2. Knows nothing of registers, goods or dealers.
"""
