/**
 * Owns everything that has to be given back: listeners, timers, observers, whole children.
 * Disposing twice is harmless, and what is added to a disposed scope is given back at once.
 */
export class Scope {
  /** @type {Set<() => void>} */
  #disposers = new Set()
  #controller = new AbortController()

  /** Aborted when the scope ends, for fetches and listeners. */
  get signal() {
    return this.#controller.signal
  }

  get disposed() {
    return this.#controller.signal.aborted
  }

  /**
   * @param {() => void} dispose called once, when the scope ends
   * @returns {() => void} gives it back now
   */
  add(dispose) {
    if (this.disposed) {
      dispose()
      return () => {}
    }
    this.#disposers.add(dispose)
    return () => {
      if (this.#disposers.delete(dispose)) dispose()
    }
  }

  /**
   * A scope that ends with this one, or earlier.
   * @param {number} [milliseconds] after which it ends at the latest
   */
  child(milliseconds) {
    const child = new Scope()
    const release = this.add(() => child.dispose())
    child.add(release)
    if (milliseconds) child.timeout(() => child.dispose(), milliseconds)
    return child
  }

  /**
   * @template {Event} E
   * @param {EventTarget} target
   * @param {string} type
   * @param {(event: E) => void} listener
   * @param {AddEventListenerOptions} [options]
   */
  listen(target, type, listener, options) {
    const handler = /** @type {EventListener} */ (listener)
    if (this.disposed) return () => {}
    target.addEventListener(type, handler, options)
    return this.add(() => target.removeEventListener(type, handler, options))
  }

  /**
   * @param {() => void} action
   * @param {number} milliseconds
   */
  timeout(action, milliseconds) {
    const id = setTimeout(() => {
      release()
      action()
    }, milliseconds)
    const release = this.add(() => clearTimeout(id))
    return release
  }

  /**
   * @param {() => void} action
   * @param {number} milliseconds
   */
  interval(action, milliseconds) {
    const id = setInterval(action, milliseconds)
    return this.add(() => clearInterval(id))
  }

  /**
   * Calls `action` before the next repaint.
   * @param {() => void} action
   */
  nextFrame(action) {
    const id = requestAnimationFrame(() => {
      release()
      action()
    })
    const release = this.add(() => cancelAnimationFrame(id))
    return release
  }

  dispose() {
    if (this.disposed) return
    this.#controller.abort()
    const disposers = [...this.#disposers].reverse()
    this.#disposers.clear()
    for (const dispose of disposers) dispose()
  }
}
