"""What lines of stack traces look like, runtime by runtime. Each pattern is matched at a line's beginning."""

from __future__ import annotations

import re
from typing import Final

_ERROR_NAME = (
    r"(?:[A-Za-z_$][\w$]*(?:[.:\\/]+|(?=Error|Exception)))*[\w$]*"
    r"(?:Error|Exception|Throwable|Failure|Rejection|Warning)\w*"
)

HEAD: Final = re.compile(
    rf".{{0,400}}?(?:^|[\s(\[:\"'])(?:{_ERROR_NAME})(?: ?\[[\w.-]+\])?(?: ?\(\w+\))?(?::(?:\s|$)|\s*$|\]|\s?\{{$)",
    re.DOTALL,
)
"""A line that names an error, after which its frames may come."""

_MARKS: Final = (
    *("Error", "Exception", "Throwable", "Failure", "Rejection", "Warning", "ERROR", "FATAL", "CRITICAL", "SEVERE"),
    *(
        "Traceback",
        "panic",
        "fatal error",
        "atal Python",
        "goroutine",
        "runtime",
        "unexpected fault",
        "SIG",
        "thread '",
    ),
    *(":in ", "js:", "ts:", "jsx:", "tsx:", "node:", "]:", "@", "#", "Stack trace", "aused by", "--- ", "<---"),
    *("crit: ", "fail: ", "Task exception", "Process ", "future: <", "handle: <", '"""', " 0x", "Wrapped by", "EMERG"),
    *(".rb", "native code", "(Use `", " occurred in", "[ERR", "[FTL", "anonymous", "NotFound (", "nvalid"),
)


def is_ordinary(block: str) -> bool:
    """Whether no line of `block` can be part of a trace, unless its first one is a head that nobody could know."""
    if block[:1].isspace() or "\n " in block or "\n\t" in block:
        return False
    return not any(mark in block for mark in _MARKS)  # far cheaper than any pattern


ERROR_LINE: Final = re.compile(
    r"(?:.{0,100}[\s\[|:(])?(?:ERROR|FATAL|CRITICAL|SEVERE|CRIT|EMERG|ERR|FTL)(?:[\s\]|:)/]|$)(?!.*\b\w+ from \S+:\d+$)"
)
"""A log line of level error, whose trace may follow it."""

LOG_LINE: Final = re.compile(
    r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]|\[?\d\d:\d\d:\d\d|\[\d|\{\"|<\d{1,3}>"
    r"|\[?(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL|NOTICE|CRITICAL)\b"
    r"|\[?(?:info|warn|warning|error|debug|trace)[:\]]|(?:time|level|ts)=|(?:GET|POST|PUT|PATCH|DELETE|HEAD) /"
)
"""What begins as log lines do is no part of an error's message."""

FRAME: Final = re.compile(
    r"\s+at (?:.*[(<:\[].*|\S+$)"  # Node, Chrome, Java, .NET
    r"|\s+\.\.\. \d+ (?:more|common|lines|frames|levels)\b|\s+\[\.\.\. "
    r"|\s+- (?:locked|waiting|parking|eliminated|None)\b"
    r"|\s*---> \S|\s*--- End of |\s*<---\s*$"
    r"|\s*(?:[\w$.<>/*\[\]() -]*)@(?:[a-z][\w+.-]*://\S+|\[native code\]|debugger eval code|self-hosted\S*"
    r"|/\S+|webpack-internal:\S+)(?::\d+)*$"  # Firefox, Safari
    r"|\s*@?\[native code\]$"
    r"|\s+\S+ (?:https?|file|webpack-internal|moz-extension)://\S+:\d+$"  # Firefox's console
    r"|\s+(?:async\*|promise callback\*|setTimeout handler\*|EventListener\.handleEvent\*)"
    r"|\s*(?:from )?\S+\.(?:rb|rake|erb|ru|haml):\d+:in |\s+(?:\d+: )?from \S+:\d+:in |<internal:\S+:\d+:in "  # Ruby
    r"|#\d+ (?:\{main\}|\S.*)$|Stack trace:$|  thrown in "  # PHP
    r"|\s+(?:Stack|stack backtrace|Stack trace|Call stack):?$"
)

NESTED: Final = re.compile(
    r"\s*(?:Caused by|Suppressed|Wrapped by|caused by): |\s+\[(?:cause|errors?|CIRCULAR)|\s*---> "
)
"""An error within the error: its own message and frames follow."""

PROPERTY: Final = re.compile(r"\s+(?:\[?[\w$]+\]?|'[^']*'|\[Symbol\(.*\)\]): ")
"""A property of an error, as Node shows it in braces."""

JS_TAIL: Final = re.compile(
    r"\(Use `node --trace|Node\.js v\d|Emitted 'error' event|Thrown at:|Bun v\d|error Command failed"
)

PYTHON_START: Final = "Traceback (most recent call last):"
PYTHON_LAST: Final = re.compile(r"[A-Za-z_][\w.<>]*(?::|$)|\S+:\d+:in |[A-Z][\w:]+ \(.*\)$")
PYTHON_CHAIN: Final = re.compile(r"During handling of the above exception|The above exception was the direct cause")
PYTHON_MORE: Final = re.compile(
    r"\[SQL: |\[parameters: |\(Background on this error at: |DETAIL: |HINT: |CONTEXT: |LINE \d+: |\[generated in "
    r"|For further information visit |The above exception |Did you mean"
)
PYTHON_GROUP: Final = re.compile(r"\s+(?:\||\+[-+ ]|\+$)")
PYTHON_ENDED: Final = re.compile(r"\s+(?:\||\+[-+ ]|\+$|[\^~]+\s*$)")
PYDANTIC_LINK: Final = "    For further information visit "
PYTHON_BEFORE: Final = re.compile(
    r"Exception in thread |Exception ignored in|Task exception was never retrieved|future: <|Unhandled exception"
    r"|Error in atexit|Error in sys\.|Process \S+:$|Exception in callback|handle: <|Fatal Python error"
    r"|multiprocessing\.pool\.RemoteTraceback|concurrent\.futures\.process\._RemoteTraceback|\"\"\"$"
)
"""What stands before `Traceback` and belongs to it."""
PYTHON_FAULT: Final = re.compile(
    r"Fatal Python error: |Thread 0x[0-9a-f]+|Current thread 0x[0-9a-f]+|Extension modules: "
)

GO_HEAD: Final = re.compile(
    r"panic: |fatal error: |runtime: |unexpected fault address|SIG[A-Z]+: |.{0,80}\bpanic serving \S"
    r"|.{0,80}panic recovered:"
)
GO_GOROUTINE: Final = re.compile(r"goroutine \d+ .*\[.*\]:$|runtime stack:$")
GO_FRAME: Final = re.compile(
    r"\t|[A-Za-z]\S*\(.*\)$|created by \S|\.\.\..*frames elided"
    r"|[re]?[a-z0-9]{2,6} +0x[0-9a-f]+$|goroutine running on other thread"
)
GO_FUNCTION: Final = re.compile(r"[A-Za-z][\w./~%-]*\.[\w.()*\[\]·]+$")
GO_FILE: Final = re.compile(r"\t\S+\.(?:go|s):\d+")
GO_SIGNAL: Final = re.compile(r"\[signal |\tpanic: |PC=|\t\S")

RUBY_HEAD: Final = re.compile(
    r"(?:\S+\.(?:rb|rake|erb|ru)|\(?irb\)?|-e|\S*/(?:bin|exe)/\S+|<internal:\S+>?):\d+:in [`'\"][^'\"]*['\"]: "
    r"|\S+\.(?:rb|rake|erb|ru):\d+: .*(?:error|Error)"
)
RAILS_HEAD: Final = re.compile(r"[A-Z][\w:]*(?:Error|Exception|NotFound|Invalid\w*|Missing\w*) \(.*\):?$")

REACT_HEAD: Final = re.compile(r"The above error occurred in |Component Stack:$")
"""React's words before the components, after a blank line."""

RUBY_FROM: Final = re.compile(r"\s+(?:\d+: )?from |\S+:\d+:in [`'\"]|\s+\^|Did you mean\?|\s+Did you mean")

NODE_PLACE: Final = re.compile(
    r"(?:node:\S+|file://\S+|/[^:]+|[A-Z]:\\[^:]+|[\w./@-]+\.[cm]?[jt]sx?|evalmachine\.<anonymous>|<anonymous_script>"
    r"|\[(?:eval|stdin)\]):\d+$"
)
CARET: Final = re.compile(r"\s*[\^~]+\s*$")

DOTNET_RECORD: Final = re.compile(r"(?:trce|dbug|info|warn|fail|crit): .+\[\d+\]$")
DOTNET_INDENT: Final = "      "

RUST_HEAD: Final = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at ")
RUST_MORE: Final = re.compile(r"note: |stack backtrace:|\s+\d+: |\s+at |  left: | right: |\s+left: |\s+right: ")
