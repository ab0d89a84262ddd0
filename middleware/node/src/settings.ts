import type { Environment } from "./environment.js";

/** What an app may set; each has a default. */
export interface SpectrixOptions {
  /** The stream key. Default: SPECTRIX_API_KEY. */
  apiKey?: string | undefined;
  /** Where entries go, up to and with /api/v1. Default: SPECTRIX_URL, then http://localhost:4000/api/v1. */
  baseUrl?: string | undefined;
  /** The name of this app in its entries. Default: node-app. */
  source?: string | undefined;
  /** How long an entry may wait before it is sent, in milliseconds; 0 is not at all. Default: 2000. */
  interval?: number | undefined;
  /** How many entries are kept, at most, while they can't be sent; then the oldest go. Default: 10000. */
  maxBufferSize?: number | undefined;
  /** How long an answer may take, in milliseconds. Default: 5000. */
  timeout?: number | undefined;
  /** Keep the query of a request's URL, without secrets. Default: false. */
  queries?: boolean | undefined;
  /** Keep the address of whoever asked, as the framework has it. Default: false. */
  ip?: boolean | undefined;
  /** Further names whose values are secret, beside password, token, cookie and the like. */
  redact?: readonly string[] | undefined;
  /** Send what goes to console.log, info, warn, error and debug too. Default: false. */
  console?: boolean | undefined;
  /** Send uncaught errors, of requests and of the process. Default: true. */
  errors?: boolean | undefined;
}

/** Options, complete; times in milliseconds. */
export interface Settings {
  apiKey: string | undefined;
  baseUrl: string;
  source: string;
  interval: number;
  maxBufferSize: number;
  timeout: number;
  queries: boolean;
  ip: boolean;
  redact: readonly string[];
  console: boolean;
  errors: boolean;
}

/** What is given, else the environment, else the default. What makes no sense is said and left at its default. */
export function readSettings(
  options: SpectrixOptions,
  variables: NodeJS.ProcessEnv,
  environment: Environment,
): Settings {
  const number = (name: "interval" | "maxBufferSize" | "timeout", fallback: number): number => {
    const value: unknown = options[name] ?? fallback;
    if (typeof value === "number" && value >= 0 && value < 2 ** 31) return value;
    environment.writeLine(`spectrix: ${name} is to be a number from 0; going on with ${fallback}`);
    return fallback;
  };
  const text = (name: "apiKey" | "baseUrl" | "source", variable?: string): string | undefined => {
    const value: unknown = options[name] ?? (variable === undefined ? undefined : variables[variable]);
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    if (value !== undefined && value !== null && typeof value !== "string") {
      environment.writeLine(`spectrix: ${name} is to be a text; going on without it`);
    }
    return undefined;
  };
  return {
    apiKey: text("apiKey", "SPECTRIX_API_KEY"),
    baseUrl: (text("baseUrl", "SPECTRIX_URL") ?? "http://localhost:4000/api/v1").replace(/\/+$/, ""),
    source: text("source") ?? "node-app",
    interval: number("interval", 2000),
    maxBufferSize: number("maxBufferSize", 10_000),
    timeout: number("timeout", 5000),
    queries: options.queries ?? false,
    ip: options.ip ?? false,
    redact: Array.isArray(options.redact) ? options.redact.map(String) : [],
    console: options.console ?? false,
    errors: options.errors ?? true,
  };
}
