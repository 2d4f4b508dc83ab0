import {problemOf, unreachable} from './problem.js'

/** @typedef {import('../player/core/manifest.js').Manifest} Manifest */

/**
 * Ask the API something. Rejects with a Problem.
 * @param {string} method
 * @param {string} path
 * @param {{token?: string, revision?: number, body?: unknown, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} the parsed answer, null where it has none
 */
export async function ask(method, path, {token, revision, body, signal} = {}) {
  /** @type {Record<string, string>} */
  const headers = {Accept: 'application/json'}
  if (token) headers.Authorization = `Bearer ${token}`
  if (revision !== undefined) headers['If-Match'] = `"${revision}"`
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const response = await fetch(path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    cache: 'no-cache',
    signal: signal ?? null,
  }).catch(() => {
    throw unreachable()
  })
  const answer = await response.json().catch(() => null)
  if (!response.ok) throw problemOf(response.status, answer)
  return answer
}

/** @param {string} id */
const path = (id) => `/api/shares/${id}/`

/**
 * How a share stands; with its edit token not a moment ago, but now.
 * @param {string} id
 * @param {string} [token]
 * @returns {Promise<Manifest>}
 */
export const read = (id, token) => ask('GET', path(id), token ? {token} : {})

/**
 * Whether a token is a share's: asked by a change that says of no revision, which strangers are told first that they
 * are, and which changes nothing. Rejects where that can't be known.
 * @param {string} id
 * @param {string} token
 * @returns {Promise<boolean>}
 */
export async function owns(id, token) {
  const {status} = await ask('PATCH', path(id), {token, body: {}}).catch((problem) => problem)
  if (![401, 403, 428].includes(status)) throw unreachable()
  return status === 428
}

/**
 * Change a share, whatever else was changed meanwhile.
 * @param {string} id
 * @param {string} token
 * @param {{title?: string, downloads?: boolean}} change
 * @returns {Promise<Manifest>}
 */
export async function edit(id, token, change) {
  const {revision} = await read(id, token)
  return editAt(id, token, revision, change)
}

/**
 * Change a share as it was at a revision; an `overtaken` Problem when it has another one by now.
 * @param {string} id
 * @param {string} token
 * @param {number} revision
 * @param {object} change
 * @returns {Promise<Manifest>}
 */
export const editAt = (id, token, revision, change) => ask('PATCH', path(id), {token, revision, body: change})

/**
 * Add stems to a share, as `editAt` changes it.
 * @param {string} id
 * @param {string} token
 * @param {number} revision
 * @param {object[]} stems
 * @returns {Promise<Manifest>}
 */
export const addStems = (id, token, revision, stems) => ask('POST', `${path(id)}stems/`, {token, revision, body: {stems}})

/**
 * Look at all links of a share again.
 * @param {string} id
 * @param {string} token
 * @returns {Promise<Manifest>}
 */
export const checkAgain = (id, token) => ask('POST', `${path(id)}check/`, {token})

/**
 * @param {string} id
 * @param {string} token
 */
export const cancel = (id, token) => ask('POST', `${path(id)}cancel/`, {token})

/**
 * Delete a share. One that is gone already is what was wanted.
 * @param {string} id
 * @param {string} token
 */
export async function remove(id, token) {
  await ask('DELETE', path(id), {token}).catch((problem) => {
    if (!problem.gone) throw problem
  })
}
