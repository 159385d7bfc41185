"""Users, their devices and accounts in words."""

import re

from gateway_http.i18n import N_, Language
from gateway_http.words.told import Told
from services.contracts.limits import AccountState
from services.contracts.permissions import RIGHTS, Right, Role

ROLES: dict[str, str] = {
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.GOODS_MANAGER: N_("Goods manager"),
    Role.EXCHANGE_OPERATOR: N_("Exchange operator"),
    Role.VIEWER: N_("Viewer"),
    Role.OPERATOR: N_("Operator of the server"),
}

# What each right lets one do; which role has which stands in the one table of permissions.
RIGHT_TEXTS: dict[str, str] = {
    Right.SEE: N_("sees everything"),
    Right.CHANGE_GOODS: N_("changes goods and prices"),
    Right.CHANGE_REGISTERS: N_("adds and changes registers"),
    Right.EXCHANGE: N_("starts exchange"),
    Right.ADMINISTER: N_("keeps users, API keys and the account, reads the journal"),
    Right.OPERATE: N_("keeps the accounts of the server"),
}

ACCOUNT_STATES: dict[str, tuple[str, str]] = {
    AccountState.ACTIVE: ("good", N_("Active")),
    AccountState.SUSPENDED: ("attention", N_("Suspended")),
    AccountState.DELETING: ("failed", N_("To be deleted")),
}

LIMITS: dict[str, str] = {
    "users": N_("Users"),
    "registers": N_("Registers"),
    "items": N_("Items"),
    "imports": N_("Imports in 24 hours"),
    "links": N_("Registers connected at a time"),
    "api_per_minute": N_("Requests a minute"),
}

# What stands in a User-Agent, the telling ones first: many browsers also name those that they descend from.
_BROWSERS = (
    (re.compile(r"YaBrowser/"), "Яндекс.Браузер"),
    (re.compile(r"Edg(?:A|iOS)?/"), "Edge"),
    (re.compile(r"OPR/|Opera"), "Opera"),
    (re.compile(r"SamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"Firefox/|FxiOS/"), "Firefox"),
    (re.compile(r"Chrome/|CriOS/|Chromium/"), "Chrome"),
    (re.compile(r"Version/.*Safari/"), "Safari"),
    (re.compile(r"^curl/"), "curl"),
    (re.compile(r"^python-(?:httpx|requests)/|^Python", re.IGNORECASE), "Python"),
)
_SYSTEMS = (
    (re.compile(r"iPhone|iPad"), "iOS"),
    (re.compile(r"Android"), "Android"),
    (re.compile(r"Windows"), "Windows"),
    (re.compile(r"Mac OS X|Macintosh"), "macOS"),
    (re.compile(r"CrOS"), "ChromeOS"),
    (re.compile(r"Linux|X11"), "Linux"),
)


def role_texts(roles: tuple[Role, ...], language: Language) -> str:
    """Roles by name, in the order of the table."""
    return ", ".join(language.text(text) for role, text in ROLES.items() if role in roles)


def role_help(role: Role, language: Language) -> str:
    """What somebody with this role may do, by the table of permissions."""
    return ", ".join(language.text(text) for right, text in RIGHT_TEXTS.items() if right in RIGHTS[role])


def account_state_told(state: AccountState, language: Language) -> Told:
    """How an account stands."""
    tone, text = ACCOUNT_STATES[state]
    return Told(tone, language.text(text))


def device_text(agent: str, language: Language) -> str:
    """«Chrome, Windows»: a browser and a system by the User-Agent; what is not known is said to be so."""
    known = [next((name for mark, name in table if mark.search(agent)), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in known if name) or language.text(N_("Unknown device"))
