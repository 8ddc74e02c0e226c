"""Of whom and how much of a sent file is taken in: what is larger is read past and never kept."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from carillon.prompts.convert import MEGABYTES

#: One byte more than is allowed: by it the form sees that the file is too large.
MOST_BYTES = MEGABYTES * 1_000_000 + 1


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Keeps a file on disk up to the limit. Of a larger one the form gets the begin, and refuses it by its size."""

    def new_file(self, *about: Any, **more: Any) -> None:
        """A form is read before any view says who may send it: of somebody unknown no file is kept for a moment."""
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile
        super().new_file(*about, **more)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = MOST_BYTES - start
        if room <= 0:
            return
        super().receive_data_chunk(raw_data[:room], start)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        return super().file_complete(min(file_size, MOST_BYTES))
