"""How much of a sent file is taken in: what is larger is read past and never kept."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from carillon.prompts.convert import MEGABYTES

#: One byte more than is allowed: by it the form sees that the file is too large.
MOST_BYTES = MEGABYTES * 1_000_000 + 1


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Keeps a file on disk up to the limit. Of a larger one the form gets the begin, and refuses it by its size."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = MOST_BYTES - start
        if room <= 0:
            return
        super().receive_data_chunk(raw_data[:room], start)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        return super().file_complete(min(file_size, MOST_BYTES))
