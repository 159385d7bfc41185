"""What a person sets from outside, and the sentences they get for what cannot be."""

import os
import socket

import pytest

from deploy.local.ports import demand_free, free_port
from deploy.local.settings import read_settings
from deploy.refusal import CommandRefusedError


def test_defaults_are_loopback_and_the_documented_ports() -> None:
    settings = read_settings({})
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8000)
    assert settings.http_url == "http://localhost:8000" and settings.link_url == "ws://localhost:8001/link"
    assert settings.database_url is None and settings.amqp_url is None


def test_addresses_given_are_taken_and_empty_ones_are_not() -> None:
    settings = read_settings({"KKT_DATABASE_URL": "postgresql://x", "KKT_AMQP_URL": "", "KKT_LEAVE_OUT": "a, b"})
    assert settings.database_url == "postgresql://x" and settings.amqp_url is None
    assert settings.left_out == {"a", "b"}


def test_port_zero_is_any_free_port() -> None:
    assert read_settings({"KKT_HTTP_PORT": "0"}).http_port > 1024


@pytest.mark.parametrize("text", ["http", "-1", "65536", "8000.0", "８０００"])
def test_a_port_that_is_none_is_named(text: str) -> None:
    with pytest.raises(CommandRefusedError, match=f"KKT_LINK_PORT is '{text}'"):
        read_settings({"KKT_LINK_PORT": text})


def test_a_taken_port_names_the_port_its_holder_and_the_cure() -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(CommandRefusedError) as refusal:
            demand_free(port, "127.0.0.1", "pages and API", "KKT_HTTP_PORT")
    text = str(refusal.value)
    assert f"Port {port} (pages and API)" in text and f"(pid {os.getpid()})" in text and "KKT_HTTP_PORT=<port>" in text
    demand_free(port, "127.0.0.1", "pages and API", "KKT_HTTP_PORT")
