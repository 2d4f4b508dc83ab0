/** @import {Scope} from '../core/scope.js' */
/** @import {Mix} from '../state/mix.js' */
/** @import {Manifest} from '../core/manifest-types.js' */
/** @import {Bar} from './bar.js' */
/** @import {SaveMix} from './downloads.js' */
import {canStretch} from '../engine/context.js'
import {showHelp} from './dialog.js'
import {showDownloads} from './downloads.js'
import {el} from './dom.js'
import {Menu} from './menu.js'
import {TempoPanel} from './tempo-panel.js'

export {copyText} from './dialog.js'
export {writeLink} from '../state/write-link.js'

/**
 * Loads the style sheet of the panels beside the player's own.
 * @param {HTMLElement} host
 * @returns {Promise<void>}
 */
export function loadStyle(host) {
  const href = new URL('../panels.css', import.meta.url).href
  return new Promise((resolve, reject) => {
    const link = el('link', {rel: 'stylesheet', href, onload: () => resolve(), onerror: () => reject(new Error(href))})
    host.append(link)
  })
}

/** What isn't needed to see and play: fetched when somebody opens it. */
export class Panels {
  #host
  #scope

  /**
   * @param {HTMLElement} host
   * @param {Bar} bar
   * @param {Mix} mix
   * @param {Scope} scope
   */
  constructor(host, bar, mix, scope) {
    this.#host = host
    this.#scope = scope
    this.menu = new Menu(bar.more, mix, scope)
    this.tempo = new TempoPanel(bar.speed, scope, canStretch())
    // Beside their openers, so that the Tab key comes to them next.
    bar.more.after(this.menu.element)
    bar.speed.after(this.tempo.element)
    this.menu.on('help', () => this.help())
  }

  /**
   * @param {Manifest} manifest
   * @param {SaveMix} saveMix
   */
  download(manifest, saveMix) {
    showDownloads(this.#host, this.#scope, manifest, saveMix)
  }

  help() {
    showHelp(this.#host, this.#scope)
  }
}
