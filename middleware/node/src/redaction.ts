/** What must not leave the app: secrets in texts, in URLs, and in members with a telling name. */

const REDACTED = "[redacted]";
const SECRET_ENDING = new RegExp(
  "(password|passwd|passphrase|pwd|secret|token|" +
    "apikey|accesskey|secretkey|privatekey|signingkey|encryptionkey|authorization|cookie|credentials?)$",
);
const SECRET_NAMES = "auth cookies jwt sid sessionid otp cvv cvc ssn cardnumber creditcard".split(" ");
const SECRET_PARAMETERS = ["code", "key", "sig", "signature", "ticket", "assertion"];

/** Texts without any of these hold nothing that the patterns below would find; most have none. */
const SUSPICIOUS = /spx_v1_live_|bearer|basic|eyJ|:\/\/|=|" *:/i;
const STREAM_KEY = /\bspx_v1_live_[0-9A-Za-z]+/g;
const CREDENTIALS = /\b(bearer|basic)[ \t]+(?=[A-Za-z.~+/-]*[0-9_=])[A-Za-z0-9._~+/=-]{8,}/gi;
// Within a longer word, where it may begin at any hyphen, its first part is bounded: or one text could take long.
const WEB_TOKEN = /(?:(?<![\w-])eyJ[\w-]{5,}|\beyJ[\w-]{5,512})\.[\w-]+\.[\w-]*/g;
const URL_USER = /:\/\/[^\s/?#@:]*:[^\s/?#@]+@/g;
const PAIR = /(^|[?&;,\s])([A-Za-z0-9_.%-]{1,64})=([^&#;,\s"']+)/g;
const JSON_PAIR = /"([^"\\]{1,64})"( *: *)"(?:[^"\\]|\\.)+"/g;

/** Knows secrets by usual names and by `further` ones, in any case and however joined, and by their shape. */
export class Redaction {
  readonly #further: Set<string>;
  readonly #known = new Map<string, boolean>();

  constructor(further: readonly string[] = []) {
    this.#further = new Set(further.map(plainName));
  }

  /** Whether a member of this name is a secret. */
  isSecretName(name: string): boolean {
    let secret = this.#known.get(name);
    if (secret === undefined) {
      const plain = plainName(name);
      secret = SECRET_ENDING.test(plain) || SECRET_NAMES.includes(plain) || this.#further.has(plain);
      if (this.#known.size < 1000 && name.length <= 64) this.#known.set(name, secret);
    }
    return secret;
  }

  /** Whether a URL's parameter of this name, as it stands there, is a secret. */
  isSecretParameter(name: string): boolean {
    const decoded = unescaped(name);
    return this.isSecretName(decoded) || SECRET_PARAMETERS.includes(plainName(decoded));
  }

  /** Stands for the value of a secret member; null, booleans and the empty text tell nothing and stay. */
  redactMember(value: unknown): unknown {
    return value === null || value === "" || typeof value === "boolean" ? value : REDACTED;
  }

  redactText(text: string): string {
    if (!SUSPICIOUS.test(text)) return text;
    return text
      .replace(STREAM_KEY, REDACTED)
      .replace(CREDENTIALS, `$1 ${REDACTED}`)
      .replace(WEB_TOKEN, REDACTED)
      .replace(URL_USER, `://${REDACTED}@`)
      .replace(PAIR, (whole, before: string, name: string) => {
        const secret = before === "?" || before === "&" ? this.isSecretParameter(name) : this.isSecretName(name);
        return secret ? `${before}${name}=${REDACTED}` : whole;
      })
      .replace(JSON_PAIR, (whole, name: string, colon: string) =>
        this.isSecretName(name) ? `"${name}"${colon}"${REDACTED}"` : whole,
      );
  }

  /** A URL as it may be kept: without its query unless that is wanted, and never with a secret or beyond 2 KiB. */
  redactUrl(url: string, queries: boolean): string {
    const end = url.search(queries ? /#/ : /[?#]/);
    let kept = end < 0 ? url : url.slice(0, end);
    const query = kept.indexOf("?");
    if (query >= 0) {
      const parameters = kept.slice(query + 1, query + 1 + 4096).split("&");
      kept = `${kept.slice(0, query)}?${parameters.map((pair) => this.#parameter(pair)).join("&")}`;
    }
    return cut(this.redactText(kept), 2048) || "/";
  }

  #parameter(pair: string): string {
    const equals = pair.indexOf("=");
    if (equals < 0 || equals === pair.length - 1) return pair;
    const name = pair.slice(0, equals);
    return this.isSecretParameter(name) ? `${name}=${REDACTED}` : pair;
  }
}

/** The text as it is where it has at most so many bytes of UTF-8, else its beginning, cut at a character. */
export function cut(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes + 1));
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a stray % is a name like any other
  }
}
