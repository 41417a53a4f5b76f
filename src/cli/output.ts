/** Writing to a pipe that may be full, slow or closed, without hanging and without noise. */

/** How long a reader may take to take what was written; after that xenha-tui ends without it. */
export const FLUSH_TIMEOUT_MS = 5_000;

export interface TextSink {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Resolves when the text was taken, when the reader has gone (EPIPE is no error: `| head`), or when it took too long. */
export function writeAll(sink: TextSink, text: string, timeout_ms: number = FLUSH_TIMEOUT_MS): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeout_ms);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    sink.on("error", done);
    sink.write(text, done);
  });
}
