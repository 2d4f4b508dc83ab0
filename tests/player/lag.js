/** Frames by which a window of sound may be off, and its length. */
const REACH = 1_300
const WINDOW = 4_096

/**
 * By how many frames sound is late, compared with what is meant: where both are most alike.
 * @param {Float32Array} sound
 * @param {number} at
 * @param {Int16Array} meant
 * @param {number} position
 */
export function lag(sound, at, meant, position) {
  let best = {lag: NaN, likeness: -Infinity}
  for (let lag = -REACH; lag <= REACH; lag += 1) {
    let [both, ours, theirs] = [0, 0, 0]
    for (let index = 0; index < WINDOW; index += 1) {
      const heard = sound[at + index]
      const wanted = (meant[position + index - lag] ?? 0) / 32_768
      both += heard * wanted
      ours += heard * heard
      theirs += wanted * wanted
    }
    const likeness = both / Math.sqrt(ours * theirs)
    if (likeness > best.likeness) best = {lag, likeness}
  }
  return best
}
