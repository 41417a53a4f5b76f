/**
 * A program with nothing but the screen, run in a pty by pty.test.ts. Writes its exit code to $EXIT_FILE when it ends.
 * SIGUSR2 makes it throw, or exit at once with $ON_USR2=exit. With $STUCK_FILE it
 * repaints until the terminal takes nothing more, and says so in that file.
 */
import { writeFileSync } from "node:fs";
import { createScreenStore, startScreen } from "../../../src/views/start.tsx";
import { fixtureView } from "../panes/fixture.ts";

process.on("exit", (code) => {
  if (process.env.EXIT_FILE !== undefined) writeFileSync(process.env.EXIT_FILE, String(code));
});
process.on("SIGUSR2", () => {
  if (process.env.ON_USR2 === "exit") process.exit(7);
  throw new Error("thrown on purpose");
});

process.stdout.write(`pid=${process.pid}\n`);
const store = createScreenStore(fixtureView());
const screen = startScreen({
  store,
  terminal: { stdin: process.stdin, stdout: process.stdout },
  env: process.env,
  process,
  complain: (text) => process.stderr.write(text),
});
if (process.env.STUCK_FILE !== undefined) repaintUntilStuck(process.env.STUCK_FILE);
process.exit(await screen.closed);

/** Draws everything again and again, until the terminal has taken nothing for a while. */
function repaintUntilStuck(file: string): void {
  let sent = -1;
  let unchanged = 0;
  const timer = setInterval(() => {
    process.stdin.emit("data", Buffer.from("\x0c"));
    unchanged = screen.stats.bytes_sent === sent ? unchanged + 1 : 0;
    sent = screen.stats.bytes_sent;
    if (unchanged < 50) return;
    clearInterval(timer);
    writeFileSync(file, "stuck");
  }, 2);
}
