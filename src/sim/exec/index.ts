/** The table of programs that a simulated host runs beside the probe. A new one is one file and one line here. */
import { fenceAgent } from "../fence.ts";
import { runCommand } from "../ssh/commands.ts";
import { consoleProgram } from "./console.ts";
import { followProgram } from "./follow.ts";
import { jobProgram } from "./job.ts";
import { ended, type SimCommand, type SimProgram, type SimStart } from "./program.ts";

/** What only prints: see ssh/commands.ts. */
const printing: SimCommand = ({ world, host, argv, output }) => {
  const { rc, stdout, stderr } = runCommand(world, host, argv.join(" "));
  if (stderr !== "") output.err(stderr);
  output.out(stdout);
  output.end(rc);
  return ended;
};

/** A fence agent on the other host of the pair. */
const fencing: SimCommand = ({ world, argv, output }) => {
  if (argv.length !== 1 || argv[0]?.startsWith("fence_") !== true) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  return {
    ...ended,
    hear: (data) => {
      text += decoder.decode(data, { stream: true });
    },
    eof: () =>
      fenceAgent(world, text, ({ code, stdout, stderr }) => {
        if (stderr !== "") output.err(stderr);
        output.out(stdout);
        output.end(code);
      }),
  };
};

const programs: readonly SimCommand[] = [jobProgram, consoleProgram, followProgram, fencing, printing];

export function execute(start: SimStart): SimProgram {
  for (const program of programs) {
    const running = program(start);
    if (running !== undefined) return running;
  }
  throw new Error(`nothing runs ${start.argv.join(" ")}`);
}
