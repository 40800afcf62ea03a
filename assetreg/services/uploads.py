"""Files as they were received, kept in parts and known by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from sqlalchemy import select

from assetreg.db.intake import Upload, UploadPart
from assetreg.db.session import ScopedSession
from assetreg.domain.cells import tidy
from assetreg.domain.errors import Missing
from assetreg.sources.containers import size_of
from assetreg.sources.refusals import EmptyFile, FileTooLarge

PART = 1 << 20
IN_MEMORY = 4 << 20
LONGEST_NAME = 200
MEGABYTE = 1_000_000


def shown_name(name: str) -> str:
    """The file's own name, without its folder or characters that hide or turn the text."""
    return tidy(PurePath(name.replace("\\", "/")).name)[:LONGEST_NAME] or "fil"


def refuse_size(size: int, *, name: str, limit: int) -> None:
    """Raises FileTooLarge; sizes are in bytes."""
    if size > limit:
        raise FileTooLarge(name=shown_name(name), size=-(-size // MEGABYTE), limit=limit // MEGABYTE)


def receive(session: ScopedSession, stream: BinaryIO, *, name: str, limit: int, at: datetime) -> Upload:
    """Keeps the file of a seekable stream. Raises EmptyFile or FileTooLarge before any of it is read."""
    size = size_of(stream)
    if not size:
        raise EmptyFile(name=shown_name(name))
    refuse_size(size, name=name, limit=limit)
    account = session.scope.account
    upload = Upload(account_id=account, name=shown_name(name), size=size, sha256="", received_at=at)
    session.add(upload)
    session.flush()
    digest = hashlib.sha256()
    for number, body in enumerate(_parts(stream), start=1):
        digest.update(body)
        part = UploadPart(account_id=account, upload_id=upload.id, number=number, body=body)
        session.add(part)
        session.flush()
        session.expunge(part)
    upload.sha256 = digest.hexdigest()
    session.flush()
    return upload


def get(session: ScopedSession, upload_id: int) -> Upload:
    """Raises Missing, also for one outside the scope."""
    found = session.execute(select(Upload).where(Upload.id == upload_id)).scalar_one_or_none()
    if found is None:
        raise Missing
    return found


def parts(session: ScopedSession, upload_id: int) -> Iterator[bytes]:
    """The file piece by piece, as it was received."""
    numbers = select(UploadPart.number).where(UploadPart.upload_id == upload_id).order_by(UploadPart.number)
    for number in list(session.execute(numbers).scalars()):
        body = select(UploadPart.body).where(UploadPart.upload_id == upload_id, UploadPart.number == number)
        yield session.execute(body).scalar_one()


def opened(session: ScopedSession, upload_id: int) -> BinaryIO:
    """The file as a seekable stream that the caller closes."""
    stream = cast("BinaryIO", SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    for body in parts(session, upload_id):
        stream.write(body)
    stream.seek(0)
    return stream


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while body := stream.read(PART):
        yield body
