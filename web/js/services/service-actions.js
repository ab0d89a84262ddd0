/** What can be done to a service as a whole, from wherever it is shown. */

import { html } from "../../vendor/lit.js";
import { ICONS } from "../ui/icons.js";
import { confirmByName } from "../ui/confirm-dialog.js";
import { askName } from "../ui/name-dialog.js";

/** @typedef {import("../api/client.js").Api} Api */
/** @typedef {Pick<import("../api/client.js").Service, "id" | "name">} Named */

/**
 * @param {Api} api
 * @returns {Promise<import("../api/client.js").Service | undefined>} the new service; undefined where the dialog was
 * left
 */
export async function createService(api) {
  /** @type {import("../api/client.js").Service | undefined} */
  let made;
  await askName({
    heading: "Create a service",
    label: "Name",
    hint: "The application you want to watch, such as Production API or Payment Service.",
    action: "Create service",
    save: async (name) => {
      made = await api.createService(name);
    },
  });
  return made;
}

/** @param {Api} api @param {Named} service @returns {Promise<boolean>} whether it was renamed */
export async function renameService(api, service) {
  const name = await askName({
    heading: "Rename service",
    label: "Name",
    value: service.name,
    hint: "Keys, entries and sessions stay as they are.",
    action: "Rename",
    save: (next) => api.renameService(service.id, next),
  });
  return name !== undefined;
}

/** @param {Api} api @param {Named} service @returns {Promise<boolean>} whether it was deleted */
export function deleteService(api, service) {
  return confirmByName({
    heading: "Delete service",
    consequence: html`<strong>${service.name}</strong> goes with its stream keys, its live sessions and the entries in
      its ring buffer. Apps that still send to it are refused. This cannot be undone.`,
    name: service.name,
    action: "Delete service",
    act: () => api.deleteService(service.id),
  });
}

/**
 * The items of a service's menu.
 * @param {Api} api
 * @param {Named} service
 * @param {{ renamed: () => void, deleted: () => void }} after
 * @returns {import("../ui/menu.js").Item[]}
 */
export function serviceMenu(api, service, { renamed, deleted }) {
  return [
    {
      label: "Rename…",
      icon: ICONS.edit,
      act: async () => {
        if (await renameService(api, service)) renamed();
      },
    },
    { rule: true },
    {
      label: "Delete…",
      icon: ICONS.trash,
      danger: true,
      act: async () => {
        if (await deleteService(api, service)) deleted();
      },
    },
  ];
}
