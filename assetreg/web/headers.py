"""What every answer tells the browser not to do."""

from __future__ import annotations

from flask import Flask, Response, g, request

from assetreg.config import Settings

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SAME_FOR_ALL = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
A_YEAR = 365 * 24 * 3600


def allow_camera() -> None:
    """Lets the page that is being answered with use the camera."""
    g.camera = True


def hide_address() -> None:
    """Keeps the address of the page from every site it links to, our own pages too."""
    g.hidden_address = True


def install(app: Flask, settings: Settings) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(SAME_FOR_ALL)
        response.headers["Referrer-Policy"] = "no-referrer" if g.get("hidden_address") else "same-origin"
        camera = "(self)" if g.get("camera") else "()"
        response.headers["Permissions-Policy"] = f"camera={camera}, microphone=(), geolocation=(), payment=(), usb=()"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        if settings.https or request.is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
        return response
