export interface Received {
  readonly status: number;
  readonly retryAfter: string | null;
  /** As much of the body as came, up to a bound. */
  readonly body: string;
}

interface Head {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Of the body, in bytes; Infinity where it goes on until the connection ends. */
  readonly length: number;
  readonly chunked: boolean;
  readonly keepsOpen: boolean;
}

interface Body {
  /** As much as came. */
  readonly text: string;
  readonly isWhole: boolean;
}

const MAX_ANSWER = 65_536; // bytes
const LINE = "\r\n";
const HEAD_END = LINE + LINE;
const BEGIN = "HTTP/1.";

/** The answer to one POST, of HTTP/1.1, as its bytes come in. */
export class AnswerReader {
  #head: Head | undefined;
  #rest = ""; // what is not read yet, a character a byte

  /** @throws where that is no answer */
  add(bytes: Buffer): void {
    this.#rest += bytes.toString("latin1");
    while (this.#head === undefined) {
      const end = this.#rest.indexOf(HEAD_END);
      if (end < 0) {
        if (!this.#rest.startsWith(BEGIN.slice(0, this.#rest.length)) || this.#rest.length > MAX_ANSWER) throw noAnswer(this.#rest);
        return;
      }
      const head = headOf(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + HEAD_END.length);
      if (head.status >= 200) this.#head = head; // others only announce the answer
    }
  }

  /** What is known of it by now; undefined before its headers are through. */
  get received(): Received | undefined {
    if (this.#head === undefined) return undefined;
    const { status, retryAfter } = this.#head;
    return { status, retryAfter, body: Buffer.from(this.#body.text, "latin1").toString() };
  }

  /** Whether there is nothing to wait for. */
  get isOver(): boolean {
    return this.#head !== undefined && (this.#body.isWhole || this.#rest.length > MAX_ANSWER);
  }

  /** Whether the connection can take another request. */
  get keepsOpen(): boolean {
    const head = this.#head;
    if (head === undefined || !head.keepsOpen || !this.#body.isWhole) return false;
    return head.chunked || this.#rest.length === head.length;
  }

  get #body(): Body {
    const { length, chunked } = this.#head ?? { length: 0, chunked: false };
    if (chunked) return unchunked(this.#rest);
    return { text: this.#rest.slice(0, length), isWhole: this.#rest.length >= length };
  }
}

function headOf(text: string): Head {
  const [first = "", ...lines] = text.split(LINE);
  const [, minor, code] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? [];
  if (code === undefined) throw noAnswer(first);
  const headers = new Map(lines.map((line) => [line.split(":", 1)[0]?.toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  const status = Number(code);
  const length = headers.get("content-length");
  return {
    status,
    retryAfter: headers.get("retry-after") ?? null,
    length: status === 204 || status === 304 ? 0 : length !== undefined && /^\d+$/.test(length) ? Number(length) : Infinity,
    chunked: /\bchunked\b/i.test(headers.get("transfer-encoding") ?? ""),
    keepsOpen: minor === "1" && !/\bclose\b/i.test(headers.get("connection") ?? ""),
  };
}

function noAnswer(text: string): Error {
  return new Error(`what came is no answer of HTTP: ${JSON.stringify(text.slice(0, 80))}`);
}

/** What stands in the chunks that are there. */
function unchunked(raw: string): Body {
  let text = "";
  for (let at = 0; ; ) {
    const line = raw.indexOf(LINE, at);
    const size = line < 0 ? NaN : parseInt(raw.slice(at, line), 16);
    if (size === 0) return { text, isWhole: raw.endsWith(HEAD_END) };
    if (!(size > 0)) return { text, isWhole: false };
    at = line + LINE.length + size;
    text += raw.slice(line + LINE.length, at);
    if (at > raw.length) return { text, isWhole: false };
    at += LINE.length;
  }
}
