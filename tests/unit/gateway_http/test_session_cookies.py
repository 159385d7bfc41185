"""The names and marks of our cookies."""

import falcon.asgi
import falcon.testing
import pytest

from gateway_http.session_cookies import SESSION_COOKIE, drop_cookie, read_cookie, set_cookie


class Echo:
    """Tells the cookie that came, sets another one, or ends it."""

    def __init__(self, secure: bool) -> None:
        self.secure = secure

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        resp.text = read_cookie(req, SESSION_COOKIE, self.secure) or "none"
        set_cookie(resp, SESSION_COOKIE, "new", self.secure, max_age=60)

    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        drop_cookie(resp, SESSION_COOKIE, self.secure)


def client(secure: bool) -> falcon.testing.TestClient:
    app = falcon.asgi.App()
    app.add_route("/", Echo(secure))
    return falcon.testing.TestClient(app)


def test_behind_tls_the_cookie_is_bound_to_the_host() -> None:
    told = client(secure=True).simulate_get("/", headers={"Cookie": "__Host-kkt_session=abc"})
    assert told.text == "abc"
    cookie = told.headers["set-cookie"]
    assert cookie.startswith("__Host-kkt_session=new;")
    parts = {part.strip() for part in cookie.split(";")}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=60"} <= parts and "Domain" not in cookie


def test_behind_tls_a_neighbour_hosts_cookie_is_nobodys() -> None:
    assert client(secure=True).simulate_get("/", headers={"Cookie": "kkt_session=planted"}).text == "none"


def test_without_tls_the_cookie_has_no_prefix_that_browsers_would_refuse() -> None:
    told = client(secure=False).simulate_get("/", headers={"Cookie": "kkt_session=abc"})
    assert told.text == "abc" and told.headers["set-cookie"].startswith("kkt_session=new;")
    assert "Secure" not in told.headers["set-cookie"]


@pytest.mark.parametrize("secure", [True, False])
def test_an_ended_cookie_is_taken_back_with_its_marks(secure: bool) -> None:
    cookie = client(secure).simulate_delete("/").headers["set-cookie"]
    assert "1970" in cookie and "HttpOnly" in cookie and ("Secure" in cookie) is secure
    assert cookie.startswith("__Host-kkt_session=" if secure else "kkt_session=")
