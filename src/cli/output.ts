/** Writing to a pipe that may be full, slow or closed, without hanging and without noise. */

/** How long a reader may take to take what was written; after that xenha-tui ends without it. */
export const FLUSH_TIMEOUT_MS = 5_000;

export interface TextSink {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

const readerGone = (error: Error): boolean => "code" in error && (error.code === "EPIPE" || error.code === "ECONNRESET");

/**
 * Resolves when the text was taken, when the reader has gone (EPIPE is no error: `| head`), or when it took too long. Says what went wrong:
 * half of an answer, on a full disk or with a reader that stands still, must not pass for a whole one.
 */
export function writeAll(sink: TextSink, text: string, timeout_ms: number = FLUSH_TIMEOUT_MS): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(new Error(`nobody took it for ${timeout_ms / 1000} s`)), timeout_ms);
    const done = (error?: Error | null): void => {
      clearTimeout(timer);
      resolve(error && !readerGone(error) ? error : undefined);
    };
    sink.on("error", done);
    sink.write(text, done);
  });
}
