/**
 * Signs in on the page that a one-time link has opened, and shows the first service's log with the filter PAGE_QUERY:
 * what a bench of any page needs to be told to measure this one.
 */

export const QUERY = process.env.PAGE_QUERY ?? "-path:/healthz";

/** @param {import("playwright-core").Page} page */
export default async function openWatch(page) {
  await page.getByRole("button", { name: "Account" }).waitFor();
  await page.evaluate(async (query) => {
    const { services } = await (await fetch("api/v1/services")).json();
    location.hash = `#/services/${services[0].id}/watch?${new URLSearchParams({ q: query })}`;
  }, QUERY);
  await page.getByTitle("The socket is connected").waitFor();
}
