/** A short tone that calls a visitor who works in another tab. Browsers allow sound only after the visitor has touched the page. */
export type Tone = {
  /** How long the page must stay open for the tone, in milliseconds; 0 when sound is not allowed. */
  durationMs(): number
  play(): void
}

const SECONDS = 0.25
const HERTZ = 880
const VOLUME = 0.1

export function createTone(): Tone {
  let audio: AudioContext | null = null
  addEventListener('pointerdown', () => void (audio = new AudioContext()), { once: true })
  return {
    durationMs: () => audio ? 300 : 0,
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
