"""Posted forms: bounded reading, and what a form shows again after it was refused."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs

import falcon
import falcon.asgi

from gateway_http.settings import FORM_MAX_BYTES
from services.contracts.refusals import TooLarge

MAX_FIELDS = 2000  # of one form: 500 picked rows and as many flags fit
TYPED_BY = "typed_by"  # the user for whom the form was drawn
SECRET_FIELDS = frozenset(
    {"password", "new_password", "new_password_again", "otp", "ticket", "csrf", "form_id", TYPED_BY}
)


class FormData:
    """The fields of a posted form; every field may come several times."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self.fields = fields

    def text(self, name: str) -> str:
        """The first value without white space around, "" if the field is not there."""
        return self.fields.get(name, [""])[0].strip()

    def raw(self, name: str) -> str:
        """The first value as typed (passwords)."""
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(self.fields.get(name, ()))

    def flag(self, name: str) -> bool:
        return bool(self.text(name))

    def has(self, name: str) -> bool:
        return name in self.fields

    def kept(self) -> dict[str, list[str]]:
        """The fields that may be kept for later: all but secrets."""
        return {name: values for name, values in self.fields.items() if name not in SECRET_FIELDS}


def parse_form(body: bytes) -> FormData:
    """Raises HTTPBadRequest on what is no form: a NUL character, which nobody types and nothing can store, too."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise falcon.HTTPBadRequest(title="not a form") from error
    if any("\0" in text for name, values in fields.items() for text in (name, *values)):
        raise falcon.HTTPBadRequest(title="not a form")
    return FormData(fields)


async def read_form(req: falcon.asgi.Request) -> FormData:
    """The urlencoded form in the body, read once and remembered. Raises TooLarge, HTTPBadRequest."""
    known: FormData | None = getattr(req.context, "kkt_form", None)
    if known is not None:
        return known
    body = await req.stream.read(FORM_MAX_BYTES + 1)
    if len(body) > FORM_MAX_BYTES:
        raise TooLarge(limit=FORM_MAX_BYTES)
    if len(body) < (req.content_length or 0):
        raise falcon.HTTPBadRequest(title="not a whole form")  # the line broke: half of what was typed is no wish
    form = parse_form(body)
    req.context.kkt_form = form
    return form


class FormView:
    """A form as it is shown: values, errors by field, errors of the whole. Labels are learnt while it is drawn."""

    def __init__(self, values: Mapping[str, str | Iterable[str] | None] | None = None) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in (values or {}).items():
            if isinstance(value, str):
                self._values[name] = [value]
            else:
                self._values[name] = [] if value is None else list(value)
        self.errors: dict[str, str] = {}
        self.general: list[str] = []
        self.restored = False
        self.stale = False  # refused because somebody else saved meanwhile: see changed_meanwhile
        self._labels: dict[str, str] = {}
        self._now: dict[str, list[str]] = {}

    @classmethod
    def typed(cls, data: FormData) -> "FormView":
        """What the person typed, to be shown again."""
        return cls(data.fields)

    @property
    def has_errors(self) -> bool:
        return bool(self.errors or self.general)

    def with_value(self, name: str, value: str) -> "FormView":
        """Fill a field that nobody typed into."""
        self._values[name] = [value]
        return self

    def value(self, name: str) -> str:
        return next(iter(self._values.get(name, ())), "")

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a field that may come several times."""
        return tuple(self._values.get(name, ()))

    def chosen(self, name: str, value: str) -> bool:
        return value in self._values.get(name, ())

    def error(self, name: str) -> str | None:
        return self.errors.get(name)

    def first_error(self, name: str) -> str | None:
        """What a form of one field says beside it: its own error before any other."""
        return self.errors.get(name) or next(iter((*self.errors.values(), *self.general)), None)

    def wrong(self, name: str, text: str) -> None:
        """Say what is wrong with a field; the first word counts."""
        self.errors.setdefault(name, text)

    def changed_meanwhile(self, now: "FormView") -> None:
        """Somebody else saved `now` since this form was drawn: fields that differ show it, and whoever has seen it
        may save again. What was typed stays."""
        for name, values in now._values.items():
            if words_of(values) != words_of(self._values.get(name, ())):
                self._now[name] = [value for value in values if value]
        self._values["version"] = now._values["version"]

    def now(self, name: str) -> list[str] | None:
        """What the field holds by now, if somebody else changed it meanwhile to something else than was typed."""
        return self._now.get(name)

    def named(self, name: str, label: str) -> str:
        """Remember the label of a field for the summary (templates call it); returns nothing to be shown."""
        self._labels[name] = label
        return ""

    def label(self, name: str) -> str:
        return self._labels.get(name, name)

    def settle(self) -> None:
        """After the fields were drawn: an error of a field that this form does not show belongs to the whole."""
        for name in [name for name in self.errors if name not in self._labels]:
            self.general.append(self.errors.pop(name))


def words_of(values: Iterable[str]) -> list[str]:
    """What counts of a field's values: neither their order nor white space, and an empty one is none."""
    return sorted(" ".join(value.split()) for value in values if value.strip())
