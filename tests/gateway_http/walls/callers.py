"""Everybody who asks: a user of each role, a program with a key of each scope, the operator, and nobody."""

import json
from typing import Any

import httpx
import msgspec
import psycopg

from gateway_http.csrf import csrf_token
from services.chassis.database import plain_url
from services.chassis.sync_bridge import SyncBridge
from services.contracts.api_keys import ApiKeysRpc, NewApiKey
from services.contracts.identity import IdentityRpc, NewAccount, SignInForm
from services.contracts.limits import LIMIT_BOUNDS
from services.contracts.permissions import RIGHTS, Right, Role
from services.contracts.users import NewUser, UsersRpc
from services.contracts.values import UserActor
from tests.contracts.tenancy.world import MARK, PASSWORD, SYSTEM, Ids
from tests.gateway_http.walls.sample import Need, Sample, address
from tests.house.running import RunningHouse

ROLES = tuple(role for role in Role if role is not Role.OPERATOR)
API = "/api/"
WRITES = frozenset({"POST", "PATCH", "DELETE"})


class Caller:
    """One who asks. A person has a cookie and the token of its forms, a program the key in a header."""

    def __init__(self, client: httpx.Client, name: str, token: str, roles: tuple[Role, ...]) -> None:
        self.client = client
        self.name = name
        self.token = token
        self.roles = roles
        self.person: SignInForm | None = None

    @property
    def is_program(self) -> bool:
        return bool(self.token) and self.person is None

    def may(self, need: Right | Need) -> bool:
        """What the table of rights says."""
        if need is Need.NOTHING:
            return True
        if need is Need.SESSION:
            return bool(self.token)
        if need is Need.PERSON:
            return self.person is not None
        if need is Need.ADMINISTERING_PERSON:
            return self.person is not None and Role.ADMINISTRATOR in self.roles
        return any(need in RIGHTS[role] for role in self.roles)

    def ask(self, verb: str, template: str, sample: Sample, ids: Ids) -> httpx.Response:
        """Send the sample; of an endless stream only the head is read."""
        headers = {"Accept-Language": "ru"}
        if self.is_program:
            headers["Authorization"] = f"Bearer {self.token}"
        elif self.token:
            headers |= {"Cookie": f"kkt_session={self.token}"}
            if verb in WRITES:
                headers["X-CSRF-Token"] = csrf_token(self.token)
        sent: dict[str, Any] = {"params": sample.query(ids)}
        if sample.raw is not None:
            sent["content"] = sample.raw
        elif verb in WRITES and template.startswith(API):
            sent["content"] = json.dumps(sample.fields(ids))
            headers["Content-Type"] = "application/json"
        elif verb in WRITES and template == "/goods/imports":
            sent["data"] = {"csrf": headers.get("X-CSRF-Token", "")}
            sent["files"] = {"file": ("x.csv", "Код;Наименование;Цена\n5;Сыр;1\n".encode())}
        elif verb in WRITES:
            sent["data"] = sample.fields(ids)
        self.client.cookies.clear()  # what was said to another caller on the way to the next page
        request = self.client.build_request(verb, address(template, ids), headers=headers, **sent)
        answer = self.client.send(request, stream=True)
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        answer.close()
        return answer


class People(msgspec.Struct, frozen=True):
    """Everybody of one account by name, and nobody; `operator` is the server's."""

    all: tuple[Caller, ...]

    def named(self, name: str) -> Caller:
        return next(caller for caller in self.all if caller.name == name)


def people_of(house: RunningHouse, client: httpx.Client, bus: SyncBridge, owner: UserActor) -> People:
    """A user and a key of each role in the owner's account, a user that operates the server, and nobody."""
    let_many_requests_in(house, owner)
    number = str(bus.call(IdentityRpc.get_account, owner).number)
    callers = []
    for role in ROLES:
        login = f"{role}"
        bus.call(UsersRpc.add_user, owner, NewUser(login, f"{MARK} {role}", roles=(role,), password=PASSWORD))
        callers.append(signed_in(client, bus, str(role), number, login))
        key = bus.call(ApiKeysRpc.make_api_key, owner, NewApiKey(f"{MARK} {role}", (role,)))
        callers.append(Caller(client, f"key of {role}", key.token, (role,)))
    callers += [operator(house, client, bus, f"Хозяин {number}"), Caller(client, "nobody", "", ())]
    return People(tuple(callers))


def signed_in(client: httpx.Client, bus: SyncBridge, name: str, number: str, login: str) -> Caller:
    """A user with a session."""
    form = SignInForm(number, login, PASSWORD, "192.0.2.7")
    signed = bus.call(IdentityRpc.sign_in, SYSTEM, form)
    caller = Caller(client, name, signed.token, signed.session.actor.roles)
    caller.person = form
    return caller


def operator(house: RunningHouse, client: httpx.Client, bus: SyncBridge, name: str) -> Caller:
    """A user of an account that runs the server, who does nothing else."""
    made = bus.call(IdentityRpc.create_account, SYSTEM, NewAccount(name, "boss", PASSWORD))
    with psycopg.connect(plain_url(house.database_url)) as connection:
        connection.execute("UPDATE identity.account SET operator = true WHERE account_id = %s", (made.account,))
        connection.execute("UPDATE identity.app_user SET roles = '{operator}' WHERE account_id = %s", (made.account,))
    house.let_many_requests_in(made.client_number)
    return signed_in(client, bus, "operator", str(made.client_number), "boss")


def let_many_requests_in(house: RunningHouse, owner: UserActor) -> None:
    """A sweep asks more in a minute than an account may; and there is room for its users."""
    with psycopg.connect(plain_url(house.database_url)) as connection:
        connection.execute(
            "UPDATE identity.account SET limits = limits || jsonb_build_object('api_per_minute', %s::int)"
            " WHERE account_id = %s",
            (LIMIT_BOUNDS["api_per_minute"][1], owner.account),
        )
