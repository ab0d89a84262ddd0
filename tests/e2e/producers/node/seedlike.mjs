/**
 * A producer as they are in the field: on the wire it does what the Express middleware does that users copied out of
 * the Spectrix document, faults and all, so that the server is held to them. Not for use in an application.
 *
 * - What is buffered goes as one POST: every `interval` ms, and with each further log once `maxBufferSize` is reached.
 * - Any answer but 2xx, and no answer, puts the batch back in front of the buffer: no limit, no pause, no Retry-After.
 * - Any number of POSTs may be on their way at once, and nothing ends one that gets no answer.
 * - Without a key it sends `Bearer undefined`.
 */

const API_BASE_URL = "http://localhost:4000/api/v1";

class Client {
  constructor({ apiKey, source, interval, maxBufferSize } = {}) {
    this.apiKey = apiKey;
    this.source = source || "node-app";
    this.interval = interval || 2000;
    this.maxBufferSize = maxBufferSize || 50;
    this.waiting = [];
    this.timer = setInterval(() => this.flush(), this.interval);
  }

  push(log) {
    this.waiting.push({ timestamp: new Date().toISOString(), source: this.source, ...log });
    if (this.waiting.length >= this.maxBufferSize) this.flush();
  }

  async flush() {
    if (!this.waiting.length) return;
    const logs = this.waiting.splice(0);
    try {
      const { ok, status } = await fetch(`${API_BASE_URL}/ingest/logs`, {
        method: "POST",
        headers: { Authorization: `Bearer ${this.apiKey}`, "Content-Type": "application/json" },
        body: JSON.stringify({ logs }),
      });
      if (!ok) throw new Error(`HTTP ${status}`);
    } catch (error) {
      console.error("not delivered:", error.message);
      this.waiting = [...logs, ...this.waiting];
    }
  }

  stop() {
    clearInterval(this.timer);
    this.flush();
  }
}

for (const level of ["info", "warn", "error", "debug"]) {
  Client.prototype[level] = function (message, metadata = {}) {
    this.push({ level, message, metadata });
  };
}

function levelOf(status) {
  if (status >= 500) return "error";
  return status >= 400 ? "warn" : "info";
}

export default function spectrix(options) {
  const client = new Client(options);

  function middleware(req, res, next) {
    const began = Date.now();
    res.on("finish", () => {
      const { method, originalUrl, ip, headers } = req;
      client.push({
        level: levelOf(res.statusCode),
        message: `${method} ${originalUrl}`,
        endpoint: originalUrl,
        method,
        statusCode: res.statusCode,
        metadata: { duration: Date.now() - began, ip, userAgent: headers["user-agent"] },
      });
    });
    next();
  }

  middleware.client = client;
  return middleware;
}
