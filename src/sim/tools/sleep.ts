/** `sleep SECONDS`: takes its time and changes nothing. */
import type { Tool } from "./tool.ts";

export const sleep: Tool = ({ argv, after, end }) => {
  const seconds = Number(argv[0]);
  if (seconds >= 0) after(seconds * 1000, () => end(0));
  else end(1);
};
