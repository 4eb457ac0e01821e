import type { Language, Text } from '../../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

const CHECK_IN_TEXTS = {
  lead: t('입장을 확인할 공연을 선택해 주세요.', 'Choose the event whose tickets you check.'),
  noEvents: t('입장을 확인할 공연이 없습니다', 'No event to check in'),
  noEventsHint: t(
    '게시된 공연은 시작하고 하루가 지날 때까지 여기에 있습니다.',
    'Published events are here until a day after their start.',
  ),
  toEvents: t('공연 목록', 'All events'),
  open: t('입장 확인', 'Check in'),
  needsScript: t('이 화면을 쓰려면 자바스크립트를 켜 주세요.', 'This page needs JavaScript.'),
  loading: t('명단을 받고 있습니다', 'Downloading the list'),
  online: t('온라인', 'Online'),
  offline: t('오프라인: 받은 명단으로 확인합니다', 'Offline: checking against the downloaded list'),
  noList: t('명단이 없습니다. 네트워크에 연결해 주세요.', 'There is no list yet. Connect to the network.'),
  loginNeeded: t('다시 로그인해야 전송할 수 있습니다', 'Log in again to send your scans'),
  login: t('로그인', 'Log in'),
  asOf: t('명단 기준', 'List from'),
  refresh: t('명단 새로 받기', 'Refresh the list'),
  pending: t('전송 대기', 'Waiting to be sent'),
  inside: t('입장', 'Inside'),
  startCamera: t('카메라로 스캔', 'Scan with the camera'),
  stopCamera: t('카메라 끄기', 'Stop the camera'),
  cameraDenied: t(
    '카메라를 쓸 수 없습니다. 권한을 허용하거나 번호를 입력해 주세요.',
    'The camera is not available. Allow it, or type the code.',
  ),
  cameraHint: t('QR 코드를 화면 가운데에 맞춰 주세요.', 'Hold the QR code in the middle.'),
  camera: t('카메라 화면', 'Camera'),
  code: t('번호로 확인', 'Check a code'),
  codeHint: t('QR 아래의 번호. 예: K7M2P-9QX4T-2', 'Below the QR code, such as K7M2P-9QX4T-2'),
  check: t('확인', 'Check'),
  picture: t('QR 사진으로 확인', 'Check a picture of a QR code'),
  noQr: t('사진에서 QR 코드를 찾지 못했습니다', 'There is no QR code in the picture'),
  device: t('이 기기의 이름', 'Name of this device'),
  deviceHint: t('예: A 게이트. 중복 입장을 막을 때 표시됩니다.', 'For example Gate A. Shown when a ticket is used twice.'),
  defaultDevice: t('기기', 'Device'),
  admitted: t('입장하세요', 'Let in'),
  admittedOffline: t('입장하세요 (오프라인)', 'Let in (offline)'),
  used: t('이미 사용한 입장권', 'Already used'),
  cancelled: t('취소된 입장권', 'Cancelled'),
  otherEvent: t('다른 공연의 입장권', 'For another event'),
  unknown: t('명단에 없는 입장권', 'Not on the list'),
  unknownOffline: t(
    '명단을 받은 뒤에 예매했을 수 있습니다. 온라인에서 다시 확인해 주세요.',
    'It may be newer than the list. Check it again online.',
  ),
  unknownKey: t('우리가 발급하지 않은 QR 코드', 'Not issued by us'),
  invalid: t('입장권이 아닙니다', 'Not a ticket'),
  undo: t('입장 취소', 'Undo'),
  undone: t('입장을 취소했습니다', 'Undone'),
  notChecked: t(
    '확인하지 못했습니다. 입장시키지 말고, 이 계정의 권한과 인증 상태를 확인해 주세요.',
    'Not checked. Do not let in; check the rights of this account and its second factor.',
  ),
  notCheckedLogin: t(
    '확인하지 못했습니다. 입장시키지 말고, 다시 로그인해 주세요.',
    'Not checked. Do not let in; log in again first.',
  ),
  undoFailed: t('취소하지 못했습니다. 온라인에서 다시 시도해 주세요.', 'Could not undo it. Try again online.'),
  recent: t('최근 확인', 'Latest scans'),
  conflicts: t('확인이 필요한 입장', 'Needs attention'),
  conflictsHint: t(
    '오프라인에서 입장시켰지만, 전송해 보니 다른 기기에서 먼저 사용했거나 취소된 입장권입니다.',
    'You let these in offline, but another device had admitted them first, or they are cancelled.',
  ),
  dismiss: t('확인함', 'Dismiss'),
  chooseSeat: t('어느 좌석인가요?', 'Which seat?'),
} as const

export type CheckInTextName = keyof typeof CHECK_IN_TEXTS

export const checkInWords = (language: Language) => (name: CheckInTextName): string => CHECK_IN_TEXTS[name][language]

export const checkInSentences = {
  seat: (ordinal: number, quantity: number): Text => t(`${quantity}매 중 ${ordinal}번째`, `${ordinal} of ${quantity}`),
  usedAt: (time: string, device: string): Text => t(`${time}, ${device}에서 사용`, `Used at ${time}, ${device}`),
  waiting: (scans: number): Text => t(`전송 대기 ${scans}건`, scans === 1 ? '1 scan to send' : `${scans} scans to send`),
}
