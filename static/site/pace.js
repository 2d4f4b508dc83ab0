const WINDOW = 6000 // milliseconds that count: long enough to be steady, short enough to notice a change

/** Tells how long an upload will still take, from its pace in the last seconds. */
export class Pace {
  /** @type {{at: number, bytes: number}[]} */
  #marks = []

  /**
   * @param {number} bytes sent so far
   * @param {number} at milliseconds of a clock that only runs forward
   */
  mark(bytes, at) {
    this.#marks.push({at, bytes})
    while (this.#marks.length > 2 && at - (this.#marks[1]?.at ?? at) > WINDOW) this.#marks.shift()
  }

  /**
   * @param {number} total bytes
   * @returns {number|null} seconds, or null while nobody can tell
   */
  secondsLeft(total) {
    const first = this.#marks[0]
    const last = this.#marks.at(-1)
    if (!first || !last || last.at - first.at < 500 || last.bytes <= first.bytes) return null
    return ((total - last.bytes) * (last.at - first.at)) / (last.bytes - first.bytes) / 1000
  }
}
