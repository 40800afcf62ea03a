"""The entry point: hands the doors that stand beside the command line down to it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from assetreg.cli.frame import Doors
from assetreg.cli.main import assetreg
from assetreg.config import Settings


def make_app(settings: Settings) -> Any:
    from assetreg.app import create_app

    return create_app(settings)


def run_worker(*args: Any, **kwargs: Any) -> None:
    import_module("assetreg.jobs").run_worker(*args, **kwargs)


def main() -> None:
    spec = find_spec("assetreg.jobs")
    has_jobs = spec is not None and spec.origin is not None
    assetreg(prog_name="assetreg", obj=Doors(create_app=make_app, run_worker=run_worker if has_jobs else None))


if __name__ == "__main__":
    main()
