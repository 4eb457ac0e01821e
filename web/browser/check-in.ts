/** The script of the page at the door. Only this page loads it. */
import { h, render } from 'preact'
import { CheckInView } from '../admin/components/check-in-view.tsx'
import { checkInWords } from '../admin/check-in-texts.ts'
import { startCamera } from './check-in/camera.ts'
import { createDoor } from './check-in/door.ts'
import { createDoorApi } from './check-in/door-api.ts'
import { openDoorStore } from './check-in/door-store.ts'
import { createQrReader } from './check-in/qr-reader.ts'
import { byId } from './dom.ts'
import { scannedText } from './check-in/scanned-text.ts'

const SYNC_MS = 5_000
const REFRESH_MS = 120_000

const language = document.documentElement.lang === 'ko' ? 'ko' : 'en'
const root = byId('check-in')
const eventId = Number(root.dataset.event)
const store = openDoorStore(eventId)
const newDevice = () => `${checkInWords(language)('defaultDevice')} ${Math.floor(1_000 + Math.random() * 9_000)}`
const device = store.device.read() ?? newDevice()
store.device.write(device)

const readQr = createQrReader()
let stopCamera: (() => void) | null = null

const door = createDoor({
  eventId,
  api: createDoorApi(eventId),
  store,
  device,
  now: () => new Date(),
  newId: () => crypto.randomUUID(),
  show: (state) => render(h(CheckInView, { language, state, acts }), root),
})

const acts = {
  onCamera: () => void toggleCamera(),
  onCode: (text: string) => void check(text),
  onPicture: (file: File) => void checkPicture(file),
  onUndo: (scan: Parameters<typeof door.undo>[0]) => void door.undo(scan),
  onDismiss: (scan: Parameters<typeof door.dismiss>[0]) => void door.dismiss(scan),
  onRefresh: () => void door.refresh(),
  onDevice(name: string) {
    const given = name.trim() || newDevice()
    store.device.write(given)
    door.update({ device: given })
  },
}

async function check(text: string): Promise<void> {
  await door.check(text)
  const { current } = door.state()
  // Phones say it in the hand, too: short for a yes, twice for a no.
  navigator.vibrate?.(current?.verdict.kind === 'admitted' ? 60 : [120, 80, 120])
}

async function toggleCamera(): Promise<void> {
  stopCamera?.()
  if (stopCamera) {
    stopCamera = null
    return door.update({ camera: 'off' })
  }
  door.update({ camera: 'on' })
  try {
    stopCamera = await startCamera(byId('camera') as HTMLVideoElement, await readQr, (text) => check(scannedText(text)))
  } catch {
    door.update({ camera: 'denied' })
  }
}

async function checkPicture(file: File): Promise<void> {
  const image = await createImageBitmap(file).catch(() => null)
  const text = image && await (await readQr)({ image, width: image.width, height: image.height })
  if (text) await check(scannedText(text))
  else door.update({ note: 'noQr', current: null, choice: null })
}

/** The page is open for hours: one repetition begins after the one before has ended. */
function repeat(act: () => Promise<void>, everyMs: number): void {
  setTimeout(() => void act().finally(() => repeat(act, everyMs)), everyMs)
}

render(null, root)
root.textContent = ''
await door.open()
repeat(() => door.sync(), SYNC_MS)
repeat(() => document.hidden ? Promise.resolve() : door.refresh(), REFRESH_MS)
addEventListener('online', () => void door.sync())
