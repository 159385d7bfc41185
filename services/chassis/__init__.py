"""The chassis: everything that all rooms stand on, and the only room that knows nameko, kombu and eventlet.

Purpose: typed RPC (`rpc`, `bus_client`, `bridge`), the event log (`event_log`, `relay`, `consumer`), the database with
its walls (`database`, `migrations`), and the small things every process needs (`settings`, `logs`, `health`, `clock`).
Invariants: what was acknowledged is committed in PostgreSQL; every call has a deadline; every queue has a bound.
May depend on: contracts and libraries. Grows only by a decision written in docs/decisions.
"""
