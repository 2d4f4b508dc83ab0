/** @import {Scope} from '../core/scope.js' */
/** @import {Manifest} from '../core/manifest-types.js' */
import {showDialog} from './dialog.js'
import {el, text} from './dom.js'
import {panelWords} from './panel-words.js'

/** @typedef {(progress: (part: number) => void) => Promise<Blob>} SaveMix */

/**
 * Offers the stems as files, and the mix as it is heard.
 * @param {HTMLElement} host
 * @param {Scope} scope
 * @param {Manifest} manifest
 * @param {SaveMix} saveMix
 */
export function showDownloads(host, scope, manifest, saveMix) {
  /** @param {Record<string, string>|undefined} files by format */
  const links = (files) =>
    Object.entries(files ?? {}).map(([format, href]) =>
      el('a', {className: 'pl-link', href, download: ''}, format.toUpperCase()),
    )
  const save = el('button', {type: 'button', className: 'pl-button pl-wide'}, panelWords.saveMix)
  const state = el('p', {role: 'status'})
  const rows = [el('dt', {}, panelWords.allStems), el('dd', {}, ...links(manifest.zip))]
  for (const stem of manifest.stems) rows.push(el('dt', {}, stem.name), el('dd', {}, ...links(stem.downloads)))
  // A frame without an origin of its own is sandboxed; whether it may download, nobody tells it.
  const caged = globalThis.origin === 'null'
  const way = el('a', {href: manifest.url, target: '_blank', rel: 'noopener'}, manifest.url)
  const hint = caged ? [el('p', {}, panelWords.caged, ' ', way)] : []
  const own = scope.child()
  own.listen(save, 'click', () => {
    save.disabled = true
    saveMix((part) => text(state, panelWords.savingMix(Math.min(1, part))))
      .then((blob) => {
        text(state, panelWords.savedMix)
        hand(blob, `${manifest.title || manifest.id}.wav`, own)
      })
      .catch(() => text(state, panelWords.saveFailed))
      .finally(() => (save.disabled = false))
  })
  const dialog = showDialog(host, scope, panelWords.download, el('dl', {}, ...rows), ...hint, save, state)
  own.listen(dialog, 'close', () => own.dispose())
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
