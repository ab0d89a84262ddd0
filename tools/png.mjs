/** Writes a PNG as small as it gets without changing a pixel: Chromium is in a hurry, a repository is not. */

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = 8;
const CHANNELS = { 2: 3, 6: 4 }; // by colour type: RGB, RGBA

/**
 * @param {Buffer} png of 8 bits a channel, RGB or RGBA, not interlaced: what screenshots are
 * @returns {Buffer}
 */
export function recompress(png) {
  const chunks = [...read(png)];
  const header = chunks.find(({ type }) => type === "IHDR").data;
  const channels = CHANNELS[header[9]];
  if (header[8] !== 8 || !channels || header[12] !== 0) throw new Error("not a PNG as screenshots are");
  const pixels = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data)));
  unfilter(pixels, header.readUInt32BE(0) * channels, channels);
  const data = deflateSync(pixels, { level: 9, memLevel: 9 });
  return Buffer.concat([
    png.subarray(0, SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** @param {Buffer} png */
function* read(png) {
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/**
 * Turns every line, in place, into one without a filter: text on flat ground is smallest so.
 * @param {Buffer} pixels lines of one filter byte and `width` bytes
 * @param {number} width
 * @param {number} step bytes of a pixel
 */
function unfilter(pixels, width, step) {
  for (let start = 0, above = -1; start < pixels.length; above = start, start += width + 1) {
    const filter = pixels[start];
    pixels[start] = 0;
    for (let i = 1; i <= width; i++) {
      const left = i > step ? pixels[start + i - step] : 0;
      const up = above >= 0 ? pixels[above + i] : 0;
      const corner = above >= 0 && i > step ? pixels[above + i - step] : 0;
      pixels[start + i] += [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
    }
  }
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
