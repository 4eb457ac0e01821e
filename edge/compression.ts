/** Whether gzip is among the encodings that a reader accepts (RFC 9110 §12.5.3), as all browsers do. */
export const takesGzip = (headers: Headers) =>
  /(?:^|[ ,])(?:x-)?gzip(?! *; *q=0(?:\.0*)?(?: |,|$))/i.test(headers.get('accept-encoding') ?? '')

export const gzip = async (body: Uint8Array<ArrayBuffer> | string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())
