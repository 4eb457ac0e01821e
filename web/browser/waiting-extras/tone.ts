/** A short tone that calls a visitor who works in another tab. Browsers allow sound only after the visitor has touched the page. */
export type Tone = { play(): void }

const SECONDS = 0.25
const HERTZ = 880
const VOLUME = 0.1
/** How long the page must stay open for the tone, ms: the page's own script waits for so long before it opens the target. */
const STAY_MS = 300

export function createTone(): Tone {
  let audio: AudioContext | null = null
  addEventListener('pointerdown', () => {
    if (!globalThis.AudioContext) return
    audio = new AudioContext()
    document.body.dataset.stay = String(STAY_MS)
  }, { once: true })
  return {
    play() {
      if (!audio) return
      const [oscillator, gain] = [audio.createOscillator(), audio.createGain()]
      gain.gain.value = VOLUME
      oscillator.frequency.value = HERTZ
      oscillator.connect(gain).connect(audio.destination)
      oscillator.start()
      oscillator.stop(audio.currentTime + SECONDS)
    },
  }
}
