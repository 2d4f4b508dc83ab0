/** @import {Manifest, ManifestStem} from './core/manifest-types.js' */

export {mountPlayer} from './index.js'

/**
 * @typedef {object} Draft a song that no server knows yet
 * @property {string} [title]
 * @property {boolean} [exclusive]
 * @property {(Partial<ManifestStem> & {id: string, name: string, url: string})[]} stems what is known of each, as a manifest
 *   would say it; `url` is a link, or `URL.createObjectURL(file)`: whoever made that one revokes it when the stem is gone
 */

/**
 * A manifest of stems that are no share yet, to be heard before they are. The page links player.css, and its policy allows
 * other hosts.
 *
 *     const player = mountPlayer(element, {manifest: draft({title, stems: [{id: 'bass', name: 'Bass', url}]})})
 *     player.update(draft({title, stems}))  // a name, the order or the stems have changed; what stays plays on
 *     player.on('stem', ({id, way, seconds, error}) => ...)  // what this browser found out about a link
 *     player.on('mix', () => player.mix.channel('bass'))  // {muted, soloed, volume, pan} as the listener has set them
 *     player.destroy()
 *
 * `way` is `stream`, `whole` (it has to be loaded whole) or `element` (it plays, but nobody may read it: no pan, may drift);
 * null while it isn't known, or where it can't be had at all: then `error` is `{code, message}`. Nothing is remembered.
 * @param {Draft} song
 * @returns {Manifest}
 */
export function draft({title = '', exclusive = false, stems}) {
  const plain = {color: '', muted: false, soloed: false, volume: 1, pan: 0, state: /** @type {const} */ ('ready'), error: null}
  return {
    id: '', title, url: '', embed_url: '', state: 'done', progress: 1, queue_position: null, seconds_left: null, error: null,
    sample_rate: null, frames: null, gain: 1, exclusive, revision: 0, attempt: 0,
    stems: stems.map((stem) => ({...plain, ...stem, kind: 'hosted'})),
  }
}
