/** A tar archive (POSIX ustar) of small text files, made and read in memory. Only what a support bundle needs: regular files, short names. */

export interface TarFile {
  /** Relative, at most 100 bytes of ASCII. */
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;
const NAME_MAX = 100;
/** More files than that is no bundle. */
const FILES_MAX = 2_000;

const octal = (value: number, length: number): string =>
  `${Math.floor(value)
    .toString(8)
    .padStart(length - 1, "0")}\0`;

function headerOf(name: string, size: number, at_ms: number): Buffer {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > NAME_MAX)
    throw new Error(`${JSON.stringify(name)} can't be the name of a file in an archive`);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(at_ms / 1000, 12), 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0", 257);
  header.write("00", 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

export function tarOf(files: readonly TarFile[], at_ms: number): Buffer {
  const blocks = files.flatMap(({ name, text }) => {
    const body = Buffer.from(text, "utf8");
    return [headerOf(name, body.length, at_ms), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

const textAt = (header: Buffer, from: number, length: number): string =>
  header.toString("latin1", from, from + length).split("\0")[0] ?? "";

export const isTar = (bytes: Buffer): boolean => bytes.length >= BLOCK && textAt(bytes, 257, 5) === "ustar";

/** By name. What is cut off at the end is left out; anything but a regular file is passed over. */
export function filesOfTar(bytes: Buffer): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (let at = 0; at + BLOCK <= bytes.length && files.size < FILES_MAX; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(textAt(header, 124, 12).trim(), 8);
    if (!Number.isFinite(size) || size < 0) break;
    const body = bytes.subarray(at + BLOCK, at + BLOCK + size);
    const type = textAt(header, 156, 1);
    if (body.length === size && (type === "0" || type === "")) files.set(textAt(header, 0, NAME_MAX), body.toString("utf8"));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
