/**
 * Plays the engine over an OfflineAudioContext: minutes in seconds, and every sample of the output in hand.
 * Everything but the context and its clock is what the player uses.
 */
import {Scope} from '/static/player/core/scope.js'
import {Bank} from '/static/player/engine/bank.js'
import {Deck} from '/static/player/engine/deck.js'
import {Transport} from '/static/player/engine/transport.js'
import {lag} from '/tests/lag.js'
import {rateOf} from '/static/player/core/manifest.js'
import {Fetcher} from '/static/player/sources/fetcher.js'
import {HostedStems} from '/static/player/sources/hosted/stems.js'
import {createDecoder, KeptSource} from '/static/player/sources/kept.js'
import {gridOf} from '/static/player/sources/of-share.js'
import {Throughput} from '/static/player/sources/throughput.js'
import {Mix} from '/static/player/state/mix.js'

const TICK = 0.25
const MARGIN = 441

/**
 * @param {{at: number, what: string, with?: any}[]} commands in order of time, seconds
 * @param {number} seconds
 */
export async function perform(commands, seconds) {
  const manifest = await (await fetch('/api/shares/AbCdEfGhJkL/')).json()
  const rate = rateOf(manifest)
  const context = new OfflineAudioContext(2, seconds * rate, rate)
  const scope = new Scope()
  const bank = new Bank()
  const grid = gridOf(manifest)
  const hosted = new HostedStems(scope, rate, grid)
  hosted.sync(manifest.stems)
  await hosted.whole()
  manifest.frames = hosted.lengthOf(manifest, null)
  const transport = new Transport({bank, frames: manifest.frames, rate, grid})
  const clock = {now: () => Math.round(context.currentTime * rate), running: true, margin: MARGIN}
  const deck = new Deck({context, clock, bank, grid})
  const mix = new Mix()
  mix.sync(manifest.stems, manifest.gain)
  deck.mixer.apply(mix.levels, 0)
  const fetcher = new Fetcher(scope, new Throughput())
  const decode = createDecoder(rate)
  let wanted = ''
  const choose = (renditions) => (renditions[wanted] ? wanted : (Object.keys(renditions)[0] ?? null))
  const kept = manifest.stems.filter((stem) => stem.kind === 'kept')
  const sources = kept.map((stem) => new KeptSource({stem, version: '1', frames: manifest.frames, rate, fetcher, decode, choose}))
  bank.setSources([...sources, ...hosted.all])
  transport.attach(deck)
  const runs = []
  const changes = []
  let mostHeld = 0
  let run = null
  let early = 0
  const note = () => {
    if (transport.run && transport.run !== run) {
      runs.push(transport.run)
      if (!bank.ready(Math.floor(transport.run.from / grid))) early += 1
    }
    run = transport.run
    mostHeld = Math.max(mostHeld, bank.held)
  }
  const settled = async () => {
    for (;;) {
      transport.pass()
      note()
      if (bank.loading === 0) return
      await new Promise((resolve) => {
        const off = bank.on('change', () => resolve(off()))
      })
    }
  }
  const actions = {
    play: () => transport.play(),
    pause: () => transport.pause(),
    seek: (time) => transport.seek(Math.round(time * rate)),
    loop: (loop) => transport.setLoop(loop && {from: Math.round(loop[0] * rate), to: Math.round(loop[1] * rate)}),
    rendition: (name) => (wanted = name),
    speed: (speed) => transport.setSpeed(speed),
    mix: ([id, change]) => {
      mix.set(id, change)
      deck.mixer.apply(mix.levels, clock.now() + MARGIN)
    },
  }
  const act = async (due) => {
    for (const command of due) {
      actions[command.what](command.with)
      changes.push({frame: clock.now(), what: command.what, levels: structuredClone(mix.levels)})
      note()
    }
    await settled()
    deck.mixer.rest(clock.now())
  }
  const times = new Set([...commands.map((command) => command.at)])
  for (let time = TICK; time < seconds; time += TICK) times.add(time)
  const ordered = [...times].map((time) => Math.ceil((time * rate) / 128) * 128).sort((a, b) => a - b)
  let done = 0
  for (const frame of new Set(ordered)) {
    if (frame === 0 || frame >= context.length) continue
    void context.suspend(frame / rate).then(async () => {
      const due = commands.slice(done).filter((command) => command.at * rate <= frame)
      done += due.length
      await act(due)
      void context.resume()
    })
  }
  const first = commands.filter((command) => command.at === 0)
  done = first.length
  await act(first)
  const rendered = await context.startRendering()
  const output = [rendered.getChannelData(0), rendered.getChannelData(1)]
  const ways = Object.fromEntries(hosted.all.map((source) => [source.id, source.findings.way]))
  const errors = hosted.all.map((source) => source.error?.message).filter(Boolean)
  scope.dispose()
  return {output, runs, changes, manifest, rate, grid, ways, errors, transport, mostHeld, early, voices: deck.scheduler.voices}
}

/** The stems as they went into their files: per stem a list of channels of integers. */
async function originals(manifest) {
  const sounds = {}
  for (const {id, frames: own} of manifest.stems) {
    const samples = new Int16Array(await (await fetch(`/pcm/${id}`)).arrayBuffer())
    const channels = own ? samples.length / own : 2
    const frames = samples.length / channels
    sounds[id] = Array.from({length: channels}, (_, channel) => samples.subarray(channel * frames, (channel + 1) * frames))
  }
  return sounds
}

/**
 * Compares what was heard with the stems, sample by sample, except until 30 ms after it began.
 * Chromium decodes positive 16 bit samples by 1/32767 and negative ones by 1/32768, half a bit at most: a stem alone
 * has to be right after rounding, and a sum to half a bit for each stem in it.
 * For lossy renditions also the largest change of the error from one sample to the next: inside of segments, and where
 * the player goes from one piece to another, at joins and at the seam of a loop.
 */
export async function judge({output, runs, changes, manifest, rate, grid}) {
  const sounds = await originals(manifest)
  const fades = 0.03 * rate + MARGIN
  const near = [...changes.map((change) => change.frame), ...runs.map((run) => run.at)].sort((a, b) => a - b)
  let [wrong, compared, sounding, paused] = [0, 0, 0, false]
  const steps = {inside: 0, atJoins: 0, joins: 0}
  let before = {frame: -1, position: -1, error: 0}
  const wrongAt = []
  for (let frame = 0, run = -1, change = -1, close = 0; frame < output[0].length; frame += 1) {
    while (runs[run + 1] && runs[run + 1].at <= frame) run += 1
    while (changes[change + 1] && changes[change + 1].frame <= frame) change += 1
    while (close + 1 < near.length && near[close + 1] <= frame) close += 1
    const starting = ['seek', 'play'].includes(changes[change]?.what) && runs[run]?.at < changes[change].frame
    if (run < 0 || starting || frame - near[close] < fades) continue
    const elapsed = runs[run].elapsed(frame)
    const position = runs[run].position(elapsed)
    const what = changes[change]?.what
    if (what === 'pause' || what === 'play') paused = what === 'pause'
    const silent = paused || elapsed >= runs[run].length
    for (const channel of [0, 1]) {
      let [expected, tolerance] = [0, 0]
      for (const {id, gain} of silent ? [] : changes[change].levels.stems) {
        expected += gain * ((sounds[id][channel] ?? sounds[id][0])[position] ?? 0)
        tolerance += gain * 0.501
      }
      if (channel === 0 && !silent) {
        const error = output[0][frame] - expected / 32768
        const joined = position % grid === 0 || position !== before.position + 1
        if (before.frame === frame - 1) {
          const where = joined ? 'atJoins' : 'inside'
          steps[where] = Math.max(steps[where], Math.abs(error - before.error))
          if (joined) steps.joins += 1
        }
        before = {frame, position, error}
      }
      compared += 1
      if (expected !== 0) sounding += 1
      if (Math.abs(output[channel][frame] * 32768 - expected) > tolerance) {
        wrong += 1
        if (wrongAt.length < 5) wrongAt.push({frame, position, got: output[channel][frame] * 32768, expected})
      }
    }
  }
  return {wrong, compared, sounding, wrongAt, steps, runs: runs.map(({at, from, loop}) => ({at, from, loop}))}
}

/**
 * How far the sound of a lossy rendition is from the stem: the largest change of the error from one sample to the next,
 * at the joins and everywhere else.
 */
export async function judgeSteps({output, runs, manifest}) {
  const sound = (await originals(manifest))[manifest.stems[0].id]
  const grid = 176_400
  let [inside, atJoins] = [0, 0]
  for (const [index, {at, from}] of runs.entries()) {
    const end = Math.min(output[0].length, (runs[index + 1]?.at ?? Infinity) - 4_000, at + manifest.frames - from)
    let before = 0
    for (let frame = at + 2_000; frame < end; frame += 1) {
      const position = runs[index].position(frame - at)
      const error = output[0][frame] - sound[0][position] / 32_768
      if (frame > at + 2_000) {
        const step = Math.abs(error - before)
        if (position % grid < 2) atJoins = Math.max(atJoins, step)
        else inside = Math.max(inside, step)
      }
      before = error
    }
  }
  return {inside, atJoins}
}

/** Loudest sample of what was heard. */
export const loudest = ({output}) => output.reduce((most, channel) => channel.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), most), 0)

/** Which stem was alone at which second, and by how many frames it was late. */
export async function judgeLags(performance, windows) {
  const sounds = await originals(performance.manifest)
  const found = []
  for (const {at, stem} of windows) {
    const frame = Math.round(at * performance.rate)
    const run = performance.runs.filter((each) => each.at <= frame).at(-1)
    const position = run.position(run.elapsed(frame))
    found.push({stem, at, position, ...lag(performance.output[0], frame, sounds[stem][0], position)})
  }
  return found
}
