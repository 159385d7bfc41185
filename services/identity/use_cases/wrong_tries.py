"""Wrong passwords and codes: counted over all replicas, and slowing the next ones down (domain/throttle.py says how).

The counts belong to no account, so all of this runs in system sessions.
"""

import hashlib
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from services.contracts.identity import TooManySignIns
from services.identity.domain import throttle
from services.identity.models import User
from services.identity.system_repository import sign_in as system_repository

_ADDRESS_MAX = 64  # characters of an address that are looked at


class Subjects(msgspec.Struct, frozen=True):
    """What counts a try. Hashes: nothing that was typed is kept."""

    login: bytes
    address: bytes
    client: str  # the account's id, or what was typed when there is no such account
    place: str
    session: bytes | None = None  # of a session that is asked for its user's present password


def subjects_of(client: str, login_key: str, address: str, session_id: str | None = None) -> Subjects:
    """What a try counts for. `client` is the account's id, or the key of what was typed."""
    place = throttle.place_of(printable(address[:_ADDRESS_MAX]))
    return Subjects(
        login=_hash("login", client, login_key, place),
        address=_hash("address", place),
        client=client,
        place=place,
        session=None if session_id is None else _hash("session", session_id),
    )


def refuse_if_throttled(session: Session, subjects: Subjects, user: User | None, now: datetime) -> None:
    """Refuses with TooManySignIns while the next try has to wait; asks the same whether there is such a user or not."""
    quarter = throttle.quarter_of(now)
    counts = system_repository.wrong_tries(
        session,
        [
            subjects.login,
            subjects.address,
            subjects.session or b"",
            _client_subject(subjects, quarter - 1),
            _client_subject(subjects, quarter),
        ],
    )
    login, address, own, before, present = counts
    tries = throttle.Tries(
        login=login,
        address=address,
        client=(before.count if before else 0, present.count if present else 0),
    )
    known = system_repository.knows_place(session, user, subjects.place)
    wait = throttle.wait_of(tries, known, now)
    # Whoever holds a session guesses no faster from many addresses.
    wait = max(wait, throttle.wait_before_next(own, throttle.WRONG_PER_LOGIN, now))
    if wait > timedelta(0):
        raise TooManySignIns(retry_after=int(wait.total_seconds()) + 1)


def count(session: Session, subjects: Subjects, now: datetime) -> None:
    """One more wrong try."""
    client = _client_subject(subjects, throttle.quarter_of(now))
    for subject in (subjects.session, subjects.login, subjects.address, client):
        if subject is not None:
            system_repository.count_wrong_try(session, subject, now)


def forget(session: Session, subjects: Subjects) -> None:
    """It was right: the counts of this user at this place begin anew."""
    for subject in (subjects.session, subjects.login):
        if subject is not None:
            system_repository.forget_wrong_tries(session, subject)


def printable(text: str) -> str:
    """A text from outside as it may be kept and shown."""
    return "".join(char for char in text if char.isprintable())


def _client_subject(subjects: Subjects, quarter: int) -> bytes:
    return _hash("client", subjects.client, str(quarter))


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).digest()
