"""Every address of the app's own table and every kind of refusal: the headers of a wall, and no code in the page."""

from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser

import falcon
import falcon.asgi
import falcon.testing
import httpx
import msgspec
import pytest
import pytest_asyncio

from gateway_http.app import create_app
from gateway_http.csrf import csrf_token
from gateway_http.middleware.security_headers import CONTENT_SECURITY_POLICY
from gateway_http.settings import HttpSettings
from services.chassis.bridge import Bridge
from services.chassis.sync_bridge import SyncBridge
from tests.contracts.tenancy.world import World, build_world
from tests.gateway_http.walls.callers import People, people_of
from tests.gateway_http.walls.samples import PAGES
from tests.house.running import RunningHouse

#: Beside the policy: what each answer carries.
EXPECTED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
# Every page as it is: with `test_every_route_has_a_sample` the table is the app's.
LOOKS = sorted(name for name in PAGES if name.startswith("GET /") and "/static/" not in name)
IN_A_DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
NOWHERE = "amqp://nobody:nothing@127.0.0.1:1/none"  # nothing listens on port 1


class Code(HTMLParser):
    """What of a page a browser would run or fetch although the policy forbids it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags = 0
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        told = dict(attrs)
        self._in_script = tag == "script"
        if tag in {"style", "base", "iframe", "object", "embed"} or (tag == "script" and not told.get("src")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            value = (value or "").strip().lower()
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                self.found.append(f"{name} of <{tag}>")
            if value.startswith(("javascript:", "js:", "data:text", "//")):
                self.found.append(f"{name}={value} of <{tag}>")
            if name in {"src", "href", "action", "formaction"} and value.startswith(("http:", "https:")):
                self.found.append(f"{name}={value} of <{tag}>")

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.found.append("words in <script>")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def is_walled(headers: httpx.Headers | dict[str, str], text: str) -> bool:
    """AssertionError unless the answer has all headers and holds no code."""
    policy = headers["content-security-policy"]
    assert policy == CONTENT_SECURITY_POLICY and "unsafe" not in policy and "*" not in policy
    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED
    assert "camera=()" in headers["permissions-policy"] and headers["x-request-id"]
    assert headers["cache-control"] == "no-store" or "immutable" in headers["cache-control"]
    assert not {name for name in headers if name.lower().startswith("access-control")}
    if headers.get("content-type", "").startswith(falcon.MEDIA_HTML):
        code = Code(text)
        assert code.found == [] and code.tags
    return True


class Scene(msgspec.Struct):
    """An account full of things, and everybody of it."""

    house: RunningHouse
    world: World
    people: People

    def see(self, path: str, who: str, **headers: str) -> httpx.Response:
        """Ask as one of them."""
        cookie = {"Cookie": f"kkt_session={self.people.named(who).token}"}
        return self.people.named(who).client.get(path, headers={**cookie, **headers})


@pytest.fixture(scope="module")
def scene(house: RunningHouse) -> Iterator[Scene]:
    bus = SyncBridge(house.amqp_url, timeout=20)
    assert bus.wait_ready(20)
    world = build_world(bus)
    with httpx.Client(base_url=house.http_url, timeout=30) as client:
        yield Scene(house, world, people_of(house, client, bus, world.alice))
    bus.close()


@pytest.mark.parametrize("name", LOOKS)
def test_every_page_has_the_headers_and_no_code(scene: Scene, name: str) -> None:
    verb, _, template = name.partition(" ")
    drawn = 0
    for who in ("administrator", "viewer", "operator", "nobody"):
        answer = scene.people.named(who).ask(verb, template, PAGES[name], scene.world.alices)
        drawn += is_walled(answer.headers, answer.text)
    assert drawn == 4


@pytest.mark.parametrize("path", ["/admin/users/new", "/admin/groups/new", "/goods/new", "/nowhere", "/me", "/sign-in"])
def test_parts_of_pages_hold_no_code_either(scene: Scene, path: str) -> None:
    for who in ("administrator", "nobody"):
        answer = scene.see(path, who, **IN_A_DIALOG)
        assert is_walled(answer.headers, answer.text), answer.status_code


@pytest.mark.parametrize(
    ("status", "verb", "path", "body"),
    [
        (404, "GET", "/nowhere", b""),
        (404, "GET", "/static/000000000000/site.css", b""),
        (404, "GET", "/registers/%3Cscript%3Ealert(1)%3C%2Fscript%3E", b""),
        (405, "DELETE", "/registers", b""),
        (405, "PUT", "/sign-in", b""),
        (403, "POST", "/admin/groups/new", b"name=X&csrf=forged"),
        (413, "POST", "/admin/groups/new", b"name=" + b"x" * 300_000),
        (422, "POST", "/admin/groups/new", b"\xff\xfe"),
        (404, "GET", "/api/v1/nowhere", b""),
        (405, "PUT", "/api/v1/registers", b""),
        (403, "POST", "/api/v1/registers", b"{}"),
    ],
)
def test_refusals_have_the_headers_too(scene: Scene, status: int, verb: str, path: str, body: bytes) -> None:
    administrator = scene.people.named("administrator")
    headers = {"Cookie": f"kkt_session={administrator.token}", "Content-Type": falcon.MEDIA_URLENCODED}
    if status != 403:
        headers["X-CSRF-Token"] = csrf_token(administrator.token)
    answer = administrator.client.request(verb, path, content=body, headers=headers)
    assert answer.status_code == status, answer.text[:300]
    assert is_walled(answer.headers, answer.text)


def test_a_form_refused_for_its_fields_has_them(scene: Scene) -> None:
    administrator = scene.people.named("administrator")
    headers = {"Cookie": f"kkt_session={administrator.token}", "X-CSRF-Token": csrf_token(administrator.token)}
    for path in ("/admin/groups/new", "/goods/new", "/admin/users/new", "/admin/registers/new"):
        answer = administrator.client.post(path, data={"name": "<script>x</script>" * 30}, headers=headers)
        assert answer.status_code == 422 and is_walled(answer.headers, answer.text), path


class Broken:
    """A page with a fault in it."""

    open_to_all = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        raise RuntimeError("secret of the inside")


@pytest_asyncio.fixture(loop_scope="module")
async def gateway() -> AsyncIterator[falcon.testing.ASGIConductor]:
    """A real gateway without a bus, with two pages more."""
    app = create_app(Bridge(NOWHERE, timeout=0.3), HttpSettings())
    app.add_route("/broken", Broken())
    app.add_route("/api/v1/broken", Broken())
    async with falcon.testing.ASGIConductor(app, headers={"Accept-Language": "ru"}) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", ["/broken", "/api/v1/broken"])
async def test_a_fault_of_ours_has_them_and_tells_nothing_of_it(
    gateway: falcon.testing.ASGIConductor, path: str
) -> None:
    answer = await gateway.simulate_get(path)
    assert answer.status_code == 500 and is_walled(answer.headers, answer.text)
    assert "secret of the inside" not in answer.text and "Traceback" not in answer.text


@pytest.mark.asyncio(loop_scope="module")
async def test_a_part_that_does_not_answer_is_told_with_them(gateway: falcon.testing.ASGIConductor) -> None:
    answer = await gateway.simulate_get("/registers", cookies={"kkt_session": "somebody"})
    assert answer.status_code == 503 and is_walled(answer.headers, answer.text)
