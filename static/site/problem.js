import {gettext} from './words.js'

/** Something that did not work, in words for the person in front of it. */
export class Problem extends Error {
  /**
   * @param {string} code stable, for programs
   * @param {string} message
   * @param {number} [status] of the HTTP answer, 0 where there was none
   * @param {any} [detail] what the service says beside its sentence
   */
  constructor(code, message, status = 0, detail = null) {
    super(message)
    this.code = code
    this.status = status
    this.detail = detail
  }

  /** Somebody else changed the share meanwhile. */
  get overtaken() {
    return this.status === 412
  }

  /** The share is not there (any more). */
  get gone() {
    return [404, 410, 451].includes(this.status)
  }
}

/**
 * The problem that an answer tells of: the server's own sentence where it sent one.
 * @param {number} status
 * @param {unknown} body parsed JSON, or whatever came instead
 */
export function problemOf(status, body) {
  const {code, message, detail} = /** @type {{code?: unknown, message?: unknown, detail?: unknown}} */ (body ?? {})
  if (typeof code === 'string' && typeof message === 'string') return new Problem(code, message, status, detail)
  if (status === 413) return new Problem('too_large', gettext('This file is too large for this service.'), status)
  return new Problem('unexpected', gettext('The service gave an answer that makes no sense. Try again in a minute.'), status)
}

/** No answer came at all. */
export function unreachable() {
  return globalThis.navigator?.onLine === false
    ? new Problem('offline', gettext('You are offline. Connect, then try again.'))
    : new Problem('unreachable', gettext('The connection to this service broke. Try again.'))
}
