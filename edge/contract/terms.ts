/** The version of the terms of use and of the privacy notice: the date of their last change. Sign-up records it with the time. */
export const TERMS_VERSION = '2026-11-29'
