/** @import {Manifest} from './core/manifest-types.js' */

/**
 * @typedef {object} Options
 * @property {string} [manifestUrl] of a share, which is followed
 * @property {Manifest} [manifest] instead, of a draft
 * @property {string} [storageKey] under which this browser remembers how somebody listens
 * @property {(rate: number) => AudioContext} [createContext]
 * @property {boolean} [saysState] whether the player says how far the separation is; false where the page does
 */

export {}
