/** Bytes of decoded sound that may be held without asking, of all stems that can't be streamed. */
const LIMIT = 300_000_000

/** Keeps count of what is decoded whole, so that a page with many long files doesn't fill a phone unasked. */
export class Budget {
  #limit
  /** @type {Map<string, number>} */
  #held = new Map()
  /** @type {Set<string>} */
  #granted = new Set()

  /** @param {number} [limit] bytes */
  constructor(limit = LIMIT) {
    this.#limit = limit
  }

  /**
   * @param {string} id
   * @param {number} bytes
   * @returns {boolean} whether it may be loaded
   */
  claim(id, bytes) {
    const others = [...this.#held].reduce((sum, [other, held]) => sum + (other === id ? 0 : held), 0)
    if (others + bytes > this.#limit && !this.#granted.has(id)) return false
    this.#held.set(id, bytes)
    return true
  }

  /** @param {string} id the listener has agreed */
  grant(id) {
    this.#granted.add(id)
  }

  /** @param {string} id */
  release(id) {
    this.#held.delete(id)
  }
}
