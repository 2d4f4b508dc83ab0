import {size} from './format.js'
import {gettext, interpolate} from './words.js'

const KNOWN = /\.(mp3|wav|wave|flac|m4a|m4b|mp4|aac|ogg|oga|opus|aif|aiff|aifc)$/i

/**
 * What is wrong with a file, as far as that can be known before sending it. The server has the last word.
 * @param {{name: string, type: string, size: number}} file
 * @param {number} maxBytes
 * @returns {string|null} a sentence for the person who chose it
 */
export function refusal(file, maxBytes) {
  if (file.size === 0) return gettext('This file is empty, or it is a folder. Choose the song itself.')
  if (file.size > maxBytes) {
    return interpolate(gettext('This file has %(size)s; at most %(most)s are taken here. A FLAC or MP3 of the song is smaller.'), {
      size: size(file.size),
      most: size(maxBytes),
    })
  }
  const kind = file.type.split('/')[0] ?? ''
  if (!KNOWN.test(file.name) && kind !== '' && !['audio', 'video', 'application'].includes(kind)) {
    return gettext('This is not a kind of sound we can read. Use MP3, WAV, FLAC, M4A, AAC, Ogg, Opus or AIFF.')
  }
  return null
}

/**
 * The media type to send a song as: the API takes `audio/*` as a raw body, and looks at the bytes itself.
 * @param {{type: string}} file
 */
export const mediaType = (file) => (file.type.startsWith('audio/') ? file.type : 'audio/x-unknown')
