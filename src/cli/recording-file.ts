/**
 * A recording's files: FILE is written as the session goes, FILE.1 holds the part before it. A name that ends in `.gz` is compressed, each batch flushed, so
 * that a console that is killed loses moments. Nothing here ever waits for the disk: what finds no room in the queue is lost, and counted.
 */
import { type FileHandle, open, readFile, rename, stat } from "node:fs/promises";
import { constants, createGunzip, createGzip, type Gzip } from "node:zlib";
import { type RecordingResult, readRecording } from "../state/recorder/player.ts";
import type { RecordSink } from "../state/recorder/recorder.ts";
import { readBundle } from "./bundle.ts";
import { isTar } from "./tar.ts";

/** Characters that wait to be written. A pair's first answers are about one million. */
const QUEUE_LENGTH_MAX = 16 * 1024 * 1024;
/** What was written is put on the disk itself this often. */
const SYNC_EVERY_MS = 5_000;
/** How long the end of a session waits for the last of it. */
const END_LIMIT_MS = 2_000;
/** Of one file, uncompressed: what is read into memory. */
const READ_BYTES_MAX = 512 * 1024 * 1024;

export const previousPart = (path: string): string => `${path}.1`;

export interface RecordingFile {
  readonly sink: RecordSink;
  /** Writes what waits, as far as that takes no longer than END_LIMIT_MS. */
  end(): Promise<void>;
}

/** What takes a part's text: the file itself, or a compressor before it. Calls come one after the other. */
interface Output {
  write(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

function plainOutput(file: FileHandle): Output {
  return {
    write: async (text) => void (await file.appendFile(text)),
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

function gzipOutput(file: FileHandle): Output {
  const gzip: Gzip = createGzip();
  let chunks: Buffer[] = [];
  gzip.on("data", (chunk: Buffer) => chunks.push(chunk));
  const drain = async (): Promise<void> => {
    const out = Buffer.concat(chunks);
    chunks = [];
    if (out.length > 0) await file.appendFile(out);
  };
  return {
    write: async (text) => {
      gzip.write(text);
      await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
      await drain();
    },
    sync: () => file.datasync(),
    close: async () => {
      await new Promise<void>((resolve) => gzip.end(resolve));
      await drain();
      await file.close();
    },
  };
}

/** A recording is evidence: none is ever written over. */
const create = (path: string): Promise<FileHandle> => open(path, "wx", 0o600);

const outputOf = (path: string, file: FileHandle): Output => (path.endsWith(".gz") ? gzipOutput(file) : plainOutput(file));

/** why: one phrase, for after the file's name. */
function whyNot(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EEXIST") return "is there already, and no recording is written over";
  if (code === "ENOENT") return "can't be made: its folder doesn't exist";
  return `can't be written: ${error instanceof Error ? error.message : String(error)}`;
}

type Job = { readonly kind: "begin" | "write"; readonly text: string };

/** failed: is told once, and nothing more is recorded. */
export async function createRecordingFile(
  path: string,
  now_ms: () => number,
  failed: (why: string) => void,
): Promise<RecordingFile | { readonly refused: string }> {
  let output: Output;
  try {
    output = outputOf(path, await create(path));
  } catch (error) {
    return { refused: whyNot(error) };
  }
  let queue: Job[] = [];
  let queued = 0;
  let begun = false;
  let broken = false;
  let synced_ms = now_ms();
  let running: Promise<void> | undefined;

  const carryOut = async ({ kind, text }: Job): Promise<void> => {
    if (kind === "begin" && begun) {
      await output.close();
      await rename(path, previousPart(path));
      output = outputOf(path, await create(path));
    }
    begun = true;
    await output.write(text);
  };
  /** Joined, so that a slow disk gets few large writes. */
  const takeAll = (): Job[] => {
    const jobs = queue;
    queue = [];
    queued = 0;
    const joined: Job[] = [];
    for (const job of jobs) {
      const last = job.kind === "begin" ? undefined : joined.pop();
      joined.push(last === undefined ? job : { kind: last.kind, text: last.text + job.text });
    }
    return joined;
  };
  const isSyncDue = (): boolean => now_ms() - synced_ms >= SYNC_EVERY_MS;
  const drain = async (): Promise<void> => {
    try {
      while (queue.length > 0 || isSyncDue()) {
        for (const job of takeAll()) await carryOut(job);
        if (!isSyncDue()) continue;
        synced_ms = now_ms();
        await output.sync();
      }
    } catch (error) {
      broken = true;
      queue = [];
      failed(whyNot(error));
    }
    running = undefined;
  };
  const push = (job: Job): void => {
    queue.push(job);
    queued += job.text.length;
    running ??= Promise.resolve().then(drain);
  };
  return {
    sink: {
      begin: (text) => {
        if (!broken) push({ kind: "begin", text });
      },
      write: (text) => {
        // A recording that has ended by a full disk isn't one with gaps.
        if (broken) return true;
        if (queued + text.length > QUEUE_LENGTH_MAX) return false;
        push({ kind: "write", text });
        return true;
      },
    },
    end: async () => {
      const finish = async (): Promise<void> => {
        while (running !== undefined) await running;
        if (broken) return;
        await output.sync();
        await output.close();
      };
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, END_LIMIT_MS);
      });
      await Promise.race([finish().catch(() => undefined), limit]);
      clearTimeout(timer);
    },
  };
}

const GZIP_MAGIC = [0x1f, 0x8b];

async function bytesOf(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > READ_BYTES_MAX) throw new Error(`it is larger than ${READ_BYTES_MAX / 1024 / 1024} MiB`);
  const bytes = await readFile(path);
  return bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1] ? gunzipped(bytes) : bytes;
}

const linesOf = (bytes: Buffer): readonly string[] => bytes.toString("utf8").split("\n");

/** Whole, or what there is of it. Rejects where it unpacks to more than may be. */
function gunzipped(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
    const chunks: Buffer[] = [];
    let length = 0;
    gunzip.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > READ_BYTES_MAX) gunzip.destroy(new Error(`it unpacks to more than ${READ_BYTES_MAX / 1024 / 1024} MiB`));
    });
    gunzip.on("end", () => resolve(Buffer.concat(chunks)));
    gunzip.on("error", (error) => {
      // Hurt at its end: what came before is good.
      if (length > 0 && length <= READ_BYTES_MAX) resolve(Buffer.concat(chunks));
      else reject(error);
    });
    gunzip.end(bytes);
  });
}

/** A recording, with the part before it where that is there, or a support bundle. why: for after the file's name. */
export async function openRecording(path: string): Promise<RecordingResult> {
  try {
    const newest = await bytesOf(path);
    if (isTar(newest)) return readBundle(newest);
    const older = await bytesOf(previousPart(path)).catch(() => undefined);
    const parts = [older, newest].flatMap((bytes) => (bytes === undefined ? [] : [linesOf(bytes)]));
    const read = readRecording(parts);
    // A file beside it may only happen to have that name.
    return read.ok || older === undefined ? read : readRecording(parts.slice(1));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return { ok: false, why: "doesn't exist" };
    return { ok: false, why: `can't be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
