import {ask} from '../api.js'

/** @typedef {import('./stem-list.js').Link} Link */
/** @typedef {import('../upload.js').Created} Created */

/**
 * What the server finds out about links, in their order.
 * @param {string[]} urls at most 32
 * @returns {Promise<Link[]>}
 */
export const checkLinks = async (urls) => (await ask('POST', '/api/links/', {body: {urls}})).links

/**
 * Names and colours for stems, as the server guesses them from files and links.
 * @param {{files: string[], taken: string[]}} body names of files and links; colours that the share has already
 * @returns {Promise<{name: string, color: string}[]>}
 */
export const guessNames = async (body) => (await ask('POST', '/api/names/', {body, signal: AbortSignal.timeout(2000)})).stems

/**
 * Make a share of stems that exist already.
 * @param {{title?: string, exclusive: boolean, stems: object[]}} body
 * @returns {Promise<Created>}
 */
export const makeShare = (body) => ask('POST', '/api/shares/', {body})
