import {mediaType} from './files.js'
import {Problem, problemOf, unreachable} from './problem.js'
import {gettext} from './words.js'

/**
 * What the API answers to a new share.
 * @typedef {{id: string, url: string, embed_url: string, manage_url: string, edit_token: string, state: string}} Created
 */

/**
 * Send one song as it is. Rejects with a Problem (`aborted` when the signal said so).
 * XMLHttpRequest, since fetch can't tell how far an upload is.
 * @param {File} file
 * @param {{model: string, signal: AbortSignal, onSent: (bytes: number) => void}} options
 * @returns {Promise<Created>}
 */
export function upload(file, {model, signal, onSent}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const query = new URLSearchParams({filename: file.name})
    if (model) query.set('model', model)
    request.open('POST', `/api/shares/?${query}`)
    request.setRequestHeader('Content-Type', mediaType(file))
    request.setRequestHeader('Accept', 'application/json')
    request.responseType = 'json'
    request.upload.onprogress = (event) => onSent(event.loaded)
    request.onload = () => {
      if (request.status === 201) resolve(request.response)
      else reject(problemOf(request.status, request.response))
    }
    request.onerror = () => reject(unreachable())
    request.onabort = () => reject(new Problem('aborted', gettext('Stopped. Nothing of it was kept.')))
    signal.addEventListener('abort', () => request.abort(), {once: true})
    request.send(file)
  })
}
