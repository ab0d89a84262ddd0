/** The types of what tools/vendor.mjs bundles into uplot.js. */
export { default as uPlot } from "uplot";
