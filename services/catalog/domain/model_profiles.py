"""Model profiles: what a register with a given model, base version and fiscal format can hold (data beside)."""

import tomllib
from functools import cache, lru_cache
from importlib import resources

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What a model's store can hold."""

    code_max: int
    price_max: int  # kopecks


class ProfileData(msgspec.Struct, frozen=True):
    """The whole file."""

    version: int
    default_base_version: str
    default_ffd: str
    fields: dict[str, str]
    tax_codes: dict[str, tuple[int, ...]]
    type_codes: dict[str, tuple[int, ...]]
    measures: dict[str, str]
    limits: Limits
    models: dict[str, Limits]


class Profile(msgspec.Struct, frozen=True):
    """What one register knows. `fields`: the version-dependent fields of the goods record that it has."""

    version: int
    base_version: str
    ffd: str
    fields: frozenset[str]
    tax_codes: frozenset[int]
    type_codes: frozenset[int]
    measures: bool
    code_max: int
    price_max: int


@cache
def profile_data() -> ProfileData:
    """The data file, read once."""
    text = resources.files("services.catalog.domain").joinpath("model_profiles.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), ProfileData)


@lru_cache(maxsize=256)
def profile_of(model: str, base_version: str, ffd: str) -> Profile:
    """The profile of a register that told these facts; empty ones are those of a register not heard of yet."""
    data = profile_data()
    base_version = base_version or data.default_base_version
    ffd = ffd or data.default_ffd
    limits = data.models.get(model, data.limits)
    return Profile(
        version=data.version,
        base_version=base_version,
        ffd=ffd,
        fields=frozenset(field for field, since in data.fields.items() if _reached(base_version, since)),
        tax_codes=_known_since(data.tax_codes, base_version),
        type_codes=_known_since(data.type_codes, ffd),
        measures=_reached(ffd, data.measures["since_ffd"]),
        code_max=limits.code_max,
        price_max=limits.price_max,
    )


def _known_since(codes: dict[str, tuple[int, ...]], version: str) -> frozenset[int]:
    return frozenset(code for since, more in codes.items() if _reached(version, since) for code in more)


def _reached(version: str, since: str) -> bool:
    """Whether a version is not older than another: "1.05" < "1.1" < "1.2" as decimal fractions."""
    return _fraction(version) >= _fraction(since)


def _fraction(version: str) -> tuple[int, str]:
    whole, _, rest = version.partition(".")
    return (int(whole) if whole.isdigit() else 0, rest)
