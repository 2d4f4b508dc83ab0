import {one, say} from '../dom.js'
import {whyNotLoaded} from '../older.js'
import {gettext} from '../words.js'
import {settingsOf} from './stem-list.js'

/** @typedef {import('./stem-list.js').Row} Row */
/** @typedef {import('../../player/player.js').Player} Player */

/** The player, playing stems that are no share yet: files from where they were chosen, links from their hosts. */
export class Preview {
  #button = one(document, '#listen', HTMLButtonElement)
  #place = one(document, '#preview', HTMLElement)
  /** @type {typeof import('../../player/draft.js')|null} */
  #module = null
  /** @type {Player|null} */
  #player = null
  /** @type {Map<File, string>} addresses of files in this page */
  #addresses = new Map()
  #due = false
  #telling = false // the player is told something, and says what it just heard
  #list
  #title

  /**
   * @param {import('./stem-list.js').StemList} list
   * @param {() => string} title
   */
  constructor(list, title) {
    this.#list = list
    this.#title = title
    this.#button.addEventListener('click', () => void (this.#place.hidden ? this.#open() : this.close()))
    list.on('change', () => this.#soon())
  }

  close() {
    this.#player?.destroy()
    this.#player = null
    this.#revoke(new Set())
    this.#place.hidden = true
    this.#button.setAttribute('aria-expanded', 'false')
    this.#button.textContent = gettext('Listen first')
  }

  async #open() {
    this.#place.hidden = false
    this.#button.setAttribute('aria-expanded', 'true')
    this.#button.textContent = gettext('Close the player')
    try {
      this.#module ??= await import('../../player/draft.js')
      await style()
    } catch {
      this.#place.textContent = await whyNotLoaded(gettext('The player could not be loaded. Check the connection, then try again.'))
      return say(this.#place.textContent)
    }
    if (this.#place.hidden || this.#player) return
    const player = this.#module.mountPlayer(this.#place, {manifest: this.#draft(this.#module)})
    this.#player = player
    // What is mixed here is how the share will start.
    player.on('mix', () => {
      if (this.#telling) return
      for (const {id, ...channel} of player.mix.channels) {
        const row = this.#list.row(id)
        if (row && differs(row, channel)) this.#list.set(id, channel)
      }
    })
  }

  /** Many changes in a row are one for the player. */
  #soon() {
    if (this.#due || !this.#player) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      if (this.#player && this.#module) this.#update(this.#player, this.#module)
    })
  }

  /**
   * @param {Player} player
   * @param {typeof import('../../player/draft.js')} module
   */
  #update(player, module) {
    this.#telling = true
    player.update(this.#draft(module))
    if (player.mix.exclusive !== this.#list.exclusive) player.mix.setExclusive(this.#list.exclusive)
    for (const row of this.#list.rows) {
      const {muted, soloed, volume, pan} = row
      const channel = player.mix.channel(row.key)
      if (channel && differs(row, channel)) player.mix.set(row.key, {muted, soloed, volume, pan})
    }
    this.#telling = false
  }

  /** @param {typeof import('../../player/draft.js')} module */
  #draft({draft}) {
    const {rows} = this.#list
    this.#revoke(new Set(rows.flatMap(({sound}) => (sound.kind === 'file' ? [sound.file] : []))))
    const stems = rows.flatMap((row) => {
      const sound = this.#sound(row)
      return sound ? [{id: row.key, ...settingsOf(row), ...sound}] : []
    })
    return draft({title: this.#title() || gettext('Untitled'), exclusive: this.#list.exclusive, stems})
  }

  /** @param {Row} row */
  #sound({sound}) {
    if (sound.kind === 'link') {
      const {found, reading} = sound
      if (!found?.url || (found.problem && !reading)) return null
      return {url: found.url, original_url: sound.original, seconds: found.seconds, size: found.size, cors: found.cors, range: found.range}
    }
    if (sound.kind !== 'file' || sound.state === 'failed') return null
    const url = this.#addresses.get(sound.file) ?? URL.createObjectURL(sound.file)
    this.#addresses.set(sound.file, url)
    return {url, seconds: sound.seconds, size: sound.file.size}
  }

  /** @param {Set<File>} staying */
  #revoke(staying) {
    for (const [file, address] of this.#addresses) {
      if (staying.has(file)) continue
      URL.revokeObjectURL(address)
      this.#addresses.delete(file)
    }
  }
}

/**
 * @param {import('./stem-list.js').Settings} row
 * @param {{muted: boolean, soloed: boolean, volume: number, pan: number}} channel
 */
const differs = (row, channel) =>
  row.muted !== channel.muted || row.soloed !== channel.soloed || row.volume !== channel.volume || row.pan !== channel.pan

/** The player's style, unless the page has it already. */
async function style() {
  const {href} = new URL('../../player/player.css', import.meta.url)
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return
  const link = Object.assign(document.createElement('link'), {rel: 'stylesheet', href})
  const loaded = new Promise((resolve, reject) => {
    link.addEventListener('load', resolve)
    link.addEventListener('error', reject)
  })
  document.head.append(link)
  await loaded
}
