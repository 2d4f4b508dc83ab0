/** @import {Manifest, ManifestStem, Rendition} from './core/manifest.js' */
/** @import {Scope} from './core/scope.js' */
/** @import {Quality} from './sources/rendition.js' */
/** @import {Mix} from './state/mix.js' */
import {createContext, createDecoder} from './engine/context.js'
import {Engine} from './engine/engine.js'
import {Fetcher} from './sources/fetcher.js'
import {KeptSource} from './sources/kept.js'
import {chooseRendition} from './sources/rendition.js'
import {Throughput} from './sources/throughput.js'

/** Frames of a segment where no rendition says it yet. */
const GRID = 176_400

/** Brings one share and the engine together: makes the engine when the song is known, and keeps its sources current. */
export class Session {
  #scope
  #mix
  #throughput = new Throughput()
  /** @type {Engine|null} */
  engine = null
  /** @type {Quality} */
  quality = 'auto'
  #createContext

  /**
   * @param {Scope} scope
   * @param {Mix} mix
   * @param {(rate: number) => AudioContext} [contextMaker]
   */
  constructor(scope, mix, contextMaker = createContext) {
    this.#scope = scope
    this.#mix = mix
    this.#createContext = contextMaker
    this.fetcher = new Fetcher(scope, this.#throughput)
    mix.on('change', () => this.engine?.setLevels(mix.levels))
  }

  /**
   * @param {Manifest} manifest
   * @returns {Engine|null} new when it wasn't there before; null while the song isn't known
   */
  update(manifest) {
    const {sample_rate: rate, frames} = manifest
    if (!rate || !frames) return null
    const known = this.engine
    const engine = known ?? new Engine({rate, frames, grid: gridOf(manifest), createContext: this.#createContext})
    if (!known) {
      this.engine = engine
      this.#scope.add(() => engine.dispose())
    }
    const decode = createDecoder(rate)
    const choose = (/** @type {Record<string, Rendition>} */ renditions) =>
      chooseRendition(renditions, this.quality, this.#throughput.bitsPerSecond, manifest.stems.length)
    const playable = manifest.stems.filter((stem) => stem.kind === 'kept' && stem.state !== 'failed')
    engine.setLevels(this.#mix.levels)
    engine.setSources(
      playable.map((stem) => {
        const version = String(manifest.attempt)
        return new KeptSource({stem, version, frames, fetcher: this.fetcher, decode, choose})
      }),
    )
    return known ? null : engine
  }
}

/** @param {Manifest} manifest */
function gridOf({stems}) {
  const rendition = stems.flatMap((stem) => Object.values(stem.renditions ?? {}))[0]
  return rendition?.segment_frames ?? GRID
}

/** @param {ManifestStem[]} stems whether the listener has a choice */
export const hasChoice = (stems) => stems.some((stem) => Object.keys(stem.renditions ?? {}).length > 1)
