import type { Text } from '../../edge/contract/language.ts'
import { IMAGE_TOO_LARGE } from '../../edge/contract/uploads.ts'

/** Why an upload was refused, and the way out. */
export const IMAGE_FAULTS = {
  missing: { ko: '올릴 이미지를 선택해 주세요.', en: 'Choose an image to upload.' },
  type: {
    ko: '이 파일은 JPEG, PNG, WebP, AVIF 이미지가 아닙니다. SVG, GIF, PDF 파일은 PNG로 저장해 올려 주세요.',
    en: 'This file is not a JPEG, PNG, WebP or AVIF image. Save an SVG, GIF or PDF as PNG and upload that.',
  },
  animated: {
    ko: '움직이는 이미지는 올릴 수 없습니다. 한 장면을 JPEG나 PNG로 저장해 올려 주세요.',
    en: 'Animated images cannot be used. Save one frame as JPEG or PNG and upload that.',
  },
  pixels: {
    ko: '이미지의 해상도가 너무 큽니다. 4천만 화소(예: 5400×7200) 이하로 줄여 주세요.',
    en: 'This image has too many pixels. Reduce it to 40 megapixels or fewer, for example 5400×7200.',
  },
  small: {
    ko: '이미지가 너무 작습니다. 가로와 세로가 각각 200픽셀 이상이어야 합니다. 1280픽셀 이상을 권합니다.',
    en: 'This image is too small. Each side needs 200 pixels or more; a width of 1280 looks best.',
  },
  shape: {
    ko: '이미지가 너무 길쭉합니다. 긴 쪽이 짧은 쪽의 3배를 넘지 않게 잘라 주세요. 포스터는 3:4가 가장 좋습니다.',
    en: 'This image is too long. Crop it so that one side is at most three times the other; 3:4 suits a poster best.',
  },
  broken: {
    ko: '이미지가 손상되었거나 끝까지 저장되지 않았습니다. 원본에서 다시 저장해 올려 주세요.',
    en: 'This image is damaged or incomplete. Export it again from the original and upload that.',
  },
  too_large: IMAGE_TOO_LARGE,
  alt: {
    ko: '이미지를 볼 수 없는 사람에게 읽어 줄 설명을 200자 이내로 입력해 주세요.',
    en: 'Describe the image in up to 200 characters for people who cannot see it.',
  },
} as const satisfies Record<string, Text>

export const IMAGE_TEXTS = {
  title: { ko: '포스터 이미지', en: 'Poster' },
  current: { ko: '현재 이미지', en: 'Current image' },
  none: {
    ko: '아직 이미지가 없습니다. 예매 페이지에는 공연명의 첫 글자가 표시됩니다.',
    en: 'There is no image yet. The shop shows the first letter of the title.',
  },
  facts: { ko: '크기', en: 'Size' },
  files: { ko: '파일', en: 'Files' },
  drawing: { ko: '벡터 이미지(SVG)', en: 'Drawing (SVG)' },
  upload: { ko: '이미지 올리기', en: 'Upload an image' },
  replace: { ko: '이미지 교체 또는 설명 수정', en: 'Replace the image, or change its description' },
  file: { ko: '이미지 파일', en: 'Image file' },
  drop: { ko: '파일을 여기에 놓거나 눌러서 선택하세요.', en: 'Drop a file here, or press to choose one.' },
  rules: {
    ko: 'JPEG, PNG, WebP, AVIF · 5MB 이하 · 3:4 비율, 가로 1280픽셀 이상 권장',
    en: 'JPEG, PNG, WebP or AVIF · up to 5 MB · 3:4, 1280 pixels wide or more looks best',
  },
  keepsImage: { ko: '파일을 선택하지 않으면 설명만 바뀝니다.', en: 'Without a file, only the description changes.' },
  preview: { ko: '선택한 이미지', en: 'The chosen image' },
  alt: { ko: '이미지 설명 (한국어)', en: 'Description (Korean)' },
  altEn: { ko: '이미지 설명 (영어)', en: 'Description (English)' },
  altHint: {
    ko: '이미지에 무엇이 있는지 적어 주세요. 화면 낭독기가 읽어 줍니다.',
    en: 'What the picture shows. Screen readers read it aloud.',
  },
  send: { ko: '올리기', en: 'Upload' },
  save: { ko: '저장', en: 'Save' },
  uploading: { ko: '올리는 중', en: 'Uploading' },
  processing: { ko: '이미지를 처리하고 있습니다. 몇 초 걸립니다.', en: 'Processing the image. This takes a few seconds.' },
  failed: {
    ko: '올리지 못했습니다. 인터넷 연결을 확인하고 다시 시도해 주세요. 기존 이미지는 그대로입니다.',
    en: 'The upload failed. Check your connection and try again. The image has not changed.',
  },
  remove: { ko: '이미지 삭제', en: 'Remove the image' },
  removeHint: {
    ko: '예매 페이지에 공연명의 첫 글자가 대신 표시됩니다. 다시 올릴 수 있습니다.',
    en: 'The shop will show the first letter of the title instead. You can upload an image again.',
  },
  doneImage: { ko: '저장했습니다. 몇 초 안에 예매 페이지에 반영됩니다.', en: 'Saved. The shop shows it within seconds.' },
  doneRemoved: { ko: '이미지를 삭제했습니다.', en: 'The image was removed.' },
  stale: {
    ko: '그 사이 다른 운영자가 이미지를 바꿨습니다. 아래의 현재 이미지를 확인하고 다시 저장해 주세요.',
    en: 'Another operator has changed the image meanwhile. Look at the current image below, then save again.',
  },
  busy: {
    ko: '다른 이미지를 처리하고 있습니다. 몇 초 뒤에 다시 올려 주세요.',
    en: 'Other images are being processed. Upload it again in a few seconds.',
  },
} as const satisfies Record<string, Text>
