/** @import {Scope} from '../core/scope.js' */
/** @import {Manifest, ManifestStem} from '../core/manifest-types.js' */
/** @import {Session} from '../session.js' */
import {isHosted} from '../core/manifest.js'
import {renderMix} from '../engine/render.js'
import {showDialog} from './dialog.js'
import {el, text} from './dom.js'
import {panelWords} from './panel-words.js'

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
  const save = el('button', {type: 'button', className: 'pl-button pl-wide'}, panelWords.saveMix)
  const state = el('p', {role: 'status'})
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
  const own = scope.child()
  own.listen(save, 'click', () => {
    save.disabled = true
    const progress = (/** @type {number} */ part) => text(state, panelWords.savingMix(Math.min(1, part)))
    session
      .song()
      .then((song) => renderMix({...song, progress}))
      .then((blob) => {
        text(state, panelWords.savedMix)
        hand(blob, `${manifest.title || manifest.id}.wav`, own)
      })
      .catch(() => text(state, panelWords.saveFailed))
      .finally(() => (save.disabled = false))
  })
  const dialog = showDialog(host, scope, panelWords.download, el('dl', {}, ...rows), ...hint, ...missing, save, state)
  own.listen(dialog, 'close', () => own.dispose())
}

/** @param {ManifestStem} stem whose file its host gives out, or doesn't; nothing of ours goes along */
function elsewhere({url = ''}) {
  const known = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  return known ? el('a', {className: 'pl-link', href: url, target: '_blank', rel: 'noopener noreferrer'}, new URL(url).host) : ''
}

/**
 * Gives a file to the browser to keep.
 * @param {Blob} blob
 * @param {string} name
 * @param {Scope} scope
 */
function hand(blob, name, scope) {
  const href = URL.createObjectURL(blob)
  scope.add(() => URL.revokeObjectURL(href))
  el('a', {href, download: name}).click()
}
