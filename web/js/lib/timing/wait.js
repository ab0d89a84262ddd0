/** A moment of rest. @param {number} milliseconds @returns {Promise<void>} */
export function wait(milliseconds) {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
