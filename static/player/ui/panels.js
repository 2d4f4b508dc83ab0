/** @import {Scope} from '../core/scope.js' */
/** @import {Mix} from '../state/mix.js' */
/** @import {Manifest} from '../core/manifest-types.js' */
/** @import {Player} from '../player.js' */
/** @import {Bar} from './bar.js' */
/** @import {Session} from '../session.js' */
import {canStretch} from '../engine/context.js'
import {writeLink} from '../state/write-link.js'
import {copyText, showHelp} from './dialog.js'
import {showDownloads} from './downloads.js'
import {Menu} from './menu.js'
import {panelWords} from './panel-words.js'
import {loadStyle} from './style.js'
import {TempoPanel} from './tempo-panel.js'

/**
 * @typedef {object} Listener what the panels see of the player that others don't, and what they tell it
 * @property {Session} session
 * @property {() => import('../state/write-link.js').Place} listening
 * @property {(tempo: {speed: number, pitch: number}) => void} setTempo
 * @property {() => void} saved another quality was chosen
 * @property {(notice: string) => void} tell
 */

/**
 * @param {Player} player
 * @param {Bar} bar
 * @param {Scope} scope
 * @param {Listener} listener
 */
export async function openPanels(player, bar, scope, {session, listening, setTempo, saved, tell}) {
  const {element: host, mix} = player
  await loadStyle(host, 'panels.css')
  const panels = new Panels(host, bar, mix, scope)
  panels.tempo.on('change', setTempo)
  panels.menu.on('quality', (quality) => {
    session.quality = quality
    saved()
  })
  panels.menu.on('download', () => {
    if (player.manifest) panels.download(player.manifest, session)
  })
  panels.menu.on('copy', async () => {
    const link = writeLink(player.manifest?.url ?? location.href, {...listening(), mix})
    if (await copyText(link, host, scope)) tell(panelWords.copied)
  })
  return panels
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
   * @param {Manifest|null} manifest
   * @param {Session} session
   */
  show(manifest, {tempo, quality}) {
    this.tempo.show(tempo)
    const choice = manifest?.stems.some(({renditions = {}}) => Object.keys(renditions).length > 1)
    this.menu.show(Boolean(choice), quality, Boolean(manifest?.downloads && manifest.state === 'done'), Boolean(manifest?.url))
  }

  /**
   * @param {Manifest} manifest
   * @param {Session} session
   */
  download(manifest, session) {
    showDownloads(this.#host, this.#scope, manifest, session)
  }

  help() {
    showHelp(this.#host, this.#scope)
  }
}
