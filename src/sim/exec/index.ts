/** The table of programs that a simulated host runs beside the probe. A new one is one file and one line here. */
import { runCommand } from "../ssh/commands.ts";
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

const programs: readonly SimCommand[] = [jobProgram, printing];

export function execute(start: SimStart): SimProgram {
  for (const program of programs) {
    const running = program(start);
    if (running !== undefined) return running;
  }
  throw new Error(`nothing runs ${start.argv.join(" ")}`);
}
