import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { writeAll } from "../../src/cli/output.ts";

const failing = (code: string): Writable =>
  new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })) });

describe("writeAll", () => {
  it("has nothing to say where all was taken, or where the reader has gone", async () => {
    const taken: string[] = [];
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        taken.push(String(chunk));
        done();
      },
    });
    expect(await writeAll(sink, "whole")).toBeUndefined();
    expect(taken).toEqual(["whole"]);
    expect(await writeAll(failing("EPIPE"), "x")).toBeUndefined();
  });

  it("says that a full disk didn't take it", async () => {
    expect((await writeAll(failing("ENOSPC"), "x"))?.message).toBe("write ENOSPC");
  });

  it("waits no longer than its time for a reader that doesn't read", async () => {
    expect((await writeAll(new Writable({ write: () => undefined }), "x", 20))?.message).toBe("nobody took it for 0.02 s");
  });
});
