/**
 * Code that sends entries, ready to paste, for each framework that the middlewares know: the table that pages offer.
 */

import { curl } from "./snippet-curl.js";
import * as node from "./snippet-node.js";
import * as python from "./snippet-python.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/**
 * @typedef {object} Snippet
 * @property {string} id
 * @property {string} label
 * @property {string} [also] what else it is good for
 * @property {"Node" | "Python" | "Shell"} group
 * @property {boolean} [first] whether it is offered before one looks for more
 * @property {(target: Target) => Block[]} blocks
 */

/** @type {readonly Snippet[]} */
export const SNIPPETS = [
  { id: "express", label: "Express", group: "Node", first: true, blocks: node.express },
  { id: "python", label: "Python", group: "Python", first: true, blocks: python.python },
  { id: "curl", label: "curl", group: "Shell", first: true, blocks: curl },
  { id: "fastify", label: "Fastify", group: "Node", blocks: node.fastify },
  { id: "koa", label: "Koa", group: "Node", blocks: node.koa },
  { id: "hono", label: "Hono", group: "Node", blocks: node.hono },
  { id: "http", label: "node:http", group: "Node", blocks: node.http },
  { id: "pino", label: "pino", group: "Node", blocks: node.pino },
  { id: "winston", label: "winston", group: "Node", blocks: node.winston },
  { id: "fastapi", label: "FastAPI", also: "Starlette", group: "Python", blocks: python.fastapi },
  { id: "flask", label: "Flask", group: "Python", blocks: python.flask },
  { id: "django", label: "Django", group: "Python", blocks: python.django },
  { id: "aiohttp", label: "aiohttp", group: "Python", blocks: python.aiohttp },
  { id: "logging", label: "logging", group: "Python", blocks: python.logging },
  { id: "structlog", label: "structlog", group: "Python", blocks: python.structlog },
  { id: "loguru", label: "loguru", group: "Python", blocks: python.loguru },
];

/** The one of that id; the first of all where there is none. @param {string} id */
export function snippet(id) {
  return SNIPPETS.find((each) => each.id === id) ?? SNIPPETS[0];
}

export { ingestAddress, NO_KEY } from "./snippet-text.js";
export { formerLine } from "./snippet-node.js";
