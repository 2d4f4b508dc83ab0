/**
 * A colour that stems get, and its name for who can't see it.
 * @typedef {{color: string, name: string}} Hue
 */

/** The colours of stems as the server hands them to the page (sharing/palette.py): there is no second list of them. */
export class Palette {
  /** @type {Hue[]} */
  hues

  /** @param {string} json as the page carries it */
  constructor(json) {
    this.hues = JSON.parse(json)
  }

  /**
   * The colour that the fewest others have.
   * @param {string[]} taken
   */
  next(taken) {
    const counts = this.hues.map(({color}) => taken.filter((other) => other.toLowerCase() === color.toLowerCase()).length)
    return this.hues[counts.indexOf(Math.min(...counts))]?.color ?? '#7E848E'
  }
}
