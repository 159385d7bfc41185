import pytest

from gateway_http.api.etags import already_known, etag_of, version_to_match
from services.contracts.refusals import Stale


def test_a_version_goes_out_and_comes_back() -> None:
    assert version_to_match(etag_of(7)) == 7
    assert version_to_match(f"W/{etag_of(7)}") == 7
    assert version_to_match(None) is None
    assert version_to_match(" * ") is None


@pytest.mark.parametrize("header", ["", '"', '""', '"x"', '"1","2"', '"-1"', '"١"', '"' + "9" * 30 + '"', "a" * 9999])
def test_a_tag_that_was_never_given_out_is_stale(header: str) -> None:
    with pytest.raises(Stale):
        version_to_match(header)


def test_what_is_known_need_not_be_sent_again() -> None:
    assert already_known('"1", "7"', etag_of(7))
    assert already_known("*", etag_of(7))
    assert not already_known('"1"', etag_of(7))
    assert not already_known(None, etag_of(7))
