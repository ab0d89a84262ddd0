/** Python's frameworks and loggers, each with the middleware's one file. */

import { download, env } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/**
 * @param {Target} target
 * @param {string} code the app's lines
 * @param {string} [command] what starts it
 * @returns {Block[]}
 */
function app(target, code, command = "python3 app.py") {
  return [
    download(target, "spectrix.py", "beside app.py. The standard library is all it needs"),
    env(target),
    { title: "app.py", note: startWith(command), code },
  ];
}

/** With what is in .env, in any POSIX shell. @param {string} command */
function startWith(command) {
  return `start it with: env $(cat .env) ${command}`;
}

/** No framework: logs of one's own. @param {Target} target */
export function python(target) {
  return app(
    target,
    `from spectrix import Spectrix

spectrix = Spectrix()
spectrix.info("Hello from Python", {"order": 17})`,
  );
}

/** FastAPI and Starlette. @param {Target} target */
export function fastapi(target) {
  return app(
    target,
    `from fastapi import FastAPI  # or: from starlette.applications import Starlette
from spectrix import Spectrix

app = FastAPI()
app.add_middleware(Spectrix().asgi)`,
    "uvicorn app:app",
  );
}

/** @param {Target} target */
export function flask(target) {
  return app(
    target,
    `from flask import Flask
from spectrix import Spectrix

app = Flask(__name__)
app.wsgi_app = Spectrix().wsgi(app.wsgi_app)`,
    "flask run",
  );
}

/** One line at the end of the module that the server loads. @param {Target} target @returns {Block[]} */
export function django(target) {
  const start = startWith("python3 manage.py runserver");
  return [
    download(target, "spectrix.py", "beside manage.py. The standard library is all it needs"),
    env(target),
    {
      title: "wsgi.py",
      note: `at its end; ${start}`,
      code: `from spectrix import Spectrix

application = Spectrix().wsgi(application)`,
    },
    {
      title: "asgi.py",
      note: "instead of that, where an ASGI server runs it",
      code: `from spectrix import Spectrix

application = Spectrix().asgi(application)`,
    },
  ];
}

/** @param {Target} target */
export function aiohttp(target) {
  return app(
    target,
    `from aiohttp import web
from spectrix import Spectrix

app = web.Application(middlewares=[Spectrix().aiohttp])`,
  );
}

/** @param {Target} target */
export function logging(target) {
  return app(
    target,
    `import logging
from spectrix import Spectrix

logging.basicConfig(level=logging.INFO)
logging.getLogger().addHandler(Spectrix().handler())

logging.getLogger(__name__).info("order paid", extra={"order": 17})`,
  );
}

/** Before the processor that renders. @param {Target} target */
export function structlog(target) {
  return app(
    target,
    `import structlog
from spectrix import Spectrix

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        Spectrix().structlog,
        structlog.dev.ConsoleRenderer(),
    ]
)

structlog.get_logger().info("order paid", order=17)`,
  );
}

/** @param {Target} target */
export function loguru(target) {
  return app(
    target,
    `from loguru import logger
from spectrix import Spectrix

logger.add(Spectrix().loguru)

logger.bind(order=17).info("order paid")`,
  );
}
