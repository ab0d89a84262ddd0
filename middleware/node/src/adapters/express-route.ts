/** Express's app, as far as it tells where a router is mounted. */
export interface ExpressApp {
  use?: (handler: never) => unknown;
  /** Express 4's, whose `router` throws, */
  _router?: Router;
  /** and Express 5's. */
  router?: Router;
  parent?: ExpressApp;
  mountpath?: unknown;
}

interface Router {
  stack: Layer[];
}

interface Match {
  path?: string | undefined;
  params?: Record<string, unknown> | undefined;
}

/** Where `match` is but true, the layer itself has what matched. */
interface Layer extends Match {
  route?: object;
  handle: Partial<Router>;
  match(path: string): boolean | Match;
}

/** What leads to a route, and the whole template of it. */
interface Mounted {
  readonly template: string;
  readonly fits: RegExp;
}

const MOST_MOUNTS = 50; // of one route
const MOST_DEPTH = 16; // of routers in one another

const known = new WeakMap<object, Mounted[]>();

/** The template of a route for a request to `path`, which may have a query, where `templateOf` has found it before. */
export function knownTemplate(route: object, path: string): string | undefined {
  for (const { template, fits } of known.get(route) ?? []) if (fits.test(path)) return template;
  return undefined;
}

/**
 * The template of a route: its own, behind where its router is mounted, such as /tenants/:tenant/orders/:id for a
 * request to /tenants/acme/orders/7. Express forgets where that was, and that it had been there at all when an error
 * comes up: so it is asked anew, once a template.
 *
 * @param own the route's own
 * @param path of the request, without its query
 * @returns undefined where that can't be found out
 */
export function templateOf(app: ExpressApp | undefined, route: object, own: string, path: string): string | undefined {
  const found = known.get(route) ?? [];
  if (found.length >= MOST_MOUNTS || app === undefined) return undefined;
  const mount = mountedAt(app, route, path);
  if (mount === undefined) return undefined;
  const pattern = mount.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\/:[^/]+/g, "/[^/?]+");
  const template = mount + own;
  known.set(route, [...found, { template, fits: new RegExp(`^${pattern}(?=[/?]|$)`, "i") }]);
  return template;
}

function mountedAt(app: ExpressApp, route: object, path: string): string | undefined {
  let before = "";
  for (let each = app; each.parent !== undefined; each = each.parent) {
    if (typeof each.mountpath !== "string") return undefined;
    if (each.mountpath !== "/") before = each.mountpath + before;
  }
  const segments = before === "" ? 0 : before.split("/").length - 1;
  const rest = path.split("/").slice(segments + 1);
  const found = below(app._router ?? app.router, route, `/${rest.join("/")}`, 0);
  return found === undefined ? undefined : before + found;
}

function below(router: Partial<Router> | undefined, route: object, path: string, depth: number): string | undefined {
  for (const layer of router?.stack ?? []) {
    if (layer.route === route) return "";
    if (layer.route !== undefined || layer.handle?.stack === undefined || depth > MOST_DEPTH) continue;
    const matched = matching(layer, path);
    if (matched === undefined) continue;
    const found = below(layer.handle, route, path.slice(matched.text.length) || "/", depth + 1);
    if (found !== undefined) return matched.template + found;
  }
  return undefined;
}

/** How a layer matches the begin of a path. It is left as it was: a request may be on its way through it. */
function matching(layer: Layer, path: string): { text: string; template: string } | undefined {
  const { path: before, params: paramsBefore } = layer;
  try {
    const matched = matchOf(layer, path);
    if (matched === undefined) return undefined;
    const text = (matched.path ?? "").replace(/\/$/, "");
    const segments = text.split("/");
    const template = [...segments];
    for (const [name, value] of Object.entries(matched.params ?? {})) {
      const at = segments.findIndex((segment, index) => {
        return decoded(segment) === value && isParameter(layer, segments, index, name);
      });
      if (at !== -1) template[at] = `:${name}`;
    }
    return { text, template: template.join("/") };
  } finally {
    layer.path = before;
    layer.params = paramsBefore;
  }
}

function matchOf(layer: Layer, path: string): Match | undefined {
  const matched = layer.match(path);
  if (typeof matched === "object") return matched;
  return matched ? { path: layer.path, params: layer.params } : undefined;
}

/** Whether it is this segment that has the parameter: then the parameter is what one puts there. */
function isParameter(layer: Layer, segments: readonly string[], index: number, name: string): boolean {
  const value = segments[index] as string;
  if (segments.filter((segment) => segment === value).length === 1) return true;
  const probe = /^\d+$/.test(value) ? `${value}0` : `${value}x`;
  const probed = segments.map((each, at) => (at === index ? probe : each)).join("/");
  return matchOf(layer, probed)?.params?.[name] === probe;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
