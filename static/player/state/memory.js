/** Remembers small things in this browser, where it lets us: in sandboxed frames storage throws. */
export class Memory {
  #key

  /** @param {string} key */
  constructor(key) {
    this.#key = key
  }

  /** @returns {Record<string, any>} */
  read() {
    try {
      const value = JSON.parse(localStorage.getItem(this.#key) ?? '{}')
      return value && typeof value === 'object' ? value : {}
    } catch {
      return {}
    }
  }

  /** @param {Record<string, any>} value */
  write(value) {
    try {
      localStorage.setItem(this.#key, JSON.stringify(value))
    } catch {
      // Not allowed, or full: then this visit isn't remembered.
    }
  }
}
