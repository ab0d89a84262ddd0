/** The types of what tools/vendor.mjs bundles into lit.js; the same list as in LIBRARIES there. */
export { LitElement, html, svg, nothing, noChange, render } from "lit";
export type { PropertyDeclarations, PropertyValues, TemplateResult, SVGTemplateResult } from "lit";
export { classMap } from "lit/directives/class-map.js";
export { ifDefined } from "lit/directives/if-defined.js";
export { keyed } from "lit/directives/keyed.js";
export { live } from "lit/directives/live.js";
export { ref, createRef } from "lit/directives/ref.js";
export type { Ref } from "lit/directives/ref.js";
export { repeat } from "lit/directives/repeat.js";
export { when } from "lit/directives/when.js";
