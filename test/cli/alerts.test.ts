/** Alerts to a real program and a real server on loopback. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALERT_QUEUE_MAX, ALERTS_PER_MINUTE_MAX, createAlerter, execAlert, sendsOf, webhookAlert } from "../../src/cli/alerts.ts";
import { createScheduler } from "../../src/sim/scheduler.ts";
import type { Alert } from "../../src/state/alerts.ts";

const alert = (object: string): Alert => ({
  schema: "xenha-tui.alert/1",
  event: "raised",
  pair: "shop",
  key: `drbd.split_brain ${object}`,
  rule: "drbd.split_brain",
  severity: "critical",
  object,
  cause: "$(touch /tmp/x) `id` ; rm -rf ~ \"quoted\" 'too'",
  at_risk: [],
  next: "look",
  since: "2026-11-21T02:14:00.000Z",
  initial: false,
});
const clockAt = (scheduler = createScheduler(0)) => ({
  scheduler,
  clock: { now_ms: () => scheduler.now_ms, after: (ms: number, task: () => void) => scheduler.after(ms, task) },
});

async function inFolder<T>(story: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "xenha-alerts-"));
  try {
    return await story(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a program", () => {
  it("gets the alert as JSON on its input, and its own words as they stand", () =>
    inFolder(async (folder) => {
      const [seen, program] = [join(folder, "seen"), join(folder, "page.mjs")];
      writeFileSync(
        program,
        `import { readFileSync, writeFileSync } from "node:fs";\nwriteFileSync(process.argv[2], JSON.stringify({ words: process.argv.slice(3), input: readFileSync(0, "utf8") }));\n`,
      );
      const words = ["$HOME", "a b", "; id", "*"];
      expect(await execAlert([process.execPath, program, seen, ...words])(`${JSON.stringify(alert("r0"))}\n`)).toBeUndefined();
      const told = JSON.parse(readFileSync(seen, "utf8")) as { words: string[]; input: string };
      expect(told.words).toEqual(words);
      expect(JSON.parse(told.input)).toEqual(alert("r0"));
    }));

  it("that fails, isn't there or doesn't end is told of, and never waited for longer than its limit", async () => {
    expect(await execAlert([process.execPath, "-e", "process.exit(3)"])("{}\n")).toMatch(/ ended with 3$/);
    expect(await execAlert(["/nonexistent/page"])("{}\n")).toMatch(/^\/nonexistent\/page: .*ENOENT/);
    expect(await execAlert([process.execPath, "-e", "setInterval(() => {}, 1000)"], 300)("{}\n")).toMatch(/took longer than 0\.3 s$/);
    // Its input isn't read: more than a pipe holds.
    expect(await execAlert([process.execPath, "-e", "0"])("x".repeat(2_000_000))).toBeUndefined();
  });
});

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;
async function served<T>(answer: Answer, story: (address: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => answer(request, body, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await story(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/zqtoken`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe("a webhook", () => {
  it("gets the alert as JSON", async () => {
    const seen: unknown[] = [];
    const why = await served(
      ({ method, url, headers }, body, response) => {
        seen.push({ method, url, type: headers["content-type"], body: JSON.parse(body) });
        response.end("ok");
      },
      (address) => webhookAlert(address)(JSON.stringify(alert("r0"))),
    );
    expect(why).toBeUndefined();
    expect(seen).toEqual([{ method: "POST", url: "/hook/zqtoken", type: "application/json", body: alert("r0") }]);
  });

  it("that refuses, leads elsewhere, is silent or isn't there is told of by its host alone", async () => {
    const statuses: Answer = (_request, _body, response) => response.writeHead(500).end();
    const elsewhere: Answer = (_request, _body, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    const why = [
      await served(statuses, (address) => webhookAlert(address)("{}")),
      await served(elsewhere, (address) => webhookAlert(address)("{}")),
      await served(
        () => undefined,
        (address) => webhookAlert(address, fetch, 200)("{}"),
      ),
      await webhookAlert("http://127.0.0.1:1/zqtoken")("{}"),
    ];
    expect(why).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+ answered 500$/),
      expect.stringMatching(/^127\.0\.0\.1:\d+ can't be reached$/),
      expect.stringMatching(/^127\.0\.0\.1:\d+ didn't answer within 0\.2 s$/),
      "127.0.0.1:1 can't be reached",
    ]);
    expect(why.join()).not.toContain("zqtoken");
  });
});

describe("an alerter", () => {
  it("sends one at a time, in order", async () => {
    const sent: string[] = [];
    let at_once = 0;
    let most = 0;
    const { clock } = clockAt();
    const alerter = createAlerter(
      [
        async (json) => {
          at_once += 1;
          most = Math.max(most, at_once);
          await Promise.resolve();
          sent.push((JSON.parse(json) as Alert).object);
          at_once -= 1;
          return undefined;
        },
      ],
      clock,
      () => undefined,
    );
    alerter.tell([alert("r0"), alert("r1")]);
    alerter.tell([alert("r2")]);
    await alerter.idle();
    expect([sent, most]).toEqual([["r0", "r1", "r2"], 1]);
  });

  it("sends so many a minute and no more, and says so once", async () => {
    const sent: string[] = [];
    const said: string[] = [];
    const { clock, scheduler } = clockAt();
    const alerter = createAlerter(
      [
        (json) => {
          sent.push(json);
          return Promise.resolve(undefined);
        },
      ],
      clock,
      (why) => void said.push(why),
    );
    alerter.tell(Array.from({ length: 200 }, (_, index) => alert(`r${index}`)));
    await alerter.idle();
    expect(sent).toHaveLength(ALERTS_PER_MINUTE_MAX);
    expect(said).toEqual([`more alerts than ${ALERTS_PER_MINUTE_MAX} a minute: the rest is left out`]);
    scheduler.advance(61_000);
    alerter.tell([alert("later")]);
    await alerter.idle();
    expect(sent).toHaveLength(ALERTS_PER_MINUTE_MAX + 1);
    expect(ALERT_QUEUE_MAX).toBeGreaterThanOrEqual(ALERTS_PER_MINUTE_MAX);
  });

  it("says what went wrong, and goes on", async () => {
    const said: string[] = [];
    const { clock } = clockAt();
    const alerter = createAlerter(
      [() => Promise.reject(new Error("boom\u001b[31m")), () => Promise.resolve("it said no")],
      clock,
      (why) => void said.push(why),
    );
    alerter.tell([alert("r0")]);
    await alerter.idle();
    expect(said.sort()).toEqual(["an alert wasn't delivered: Error: boom\ufffd[31m", "an alert wasn't delivered: it said no"]);
  });

  it("has nobody to tell where nobody is configured", () => {
    expect(sendsOf({ exec: undefined, webhook: undefined })).toEqual([]);
    expect(sendsOf({ exec: ["page"], webhook: "https://example.org/x" })).toHaveLength(2);
  });
});
