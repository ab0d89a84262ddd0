/** Code that sends entries, ready to paste: address and key filled in. Pure: text in, text out. */

/**
 * @typedef {object} Target
 * @property {string} origin where the server is, such as http://localhost:4000
 * @property {string} key the stream key
 */

/** @typedef {{ title: string, note?: string, code: string }} Block a piece to paste, and where it goes */

/** @param {string} origin */
export function ingestAddress(origin) {
  return `${origin}/api/v1/ingest/logs`;
}

/**
 * Express with the Spectrix middleware file: its address, the key, and the lines in the app.
 * @param {Target} target
 * @returns {Block[]}
 */
export function express({ origin, key }) {
  return [
    { title: ".env", code: `SPECTRIX_API_KEY=${envQuote(key)}` },
    {
      title: "spectrix.ts",
      note: "the middleware file: change this one line",
      code: `const API_BASE_URL = ${doubleQuote(`${origin}/api/v1`)};`,
    },
    {
      title: "app.js",
      note: "start it with: node --env-file=.env app.js",
      code: [
        `import express from "express";`,
        `import spectrix from "./spectrix.js";`,
        ``,
        `const app = express();`,
        ``,
        `app.use(spectrix({ apiKey: process.env.SPECTRIX_API_KEY }));`,
      ].join("\n"),
    },
  ];
}

/**
 * A loop that batches, prints what the server refuses and keeps what it could not deliver. Standard library only.
 * @param {Target} target
 */
export function python({ origin, key }) {
  return `import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

URL = ${doubleQuote(ingestAddress(origin))}
KEY = ${doubleQuote(key)}
waiting = []


def log(level, message, **metadata):
    waiting.append({
        "timestamp": datetime.now(timezone.utc).isoformat(),
        "level": level,
        "message": message,
        "source": "python-app",
        "metadata": metadata,
    })
    del waiting[:-10_000]  # a server that stays away costs the oldest, not the memory


def flush():
    if not waiting:
        return
    batch = waiting[:500]
    request = urllib.request.Request(
        URL,
        data=json.dumps({"logs": batch}, default=str).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        print("Spectrix refused:", error.code, error.read().decode(errors="replace"))
        if error.code in (408, 429) or error.code >= 500:
            return  # it will take them later
    except OSError as error:
        print("Spectrix not reached, trying again:", error)
        return
    else:
        for rejected in answer["errors"]:
            print("Spectrix rejected an entry:", rejected)
    del waiting[:len(batch)]


beat = 0
while True:
    beat += 1
    log("info", f"Hello from Python, number {beat}", beat=beat)
    if beat % 2 == 0:
        flush()
    time.sleep(1)
`;
}

/**
 * One line for bash, zsh and the like.
 * @param {Target} target
 */
export function curl({ origin, key }) {
  const entry = { level: "info", message: "Hello from curl", source: "terminal" };
  return [
    `curl ${shellQuote(ingestAddress(origin))}`,
    `-H ${shellQuote(`Authorization: Bearer ${key}`)}`,
    `-H ${shellQuote("Content-Type: application/json")}`,
    `-d ${shellQuote(JSON.stringify(entry))}`,
  ].join(" ");
}

/** One word for a POSIX shell, whatever it holds; plain words stay as they are. @param {string} text */
export function shellQuote(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A string literal that JavaScript and Python read alike; JSON's escapes mean the same in both. @param {string} text */
export function doubleQuote(text) {
  return JSON.stringify(text);
}

/** A value for a .env file; stream keys need no quotes. @param {string} text */
function envQuote(text) {
  return /^[\w./:+-]*$/.test(text) ? text : doubleQuote(text);
}
