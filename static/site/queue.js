/** Runs jobs in their order: one after another, so that the first song of many has its link soonest, or a few at once. */
export class Queue {
  /** @type {(() => Promise<void>)[]} */
  #waiting = []
  #running = 0
  #atOnce

  /** @param {number} [atOnce] */
  constructor(atOnce = 1) {
    this.#atOnce = atOnce
  }

  /** Whether a job runs or waits. */
  get busy() {
    return this.#running + this.#waiting.length > 0
  }

  /**
   * @param {() => Promise<void>} job deals with its own failure
   * @returns {() => boolean} takes the job out of the queue; false once it has begun
   */
  add(job) {
    this.#waiting.push(job)
    void this.#next()
    return () => {
      const place = this.#waiting.indexOf(job)
      if (place >= 0) this.#waiting.splice(place, 1)
      return place >= 0
    }
  }

  async #next() {
    if (this.#running >= this.#atOnce) return
    const job = this.#waiting.shift()
    if (!job) return
    this.#running++
    try {
      await job()
    } finally {
      this.#running--
      void this.#next()
    }
  }
}
