/** @import {Manifest, Rendition} from '../core/manifest-types.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {Quality} from './rendition.js' */
/** @import {Source} from './source.js' */
import {isHosted, livingStems} from '../core/manifest.js'
import {Fetcher} from './fetcher.js'
import {createDecoder, KeptSource} from './kept.js'
import {chooseRendition} from './rendition.js'
import {connection, Throughput} from './throughput.js'

/** Frames of a segment where no rendition says it yet. */
const GRID = 176_400

/**
 * Makes the sources of the kept stems of a share, for one manifest after the other. They share one line, and what is known of it.
 * @param {Scope} scope
 * @param {number} rate
 * @param {() => Quality} quality that the listener wants
 * @param {(up: boolean) => void} onLine the line is down, perhaps, or up again
 * @returns {(manifest: Manifest) => Source[]}
 */
export function sourceMaker(scope, rate, quality, onLine) {
  const throughput = new Throughput()
  const fetcher = new Fetcher(scope, throughput, onLine)
  const decode = createDecoder(rate)
  return ({frames, attempt, stems}) => {
    const choose = (/** @type {Record<string, Rendition>} */ renditions) => {
      const wanted = quality() === 'auto' && connection().saveData ? 'small' : quality()
      return chooseRendition(renditions, wanted, throughput.bitsPerSecond, stems.length)
    }
    return livingStems(stems)
      .filter((stem) => !isHosted(stem))
      .map((stem) => new KeptSource({stem, version: String(stem.attempt ?? attempt), frames: Number(frames), rate, fetcher, decode, choose}))
  }
}

/** @param {Manifest} manifest */
export function gridOf({stems}) {
  const rendition = stems.flatMap((stem) => Object.values(stem.renditions ?? {}))[0]
  return rendition?.segment_frames ?? GRID
}
