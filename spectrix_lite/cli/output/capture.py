"""One stream of a program, from bytes to records: lines, colours, containers, stack traces. Time is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .compose import ComposePrefixes
from .control_codes import colours_alone, without_colours, without_sequences
from .line_reader import LineReader
from .records import Record, of_line, of_trace
from .stack_trace import Line, StackTraces
from .trace_patterns import is_ordinary

_MOST_SOURCES: Final = 500


class Capture:
    """Everything that one stream says. `stream` is stdout or stderr; a moment `at` is RFC 3339 in UTC."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._reader = LineReader()
        self._compose = ComposePrefixes()
        self._traces: dict[str | None, StackTraces] = {None: StackTraces()}

    @property
    def is_waiting(self) -> bool:
        """Whether a line has begun that `flush_partial` would give; a progress bar is waited for longer."""
        return self._reader.is_waiting

    @property
    def is_drawing(self) -> bool:
        """Whether that line is being written over, as a progress bar is."""
        return self._reader.is_drawing

    def feed(self, chunk: bytes, at: str) -> list[Record]:
        """The records that are complete with `chunk`."""
        return self._take(self._reader.feed(chunk), at)

    def settle(self) -> list[Record]:
        """What need not wait for a following line, as there is none yet."""
        return self._records((source, group) for source, traces in self._traces.items() for group in traces.settle())

    def flush(self) -> list[Record]:
        """What waited for a following line, now that none has come for a while."""
        return self._records((source, group) for source, traces in self._traces.items() for group in traces.flush())

    def flush_partial(self, at: str) -> list[Record]:
        """A line that has not ended, as far as it has come."""
        return self._take(self._reader.flush(), at)

    def tear(self) -> None:
        """What comes next does not follow what came before: a line that has not ended is part of what is missing."""
        self._reader.tear()

    def _take(self, lines: list[str], at: str) -> list[Record]:
        if not lines:
            return []
        traces = self._traces[None]
        block = without_sequences("\n".join(lines))
        if traces.is_plain and "| " not in block and is_ordinary(block):
            # The usual case by far: no line has anything to do with another. The last may still be an error's first.
            records = self._records((None, group) for group in traces.flush())
            has_sequences = any("\x1b" in line for line in lines)
            for text, raw in zip(block.split("\n")[:-1], lines, strict=False):
                if text and not text.isspace():
                    coloured = colours_alone(raw) if has_sequences else None
                    records.append(of_line(text, coloured, at, self._stream, None))
            return records + self._line(lines[-1], at)
        return [record for text in lines for record in self._line(text, at)]

    def _line(self, raw: str, at: str) -> list[Record]:
        text, coloured = without_colours(raw)
        source, begin = (
            self._compose.split(text) if "| " in text or text.endswith("|") or "ttach" in text else (None, 0)
        )
        if source is not None:
            text = text[begin:]
            coloured = _behind_bar(coloured)
        traces = self._traces.get(source)
        if traces is None:
            if len(self._traces) >= _MOST_SOURCES:
                return [of_line(text, coloured, at, self._stream, source)]
            traces = self._traces[source] = StackTraces()
        return self._records((source, group) for group in traces.add(Line(text, coloured, at)))

    def _records(self, groups: Iterable[tuple[str | None, list[Line]]]) -> list[Record]:
        return [
            of_line(*group[0], self._stream, source) if len(group) == 1 else of_trace(group, self._stream, source)
            for source, group in groups
            if group[0].text.strip()
        ]


def _behind_bar(coloured: str | None) -> str | None:
    """The colours of a container's own text: those of the prefix are compose's."""
    if coloured is None:
        return None
    own = coloured.partition("|")[2].removeprefix(" ").removeprefix("\x1b[0m").removeprefix(" ")
    return own if "\x1b" in own else None
