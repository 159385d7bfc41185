"""The register ID as a QR code, for people who point a phone at the screen instead of copying twelve digits."""

import io

import segno
from markupsafe import Markup


def qr_svg(kkt_id: str) -> Markup:
    """Inline SVG without styles of its own (the page's policy forbids inline styles)."""
    drawn = io.BytesIO()
    segno.make(kkt_id, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, svgclass=None, lineclass=None
    )
    # segno draws digits only into path data: nothing of a user's own is in it.
    return Markup(drawn.getvalue().decode())  # noqa: S704
