"""Whose address counts: a caller's own headers are never believed."""

import falcon.asgi
import falcon.testing

from gateway_http.caller_address import address_of


def request(**headers: str) -> falcon.asgi.Request:
    return falcon.testing.create_asgi_req(headers=headers, remote_addr="10.0.0.1")


def test_without_proxies_only_the_socket_counts() -> None:
    assert address_of(request(**{"X-Forwarded-For": "9.9.9.9", "Forwarded": "for=8.8.8.8"}), 0) == "10.0.0.1"


def test_behind_proxies_only_what_they_added_counts() -> None:
    told = request(**{"X-Forwarded-For": "9.9.9.9, 5.5.5.5", "Forwarded": "for=8.8.8.8"})
    assert address_of(told, 1) == "5.5.5.5"
    assert address_of(request(**{"X-Forwarded-For": "5.5.5.5"}), 2) == "5.5.5.5"
    assert address_of(request(Forwarded="for=8.8.8.8"), 1) == "10.0.0.1"
