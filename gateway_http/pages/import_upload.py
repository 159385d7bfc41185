"""The file of the upload form: its CSRF token is read first, then the file is streamed to the catalog room."""

from gateway_http.csrf import csrf_right
from gateway_http.import_upload import Uploaded, clean_filename, upload_body, upload_id
from gateway_http.middleware.sessions import CSRF_HEADER
from gateway_http.problems import CsrfWrong
from gateway_http.screen import Screen
from services.contracts.imports import UPLOAD_MAX_BYTES, FileTooLarge
from services.contracts.refusals import FieldError, Invalid

FIELDS_MAX = 20  # small fields before the file


async def take_file(screen: Screen) -> tuple[Uploaded, dict[str, str]]:
    """The file, and the small fields that stood before it.

    Raises CsrfWrong (nothing is imported then), FileTooLarge, MalformedForm.
    """
    state = screen.state
    fields: dict[str, str] = {}
    # Whatever is refused from here on leaves a part of the body unread, which must not be taken for a next request.
    screen.resp.set_header("Connection", "close")
    trusted = csrf_right(state.csrf_secret, screen.req.get_header(CSRF_HEADER))
    if (screen.req.content_length or 0) > UPLOAD_MAX_BYTES + 64 * 1024:
        raise FileTooLarge(limit=UPLOAD_MAX_BYTES)

    def check_field(name: str, text: str) -> None:
        nonlocal trusted
        if name == "csrf":
            trusted = csrf_right(state.csrf_secret, text)
        if name == "form_id":
            state.form_id = text[:64] or None
            if not trusted:
                raise CsrfWrong
        if len(fields) < FIELDS_MAX:
            fields[name] = text

    file = await upload_body(
        screen.req, screen.deps.bus, screen.actor, upload_id(screen.actor, None), None, check_field
    )
    if not trusted:
        raise CsrfWrong
    screen.resp.delete_header("Connection")
    if not file.size and file.filename == clean_filename(None):
        raise Invalid(errors=(FieldError("file", "required"),))  # the form was sent without choosing one
    return file, fields
