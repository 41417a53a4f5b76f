/** The stdout that Ink is given: in debug mode it writes nothing but whole frames there, which go to the sink. */
import { Writable } from "node:stream";
import { type FrameRefs, NAME_COLUMNS } from "./frame-refs.ts";
import type { Sink, TtyOut } from "./sink.ts";

/** Not a tty, so that nothing Ink depends on writes cursor escapes to it. Ink lays out by its size: as many rows as the terminal has, a name wide. */
export function createInkStdout(sink: Pick<Sink, "frame">, tty: TtyOut, refs: FrameRefs): NodeJS.WritableStream {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      // An empty write is Ink's barrier, not a frame.
      if (chunk.length > 0) sink.frame(refs.expand(String(chunk)));
      done();
    },
  });
  Object.defineProperties(stream, {
    columns: { value: NAME_COLUMNS },
    rows: { get: () => tty.rows },
  });
  return stream;
}
