"""The lines of one stack trace, put together again: a state machine over one stream's lines.

What is known of a trace only later (a message of several lines before its first frame, a blank line before the next
goroutine) is held until it is known; what turns out to be none comes out as the single lines it was.
"""

from __future__ import annotations

from collections.abc import Callable
from re import Pattern
from typing import Final, NamedTuple

from . import trace_patterns as p

MOST_LINES: Final = 2_000
"""Of one trace; what follows begins another."""

MOST_BYTES: Final = 256 * 1024
MOST_HELD: Final = 12
"""Lines that are held for what may follow them."""


class Line(NamedTuple):
    """A line of output: its text, the same with its colours (None where it has none), and when it came."""

    text: str
    coloured: str | None
    at: str


_JOIN, _HOLD, _END = range(3)

_State = Callable[[str], int]


class StackTraces:
    """Takes lines one by one and gives groups: one line, or all lines of a trace."""

    def __init__(self) -> None:
        self._held: list[Line] = []
        self._sure = 0  # how many of them belong together: 0 and 1 are a single line so far
        self._bytes = 0
        self._state: _State = self._plain
        self._is_ordinary = False  # whether the line at hand can be no part of a trace by itself

    @property
    def is_plain(self) -> bool:
        """Whether nothing is held but, at most, a line that only frames could make the beginning of a trace."""
        return len(self._held) <= 1 and self._state == self._plain

    def add(self, line: Line) -> list[list[Line]]:
        """The groups that are complete now that `line` has come."""
        self._is_ordinary = p.is_ordinary(line.text)
        if not self._held:
            self._begin(line)
            return []
        verdict = self._state(line.text)
        too_many = len(self._held) >= MOST_LINES or self._bytes > MOST_BYTES
        if verdict == _END or too_many or (verdict == _HOLD and len(self._held) - self._sure > MOST_HELD):
            first, rest = self._release()
            return [*first, *(group for each in (*rest, line) for group in self.add(each))]
        self._held.append(line)
        self._bytes += len(line.text)
        if verdict == _JOIN:
            self._sure = len(self._held)
        return []

    def settle(self) -> list[list[Line]]:
        """Lets go of a line that is not like the beginning of a trace: nothing more is there to be read just now."""
        return self.flush() if self._state == self._plain else []

    def flush(self) -> list[list[Line]]:
        """Lets go of everything: nothing more has come for a while."""
        groups: list[list[Line]] = []
        while self._held:
            first, rest = self._release()
            groups += [*first, *(group for each in rest for group in self.add(each))]
        return groups

    def _release(self) -> tuple[list[list[Line]], list[Line]]:
        """The first group, and the lines that were held behind it: they may be the beginning of something else."""
        held, sure = self._held, self._sure or 1
        self._held, self._sure, self._bytes, self._state = [], 0, 0, self._plain
        return [held[:sure]] if held[0].text.strip() else [], held[sure:]

    def _begin(self, line: Line) -> None:
        self._held, self._sure, self._bytes = [line], 0, len(line.text)
        self._state = self._beginning(line.text)

    def _beginning(self, text: str) -> _State:
        """The state after a first line."""
        if self._is_ordinary:
            return self._plain
        if text.endswith(p.PYTHON_START):
            return self._in_python(text)
        if text[:1].isspace() or not text:
            return self._plain
        for pattern, state in self._starts():
            if pattern.match(text):
                return state
        return self._plain

    def _starts(self) -> tuple[tuple[Pattern[str], _State], ...]:
        return (
            (p.GO_GOROUTINE, self._go),
            (p.GO_HEAD, self._go_head),
            (p.NODE_PLACE, self._node_place),
            (p.RUBY_HEAD, self._ruby_head),
            (p.RAILS_HEAD, self._head),
            (p.REACT_HEAD, self._head),
            (p.PYTHON_FAULT, self._python_fault),
            (p.PYTHON_BEFORE, self._python_before),
            (p.DOTNET_RECORD, self._dotnet_record),
            (p.RUST_HEAD, self._rust),
            (p.ERROR_LINE, self._error_line),
            (p.HEAD, self._head),
        )

    # A single line, or what may be an error's first lines

    def _plain(self, text: str) -> int:
        if self._is_ordinary:
            return self._go_function(text)
        if p.GO_FILE.match(text) and p.GO_FUNCTION.match(self._held[-1].text):
            return self._to(self._go)
        if not self._held[-1].text.strip() or p.RUBY_HEAD.match(text):
            return _END
        if p.FRAME.match(text) or p.NESTED.match(text):
            return self._to_frames(text)
        return self._go_function(text)

    def _go_function(self, text: str) -> int:
        """An error of Go with its callers: message, function, file, function, file."""
        return _HOLD if p.GO_FUNCTION.match(text) and len(self._held) == 1 else _END

    def _error_line(self, text: str) -> int:
        if text.endswith(p.PYTHON_START):
            return self._to(self._in_python(text))
        if p.GO_GOROUTINE.match(text):
            return self._to(self._go)
        if p.HEAD.match(text) and not p.LOG_LINE.match(text):
            return self._to(self._head, _HOLD)
        if not text.strip():
            return _HOLD if self._held[-1].text.strip() else _END
        return self._plain(text)

    def _head(self, text: str) -> int:
        if self._opens_braces(text):
            return self._to(self._braces, _JOIN if p.PROPERTY.match(text) else _HOLD)
        if p.RUBY_HEAD.match(text):
            return _END
        if p.FRAME.match(text) or p.NESTED.match(text):
            return self._to_frames(text)
        last = self._held[-1].text
        if p.GO_FILE.match(text) and p.GO_FUNCTION.match(last):
            return self._to(self._go)
        if self._held[0].text == "Error:" and len(self._held) < 3:
            return _HOLD  # minitest's word before the test and its error
        if text.endswith(p.PYTHON_START) or p.LOG_LINE.match(text) or self._is_start(text):
            return _END
        return _HOLD

    def _is_start(self, text: str) -> bool:
        return not text[:1].isspace() and text != "" and self._beginning(text) != self._plain

    # Frames of Node, browsers, Java, .NET and Ruby

    def _to_frames(self, text: str) -> int:
        return self._to(self._message if p.NESTED.match(text) else self._frames)

    def _frames(self, text: str) -> int:
        if self._opens_braces(text):
            return self._to(self._braces)
        if p.FRAME.match(text) or p.NESTED.match(text):
            return self._to_frames(text)
        if p.JS_TAIL.match(text):
            return _JOIN
        if text.startswith(p.DOTNET_INDENT) and p.DOTNET_RECORD.match(self._held[0].text):
            return _HOLD
        if not text.strip():
            return _HOLD
        if not self._held[-1].text.strip():
            return _END
        return _JOIN if p.RUBY_HEAD.match(text) or text.startswith(("    at ", "\tat ", "   at ")) else _END

    def _message(self, text: str) -> int:
        """The message of an inner error, which may have several lines, until its frames."""
        if self._opens_braces(text):
            return self._to(self._braces)
        if p.RUBY_HEAD.match(text):
            return _END
        if p.FRAME.match(text) or p.NESTED.match(text):
            return self._to_frames(text)
        if p.JS_TAIL.match(text):
            return self._to(self._frames)
        return _END if p.LOG_LINE.match(text) or self._is_start(text) else _HOLD

    def _opens_braces(self, text: str) -> bool:
        """Whether `text` is the first property of the error that the line before names, or whose last frame it is."""
        last = self._held[-1].text
        return last.endswith("{") and text[:1].isspace() and (not last[:1].isspace() or p.FRAME.match(last) is not None)

    def _braces(self, text: str) -> int:
        """The properties of an error as Node shows them, until the brace that ends them."""
        sure = _JOIN if self._sure else _HOLD
        if text.startswith("}"):
            return self._to(self._frames)
        return sure if text[:1].isspace() or not text else _END

    # Node's own report of what nobody caught

    def _node_place(self, text: str) -> int:
        if p.CARET.match(text):
            return self._to(self._node_report)
        return _END if len(self._held) > 3 else _HOLD

    def _node_report(self, text: str) -> int:
        return _HOLD if not text.strip() else self._to(self._message)

    # Python

    def _in_python(self, text: str) -> _State:
        self._margin = len(text) - len(text.lstrip()) if text.lstrip().startswith(p.PYTHON_START) else 0
        return self._python_group if "+ Exception Group" in text else self._python

    def _python_before(self, text: str) -> int:
        if text.endswith(p.PYTHON_START):
            self._state = self._in_python(text)
            return _JOIN
        if p.FRAME.match(text) or p.NESTED.match(text):
            return self._to_frames(text)
        return _HOLD if p.PYTHON_BEFORE.match(text) else self._head(text)

    def _python_fault(self, text: str) -> int:
        if p.PYTHON_FAULT.match(text) or text.startswith("  File "):
            return _JOIN
        return _HOLD if not text.strip() else _END

    def _python(self, text: str) -> int:
        stripped = text.lstrip()
        if len(text) - len(stripped) > self._margin or not stripped:
            return _JOIN if stripped else _HOLD
        if p.PYTHON_LAST.match(stripped):
            return self._to(self._python_details if "validation error" in text else self._python_after)
        return _END

    def _python_group(self, text: str) -> int:
        return _JOIN if p.PYTHON_GROUP.match(text) else self._python_after(text)

    def _python_after(self, text: str) -> int:
        stripped = text.strip()
        if p.PYTHON_CHAIN.match(stripped):
            return self._to(self._python_chain)
        if not stripped:
            return _HOLD
        if not self._held[-1].text.strip():
            return _END
        if text.endswith(p.PYTHON_START):
            return _END
        if p.PYTHON_MORE.match(stripped) or stripped == '"""' or p.CARET.match(text):
            return _JOIN
        last = self._held[-1].text  # a message goes on where its line is not at an end
        goes_on = last.endswith((":", "(", "[", "{", ",")) or (last[0].isspace() and not p.PYTHON_ENDED.match(last))
        return _JOIN if text[0].isspace() and goes_on else _END

    def _python_details(self, text: str) -> int:
        """pydantic's: a name without indentation, and what is wrong with it, indented."""
        if text[:1].isspace() and text.strip() and not self._held[-1].text.startswith(p.PYDANTIC_LINK):
            return _JOIN
        after = self._python_after(text)
        is_name = after == _END and self._held[-1].text.strip() and not p.LOG_LINE.match(text)
        return _HOLD if is_name and len(self._held) - self._sure < 1 and " " not in text else after

    def _python_chain(self, text: str) -> int:
        if text.endswith(p.PYTHON_START):
            self._state = self._in_python(text)
            return _JOIN
        return _HOLD if not text.strip() else _END

    # Go, Ruby, .NET's console, Rust

    def _go_head(self, text: str) -> int:
        if p.GO_GOROUTINE.match(text):
            return self._to(self._go)
        if p.GO_SIGNAL.match(text):
            return _JOIN
        return _END if p.LOG_LINE.match(text) else _HOLD

    def _go(self, text: str) -> int:
        if p.GO_GOROUTINE.match(text):
            return _JOIN
        if not text:
            return _HOLD
        if not self._held[-1].text:
            return _JOIN if p.GO_FRAME.match(text) and "0x" in text and "(" not in text else _END
        if p.GO_FRAME.match(text):
            return _JOIN
        return _HOLD if p.GO_FUNCTION.match(text) else _END

    def _ruby_head(self, text: str) -> int:
        if self._is_start(text):
            return _END
        if p.RUBY_FROM.match(text):
            if "from " in text or p.RUBY_HEAD.match(text):
                return self._to(self._frames)
            return _JOIN
        return _END if self._sure or p.LOG_LINE.match(text) or len(self._held) > 5 else _HOLD

    def _dotnet_record(self, text: str) -> int:
        if not text.startswith(p.DOTNET_INDENT):
            return _END
        return self._to_frames(text) if p.FRAME.match(text) else _HOLD

    def _rust(self, text: str) -> int:
        if p.RUST_MORE.match(text):
            return _JOIN
        if self._sure:
            return _HOLD if not text.strip() else _END
        return _END if p.LOG_LINE.match(text) or len(self._held) > 5 else _HOLD

    def _to(self, state: _State, verdict: int = _JOIN) -> int:
        self._state = state
        return verdict
