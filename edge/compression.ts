/** Whether a client accepts gzip (RFC 9110 §12.5.3). */
export const acceptsGzip = (headers: Headers) =>
  /(?:^|[ ,])(?:x-)?gzip(?! *; *q=0(?:\.0*)?(?: |,|$))/i.test(headers.get('accept-encoding') ?? '')

export const gzip = async (body: Uint8Array<ArrayBuffer> | string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())
