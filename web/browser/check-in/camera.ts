import type { ReadQr } from './qr-reader.ts'

/** Between two looks at the picture. */
const PAUSE_MS = 100
/** The same code counts again after it was out of sight for this long. */
const OUT_OF_SIGHT_MS = 2_000

/**
 * Shows the camera at the back of the device in a video, and emits each QR code once for as long as it is in sight. Throws if there is no camera or no
 * permission. Returns a function that stops it.
 */
export async function startCamera(
  video: HTMLVideoElement,
  readQr: ReadQr,
  emit: (text: string) => Promise<void>,
): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false })
  video.srcObject = stream
  await video.play()
  const lock = await navigator.wakeLock?.request('screen').catch(() => null)
  let isRunning = true
  void watch(video, readQr, emit, () => isRunning)
  return () => {
    isRunning = false
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
    void lock?.release()
  }
}

async function watch(
  video: HTMLVideoElement,
  readQr: ReadQr,
  emit: (text: string) => Promise<void>,
  isRunning: () => boolean,
): Promise<void> {
  let last = { text: '', seenAtMs: -Infinity }
  while (isRunning()) {
    const text = await readQr({ image: video, width: video.videoWidth, height: video.videoHeight })
    const nowMs = performance.now()
    if (text && isRunning()) {
      const isInSight = text === last.text && nowMs - last.seenAtMs < OUT_OF_SIGHT_MS
      last = { text, seenAtMs: nowMs }
      if (!isInSight) await emit(text)
      last.seenAtMs = performance.now()
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
