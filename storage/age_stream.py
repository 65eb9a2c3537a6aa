"""Binary files as the payload wants them: filled to the brim, and written to the last byte.

Rules of this file: a file of any kind will do (plain, buffered, a pipe, one that has only `read`);
short reads and short writes end here.
"""

from typing import BinaryIO

from storage import age_header

BLOCK = 8192


class Source:
    """A file that is read from."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._into = getattr(file, "readinto", None)
        self._ahead = memoryview(b"")

    def header(self) -> bytes:
        """Read the header; what was read beyond it comes with the next `fill`.

        Raises:
            NotAnAgeFile: it begins otherwise.
            DamagedHeader: there is no end of a header.
        """
        start, block = bytearray(), memoryview(bytearray(BLOCK))
        while (end := age_header.length(start)) is None:
            count = self._read(block)
            if not count:
                end = age_header.whole(bytes(start))
                break
            start += block[:count]
        self._ahead = memoryview(bytes(start[end:]))
        return bytes(start[:end])

    def fill(self, buffer: memoryview) -> memoryview:
        """Fill the buffer unless the end comes first, and return the part that was filled."""
        done = min(len(self._ahead), len(buffer))
        buffer[:done] = self._ahead[:done]
        self._ahead = self._ahead[done:]
        while done < len(buffer) and (count := self._read(buffer[done:])):
            done += count
        return buffer[:done]

    def _read(self, buffer: memoryview) -> int:
        if self._into is not None:
            count = self._into(buffer)
            if count is None:
                raise BlockingIOError
            return int(count)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Sink:
    """A file that is written to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def put(self, data: memoryview) -> None:
        """Write all of it."""
        while data:
            count = self._file.write(data)
            if not count:
                raise BlockingIOError
            data = data[count:]
