/** Icons, drawn here on a 16 px grid with one stroke; each stands beside a word or inside a labelled button. */

import { svg, html } from "../../vendor/lit.js";

/** @param {import("../../vendor/lit.js").SVGTemplateResult} shape @param {number} [size] */
function icon(shape, size = 16) {
  return html`<svg
    width=${size}
    height=${size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shape}
  </svg>`;
}

/** Every icon of the page. */
export const ICONS = {
  check: icon(svg`<path d="M3 8.5 6.5 12 13 4.5" />`),
  chevron: icon(svg`<path d="m4.5 6.5 3.5 3.5 3.5-3.5" />`),
  clear: icon(svg`<path d="M2.75 13.25h10.5M5.5 10.5 3 8l6-5.25 4 4.5-3.75 3.25H5.5Z" />`),
  clock: icon(svg`<circle cx="8" cy="8" r="5.75" /><path d="M8 4.75V8l2.25 1.5" />`),
  close: icon(svg`<path d="m4 4 8 8m0-8-8 8" />`),
  column: icon(svg`<path d="M2.75 3.25h10.5v9.5H2.75zM6.5 3.25v9.5m3.5-9.5v9.5" />`),
  command: icon(svg`<path d="m3 5 3 3-3 3m5 0h5" />`),
  compare: icon(svg`<path d="M4.5 13V7m3.5 6V3m3.5 10V9" />`),
  context: icon(svg`<path d="M3 3.5h10M3 12.5h10M5 6.25h6v3.5H5z" />`),
  copy: icon(
    svg`
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" />
    `,
  ),
  dark: icon(svg`<path d="M13.5 9.6A5.75 5.75 0 0 1 6.4 2.5a5.75 5.75 0 1 0 7.1 7.1Z" />`),
  display: icon(
    svg`
      <path d="M2.5 4.75h6m3.5 0h1.5m-11 6.5H4m3.5 0h6" />
      <circle cx="10.25" cy="4.75" r="1.75" />
      <circle cx="5.75" cy="11.25" r="1.75" />
    `,
  ),
  edit: icon(svg`<path d="m10.75 2.75 2.5 2.5-7.5 7.5-3.25.75.75-3.25 7.5-7.5Z" />`),
  exclude: icon(svg`<circle cx="8" cy="8" r="5.25" /><path d="M5.5 8h5" />`),
  export: icon(svg`<path d="M8 2.5v7m-3-3 3 3 3-3M2.75 11v2.25h10.5V11" />`),
  facets: icon(svg`<path d="M2.5 4h11M4.5 8h7M6.5 12h3" />`),
  follow: icon(svg`<path d="M8 2.5v8m-3.5-3 3.5 3.5 3.5-3.5M3 13.5h10" />`),
  help: icon(
    svg`<circle cx="8" cy="8" r="5.75" /><path d="M6.25 6.4a1.75 1.75 0 1 1 2.4 1.6c-.45.2-.65.5-.65 1m0 2h.01" />`,
  ),
  include: icon(svg`<circle cx="8" cy="8" r="5.25" /><path d="M5.5 8h5M8 5.5v5" />`),
  key: icon(svg`<circle cx="5.25" cy="10.75" r="2.75" /><path d="m7.25 8.75 6-6m-2.5 2.5 2 2" />`),
  light: icon(
    svg`
      <circle cx="8" cy="8" r="2.75" />
      <path d="M8 1.5v1m0 11v1m6.5-6.5h-1m-11 0h-1m11.1-4.6-.7.7m-7.8 7.8-.7.7m9.2 0-.7-.7M4.1 4.1l-.7-.7" />
    `,
  ),
  link: icon(
    svg`
      <path d="M6.75 9.25a2.75 2.75 0 0 0 3.9 0l2-2a2.75 2.75 0 0 0-3.9-3.9l-.6.6
        m1.1 2.8a2.75 2.75 0 0 0-3.9 0l-2 2a2.75 2.75 0 0 0 3.9 3.9l.6-.6" />
    `,
  ),
  lock: icon(svg`<rect x="3" y="7" width="10" height="6.5" rx="1.5" /><path d="M5 7V5.25a3 3 0 0 1 6 0V7" />`),
  mark: icon(svg`<path d="M4.5 13.25V2.75h7l-2 2.75 2 2.75h-7" />`),
  more: icon(svg`<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2" />`),
  mute: icon(svg`<path d="M1.75 8S4 3.75 8 3.75 14.25 8 14.25 8 12 12.25 8 12.25 1.75 8 1.75 8ZM3 13.25l10-10.5" />`),
  next: icon(svg`<path d="m4 6.5 4 4 4-4" />`),
  out: icon(svg`<path d="M6 2.75H4A1.25 1.25 0 0 0 2.75 4v8A1.25 1.25 0 0 0 4 13.25h2M10 11l3-3-3-3m2.75 3H6.5" />`),
  pause: icon(svg`<path d="M5.5 3.5v9m5-9v9" stroke-width="2" />`),
  person: icon(svg`<circle cx="8" cy="5.25" r="2.5" /><path d="M3 13.25c.6-2.3 2.6-3.5 5-3.5s4.4 1.2 5 3.5" />`),
  play: icon(svg`<path d="M5 3.25v9.5l7.5-4.75L5 3.25Z" />`),
  plus: icon(svg`<path d="M8 3v10M3 8h10" />`),
  previous: icon(svg`<path d="m4 9.5 4-4 4 4" />`),
  renew: icon(svg`<path d="M13 8a5 5 0 1 1-1.6-3.7M13.25 2.25V5h-2.75" />`),
  search: icon(svg`<circle cx="7" cy="7" r="4.25" /><path d="m10.25 10.25 3.25 3.25" />`),
  share: icon(
    svg`
      <circle cx="4" cy="8" r="1.75" />
      <circle cx="12" cy="3.75" r="1.75" />
      <circle cx="12" cy="12.25" r="1.75" />
      <path d="m5.6 7.1 4.8-2.5M5.6 8.9l4.8 2.5" />
    `,
  ),
  system: icon(svg`<rect x="2" y="3" width="12" height="8" rx="1.5" /><path d="M6 13.5h4" />`),
  trash: icon(svg`<path d="M2.75 4.25h10.5M6 4.25V2.75h4v1.5m-5.75 0 .6 9h6.3l.6-9M6.75 7v3.75m2.5-3.75v3.75" />`),
  views: icon(svg`<path d="M4.25 2.75h7.5v10.5L8 10.25l-3.75 3Z" />`),
  warning: icon(svg`<path d="M8 2.5 14 13H2L8 2.5Zm0 4v3m0 1.75h.01" />`),
};

/** The mark: a spectrum of four bars. */
export const MARK = html`<svg class="mark" width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
  <rect x="1" y="9" width="3" height="8" rx="1" />
  <rect x="5.33" y="4" width="3" height="13" rx="1" />
  <rect x="9.66" y="1" width="3" height="16" rx="1" />
  <rect x="14" y="7" width="3" height="10" rx="1" />
</svg>`;
