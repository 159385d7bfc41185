"""The parts of the chassis that need neither broker nor database."""

import io
import json
import logging
import socket
import urllib.error
import urllib.request

import msgspec
import pytest

from services.chassis.handled_requests import body_hash
from services.chassis.health import serve_health
from services.chassis.logs import configure_logs, get_logger
from services.chassis.request import current_request, request_context
from services.chassis.rpc import serves
from services.chassis.rpc_wire import RemoteError, decode_reply, encode_arguments, encode_refusal
from services.chassis.settings import SettingsError, load_settings
from services.contracts.identity import IdentityRpc, SignInRefused, TooManySignIns
from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import SystemActor

WHERE = {"KKT_AMQP_URL": "amqp://x", "KKT_DATABASE_URL": "postgresql://x"}


def test_settings_name_what_is_missing_or_wrong() -> None:
    assert load_settings({**WHERE, "KKT_HTTP_PORT": "80"}).http_port == 80
    with pytest.raises(SettingsError, match="KKT_AMQP_URL"):
        load_settings({"KKT_DATABASE_URL": "postgresql://x"})
    with pytest.raises(SettingsError, match="KKT_HTTP_PORT"):
        load_settings({**WHERE, "KKT_HTTP_PORT": "eighty"})


def test_a_request_is_told_by_its_method_and_body_but_not_by_its_sender() -> None:
    body = {"actor": {"user": "a"}, "name": "x"}
    assert body_hash("m", body) == body_hash("m", {**body, "actor": {"user": "b"}})
    assert body_hash("m", body) != body_hash("m", {**body, "name": "y"})
    assert body_hash("m", body) != body_hash("n", body)


def test_a_password_leaves_no_hash_behind() -> None:
    first, second = ({"new": {"name": "x", "password": secret}} for secret in ("one", "two"))
    assert body_hash("m", first) == body_hash("m", second)


def test_the_request_of_the_moment_is_known_inside_and_forgotten_outside() -> None:
    with request_context("r1", idempotency_key="k") as context:
        assert current_request() == context
    assert current_request().idempotency_key is None


def reply(wire: object) -> bytes:
    return msgspec.json.encode({"result": wire, "error": None})


def test_refusals_come_back_as_their_own_class() -> None:
    with pytest.raises(TooManySignIns) as refused:
        decode_reply(IdentityRpc.sign_in, reply(encode_refusal(TooManySignIns(retry_after=30))))
    assert refused.value.params == {"retry_after": 30}
    with pytest.raises(Invalid) as invalid:
        wire = encode_refusal(Invalid((FieldError("name", "required"),)))
        decode_reply(IdentityRpc.sign_in, reply(wire))
    assert invalid.value.errors == (FieldError("name", "required"),)


def test_what_is_no_refusal_is_a_bug_of_the_other_side() -> None:
    body = msgspec.json.encode({"result": None, "error": {"exc_type": "KeyError", "value": "x"}})
    with pytest.raises(RemoteError, match="KeyError"):
        decode_reply(IdentityRpc.sign_in, body)
    with pytest.raises(RemoteError, match="no_such_code"):
        wire = {"refused": {"code": "no_such_code", "params": {}, "errors": []}}
        decode_reply(IdentityRpc.sign_in, reply(wire))
    assert SignInRefused.code == "sign_in_refused"


def test_arguments_must_fit_the_promise() -> None:
    actor = SystemActor(name="tests")
    assert encode_arguments(IdentityRpc.authenticate, (actor, "t", "192.0.2.1"), {})["token"] == "t"
    with pytest.raises(TypeError):
        encode_arguments(IdentityRpc.authenticate, (actor,), {})


def test_a_service_that_does_not_keep_its_contract_does_not_start() -> None:
    with pytest.raises(TypeError, match="does not keep IdentityRpc"):

        @serves(IdentityRpc)
        class Nothing:
            name = "identity"


def test_secrets_never_reach_a_log() -> None:
    configure_logs("tests")
    stream = io.StringIO()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    get_logger("tests").info("signed_in", password="very secret", token="t0ken", user="alice")
    line = json.loads(stream.getvalue())
    assert (line["password"], line["token"], line["user"]) == ("***", "***", "alice")


def test_probes_tell_what_is_not_ready() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def broken() -> bool:
        raise OSError

    serve_health("127.0.0.1", port, {"good": lambda: True, "broken": broken})
    base = f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(f"{base}/healthz") as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{base}/readyz")
    assert refused.value.code == 503
    assert json.loads(refused.value.read()) == {"good": True, "broken": False}
    with urllib.request.urlopen(f"{base}/metrics") as answer:
        assert b"python_info" in answer.read()
