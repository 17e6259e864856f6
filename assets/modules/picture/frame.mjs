// A frame's parts, as docs/stream.md has them.

/** @param {FrameHeader} header @param {Uint8Array<ArrayBuffer>} bytes @returns {Frame} */
export function frameOf(header, bytes) {
  const size = header.width * header.height;
  const ends = size + 8 * header.lines;
  return {
    header,
    indices: bytes.subarray(0, size),
    ends: new Uint16Array(bytes.slice(size, ends).buffer), // a copy: aligned
    styles: bytes.subarray(ends, ends + header.lines),
  };
}
