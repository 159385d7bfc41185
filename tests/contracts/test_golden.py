"""What goes over the bus is what the golden files say."""

import difflib

from tests.contracts.golden_schemas import GOLDEN, render_all

RENEW = "python -m tests.contracts.golden_schemas"


def test_contracts_are_what_the_golden_files_say() -> None:
    told = render_all()
    kept = {file.name: file.read_text(encoding="utf-8") for file in GOLDEN.glob("*.json")}
    differences: list[str] = []
    for name in sorted(told.keys() | kept.keys()):
        before, now = kept.get(name, "").splitlines(), told.get(name, "").splitlines()
        differences += difflib.unified_diff(before, now, f"golden/{name}", f"{name} now", lineterm="", n=2)
    shown = "\n".join(differences[:200])
    assert not differences, f"the contracts changed; if only by addition, renew with: {RENEW}\n{shown}"


def test_the_schemas_see_a_rename() -> None:
    """The test above would be worth nothing if the schemas left the fields out."""
    identity = render_all()["IdentityRpc.json"]
    for word in ("idle_timeout", "sign_in_name", '"writes": true', '"change_account"', '"version"'):
        assert word in identity
