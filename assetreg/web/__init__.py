"""The pages. Every module here that has a ``blueprint`` is a family of pages."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint, Flask


def register_pages(app: Flask) -> None:
    for found in iter_modules(__path__, f"{__name__}."):
        blueprint = getattr(import_module(found.name), "blueprint", None)
        if isinstance(blueprint, Blueprint):
            app.register_blueprint(blueprint)
