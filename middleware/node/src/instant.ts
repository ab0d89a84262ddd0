let second = NaN;
let begin = "";

/** Epoch milliseconds as the text that toISOString() makes. Of those within one second, only the end is made anew. */
export function instant(at: number): string {
  const whole = Math.floor(at / 1000);
  if (whole !== second) {
    begin = new Date(whole * 1000).toISOString().slice(0, -"000Z".length);
    second = whole;
  }
  return `${begin}${String(Math.floor(at - whole * 1000)).padStart(3, "0")}Z`;
}
