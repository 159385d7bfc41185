"""A person at a browser without scripts: reads pages, fills in the forms that stand on them, and sends them."""

import secrets
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.house.running import NO_TLS, RunningHouse

PASSWORD = "a long way to Tver 77"
_VOID = {"input", "br", "hr", "img", "link", "meta", "use", "path"}


class Form:
    """A form as it stands on a page: where it goes and what is in its fields."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.id = attributes.get("id", "")
        self.action = attributes.get("action", "")
        self.fields: dict[str, list[str]] = {}
        self.options: dict[str, list[str]] = {}


class Reading(HTMLParser):
    """What a test wants to know of a page: its forms, its links and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.title = ""
        self._form: Form | None = None
        self._select = ""
        self._textarea = ""
        self._inside: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._inside.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "input" and self._form is not None:
            self._take_input(self._form, attributes)
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and self._form is not None and self._select:
            self._form.options.setdefault(self._select, []).append(attributes.get("value", ""))
            if "selected" in attributes or self._select not in self._form.fields:
                self._form.fields[self._select] = [attributes.get("value", "")]
        elif tag == "textarea" and self._form is not None:
            self._textarea = attributes.get("name", "")
            self._form.fields[self._textarea] = [""]

    def _take_input(self, form: Form, attributes: dict[str, str]) -> None:
        name, kind = attributes.get("name", ""), attributes.get("type", "text")
        if not name or kind == "file":
            return
        if kind in {"checkbox", "radio"}:
            form.options.setdefault(name, []).append(attributes.get("value", ""))
            if "checked" not in attributes:
                return
            form.fields.setdefault(name, []).append(attributes.get("value", ""))
        else:
            form.fields.setdefault(name, []).append(attributes.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None:
            self._form.fields[self._textarea] = [data.removeprefix("\n")]
        if "title" in self._inside:
            self.title += data
        if not {"script", "style"} & set(self._inside):
            self.words.append(data)

    def form(self, action_or_id: str) -> Form:
        """The form with that id, or that goes to that address."""
        for form in self.forms:
            if action_or_id in {form.id, form.action}:
                return form
        raise AssertionError(f"no form {action_or_id}; there are {[(form.id, form.action) for form in self.forms]}")


class Visitor:
    """One browser. `page` and `answer` are what it shows now."""

    def __init__(self, house: RunningHouse, **headers: str) -> None:
        self.house = house
        self.client = httpx.Client(
            base_url=house.http_url,
            timeout=30,
            follow_redirects=True,
            headers={"Accept-Language": "ru", **headers},
            verify=NO_TLS,
        )
        self.answer: httpx.Response
        self.page: Reading

    def see(self, path: str, **headers: str) -> Reading:
        """Open a page."""
        return self._show(self.client.get(path, headers=headers))

    def send(self, form: str, **typed: str | list[str] | None) -> Reading:
        """Fill in a form of the page and send it; None leaves a box unticked."""
        found = self.page.form(form)
        fields: dict[str, Any] = dict(found.fields)
        for name, value in typed.items():
            fields.pop(name, None)
            if value is not None:
                fields[name] = value
        return self._show(self.client.post(found.action, data=fields))

    def _show(self, answer: httpx.Response) -> Reading:
        self.answer, self.page = answer, Reading(answer.text)
        return self.page

    @property
    def path(self) -> str:
        return self.answer.url.path

    def leave(self) -> None:
        self.client.close()


class Clerk(Visitor):
    """A visitor who is signed in as the administrator of an account of its own."""

    def __init__(self, house: RunningHouse, name: str = "Ромашка") -> None:
        super().__init__(house)
        self.name = f"{name} {secrets.token_hex(4)}"
        made = house.create_account(self.name, "admin", PASSWORD)
        self.number = str(made["client_number"])
        self._enter()

    def _enter(self) -> None:
        """As `sign_in`, without looking at the page it leads to: nearly every test begins here."""
        fields = dict(self.see("/sign-in").form("sign-in").fields)
        typed = {"client": self.number, "user": "admin", "password": PASSWORD}
        self._show(self.client.post("/sign-in", data={**fields, **typed}, follow_redirects=False))
        assert self.answer.status_code == 303, self.page.text

    def sign_in(self) -> Reading:
        self.see("/sign-in")
        return self.type_sign_in()

    def type_sign_in(self, **typed: str) -> Reading:
        """Fill in the sign-in form of the present page."""
        return self.send("sign-in", **{"client": self.number, "user": "admin", "password": PASSWORD, **typed})

    def end_session_elsewhere(self) -> None:
        """The session ends without this browser's knowing."""
        token = self.client.cookies["kkt_session"]
        told = httpx.delete(
            f"{self.house.http_url}/api/v1/sessions/current", headers={"Authorization": f"Bearer {token}"}
        )
        assert told.status_code == 204

    def add_register(self, name: str = "Касса 1", **typed: str | list[str]) -> str:
        """Through the form; returns the register's id."""
        self.see("/admin/registers/new")
        self.send("/admin/registers/new", name=name, **typed)
        assert self.path.endswith("/card"), self.page.text
        return self.path.split("/")[2]
