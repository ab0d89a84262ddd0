/**
 * Where the entry stands: beside the log, as wide as one likes; in a window too narrow for both, a page of its own over
 * everything.
 */

import { html, nothing } from "../../vendor/lit.js";
import { preferences } from "../lib/store.js";
import "./entry-detail.js";

const LEAST = 300; // px
const STEP = 24; // px by an arrow key
const MOVED = 3; // px: less is a press, not a drag

/**
 * The open entry: beside the log, or over it where the window is narrow; nothing while none is open.
 * @param {object} options
 * @param {import("../entry/entry.js").Entry | null} options.entry
 * @param {number} options.p95 milliseconds, of the entry's route when it was opened; 0: not known
 * @param {string} options.link an address that opens the entry; "" where there is none
 * @param {boolean} options.filtered whether a filter hides what stands around it
 * @param {boolean} options.fillsWindow
 * @param {() => void} options.close
 * @param {() => void} options.showContext
 * @param {(by: -1 | 1) => void} options.step to the entry beside it
 */
export function detailFrame({ entry, p95, link, filtered, fillsWindow, close, showContext, step }) {
  if (!entry) return nothing;
  const makeRoom = () => fillsWindow && close();
  const detail = html`<sx-entry-detail
    class="detail"
    .entry=${entry}
    .zone=${preferences.get("zone")}
    .p95=${p95}
    .link=${link}
    .filtered=${filtered}
    @sx-term=${makeRoom}
    @sx-column=${makeRoom}
    @sx-mute=${makeRoom}
    @sx-context=${showContext}
    @sx-close=${close}
    @sx-step=${(/** @type {CustomEvent<-1 | 1>} */ event) => step(event.detail)}
  ></sx-entry-detail>`;
  const side = html`<aside class="detail-side" aria-label="Entry">${fillsWindow ? nothing : edge()}${detail}</aside>`;
  if (!fillsWindow) return side;
  return html`<dialog
    class="detail-page"
    aria-label="Entry"
    tabindex="-1"
    autofocus
    @cancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      close();
    }}
  >${side}</dialog>`;
}

/** The width that was chosen, within what the window allows; null: none was. */
export function detailWidth() {
  const width = preferences.get("detailWidth");
  return typeof width === "number" ? within(width) : null;
}

/** To be called when the page was rendered: only what stands in the document can be opened. */
export function openDetailPage() {
  const dialog = document.querySelector("dialog.detail-page");
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

function edge() {
  const most = mostWidth();
  return html`<div
    class="detail-edge"
    role="separator"
    aria-orientation="vertical"
    aria-label="Width of the entry"
    aria-valuemin=${LEAST}
    aria-valuemax=${most}
    aria-valuenow=${detailWidth() ?? within(innerWidth * 0.3)}
    tabindex="0"
    title="Drag, use ← and →, or press to switch between narrow and wide"
    @keydown=${onKey}
    @pointerdown=${onPointerDown}
  ></div>`;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const by = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  preferences.set("detailWidth", within(widthNow(event.currentTarget) + by));
}

/** @param {PointerEvent} event */
function onPointerDown(event) {
  const element = event.currentTarget;
  if (event.button !== 0 || !(element instanceof HTMLElement)) return;
  event.preventDefault();
  const [from, width] = [event.clientX, widthNow(element)];
  let moved = false;
  element.setPointerCapture(event.pointerId);
  element.onpointermove = ({ clientX }) => {
    moved ||= Math.abs(clientX - from) > MOVED;
    if (moved) preferences.set("detailWidth", within(width + from - clientX));
  };
  element.onpointerup = element.onpointercancel = () => {
    element.onpointermove = element.onpointerup = element.onpointercancel = null;
    if (!moved) preferences.set("detailWidth", within(width < mostWidth() * 0.7 ? mostWidth() : innerWidth * 0.3));
  };
}

/** @param {EventTarget | null} edge */
function widthNow(edge) {
  return edge instanceof Element ? (edge.nextElementSibling?.getBoundingClientRect().width ?? LEAST) : LEAST;
}

function mostWidth() {
  return Math.max(LEAST, Math.round(innerWidth * 0.55));
}

/** @param {number} width */
function within(width) {
  return Math.round(Math.min(Math.max(width, LEAST), mostWidth()));
}
