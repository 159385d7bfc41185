"""Alembic's entry into this room's history."""

from services.chassis.migrations import run_room_migrations

run_room_migrations("catalog")
