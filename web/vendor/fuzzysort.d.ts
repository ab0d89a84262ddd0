/** The types of what tools/vendor.mjs bundles into fuzzysort.js. */
export { single } from "fuzzysort";
