/** @import {Scope} from '../core/scope.js' */
/** @import {Manifest, ManifestStem} from '../core/manifest-types.js' */
/** @import {Session} from '../session.js' */
import {isHosted} from '../core/manifest.js'
import {renderMix} from '../engine/render.js'
import {showDialog} from './dialog.js'
import {el, tell} from './dom.js'
import {panelWords} from './panel-words.js'

/** Milliseconds after which a browser has certainly taken a file that it was handed; until then it holds memory. */
const LONG_ENOUGH = 60_000

/** @type {WeakMap<Session, MixFile>} */
const mixFiles = new WeakMap()

/**
 * Offers the stems as files, and the mix as it is heard.
 * @param {HTMLElement} host
 * @param {Scope} scope
 * @param {Manifest} manifest
 * @param {Session} session
 */
export function showDownloads(host, scope, manifest, session) {
  /** @param {Record<string, string>|undefined} files by format */
  const links = (files) =>
    Object.entries(files ?? {}).map(([format, href]) =>
      el('a', {className: 'pl-link', href, download: ''}, format.toUpperCase()),
    )
  const mix = mixFiles.get(session) ?? new MixFile(session, scope)
  mixFiles.set(session, mix)
  mix.name = `${manifest.title || manifest.id}.wav`
  const zip = links(manifest.zip)
  const rows = zip.length > 0 ? [el('dt', {}, panelWords.allStems), el('dd', {}, ...zip)] : []
  for (const stem of manifest.stems) {
    const files = isHosted(stem) ? [elsewhere(stem)] : links(stem.downloads)
    rows.push(el('dt', {}, stem.name), el('dd', {}, ...files))
  }
  const lost = manifest.stems.filter(({id}) => session.found(id)?.readable === false).map(({name}) => name)
  const missing = lost.length > 0 ? [el('p', {}, panelWords.notInMix(lost.join(', ')))] : []
  // A frame without an origin of its own is sandboxed; whether it may download, nobody tells it.
  const caged = globalThis.origin === 'null'
  const way = el('a', {href: manifest.url, target: '_blank', rel: 'noopener'}, manifest.url)
  const hint = caged ? [el('p', {}, panelWords.caged, ' ', way)] : []
  showDialog(host, scope, panelWords.download, el('dl', {}, ...rows), ...hint, ...missing, mix.save, mix.state)
}

/**
 * The mix on its way to a file: a button and how far it is, the same ones in each dialog. It is written on when the dialog
 * is closed, and handed over when it is done: whoever presses Escape to listen on loses nothing.
 */
class MixFile {
  name = ''
  save = el('button', {type: 'button', className: 'pl-button pl-wide'}, panelWords.saveMix)
  state = el('p', {role: 'status'})

  /**
   * @param {Session} session
   * @param {Scope} scope of the player
   */
  constructor(session, scope) {
    scope.listen(this.save, 'click', () => void this.#write(session, scope))
  }

  /**
   * @param {Session} session
   * @param {Scope} scope
   */
  async #write(session, scope) {
    this.save.disabled = true
    try {
      const progress = (/** @type {number} */ part) =>
        tell(this.state, panelWords.savingMix(Math.min(1, part)), String(Math.floor(part * 4)))
      const song = await session.song()
      if (!song.sources.length) throw new Error('the share is gone')
      const blob = await renderMix({...song, progress})
      tell(this.state, panelWords.savedMix, 'saved')
      hand(blob, this.name, scope)
    } catch {
      tell(this.state, panelWords.saveFailed, 'failed')
    }
    this.save.disabled = false
  }
}

/** @param {ManifestStem} stem whose file its host gives out, or doesn't; nothing of ours goes along */
function elsewhere({url = ''}) {
  if (!/^https?:/i.test(url)) return ''
  const link = el('a', {className: 'pl-link', href: url, target: '_blank', rel: 'noopener noreferrer'})
  link.append(link.host)
  return link
}

/**
 * Gives a file to the browser to keep.
 * @param {Blob} blob
 * @param {string} name
 * @param {Scope} scope
 */
function hand(blob, name, scope) {
  const href = URL.createObjectURL(blob)
  const release = scope.add(() => URL.revokeObjectURL(href))
  el('a', {href, download: name}).click()
  scope.timeout(release, LONG_ENOUGH)
}
