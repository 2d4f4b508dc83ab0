/** Runs jobs one after another, so that the first song of many has its link soonest. */
export class Queue {
  /** @type {(() => Promise<void>)[]} */
  #waiting = []
  #busy = false

  /** Whether a job runs or waits. */
  get busy() {
    return this.#busy || this.#waiting.length > 0
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
    if (this.#busy) return
    const job = this.#waiting.shift()
    if (!job) return
    this.#busy = true
    try {
      await job()
    } finally {
      this.#busy = false
      void this.#next()
    }
  }
}
