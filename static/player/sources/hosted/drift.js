/** Seconds by which an element may be off before it jumps, and below which it is left alone. */
const FAR = 0.12
const STILL = 0.002
/** Seconds in which an error is to be made good, and how much faster or slower an element may play for that. */
const SOON = 0.7
const MOST = 0.05

/**
 * How an element that plays on its own clock is brought back to the song's.
 * @param {number} error seconds that it is ahead
 * @param {number} speed of the song
 * @returns {{jump: boolean, rate: number}} whether it has to be set anew, and how fast it should play
 */
export function correct(error, speed) {
  if (Math.abs(error) > FAR) return {jump: true, rate: speed}
  if (Math.abs(error) < STILL) return {jump: false, rate: speed}
  const nudge = Math.max(-MOST, Math.min(MOST, -error / SOON))
  return {jump: false, rate: speed * (1 + nudge)}
}
