import {whyNotLoaded as why} from '../player/core/older.js'
import {gettext} from './words.js'

/**
 * Why a part of this page could not be loaded.
 * @param {string} otherwise what to say where it was the connection
 */
export const whyNotLoaded = (otherwise) => why(otherwise, gettext('This service has a new release since this page was opened. Load the page again.'))
