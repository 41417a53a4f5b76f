/** What differs between two runs of the same thing, made the same: to compare what a tool's output looks like. */
export const digits = (text: string): string => text.replace(/\d+(?:[.,:]\d+)*/g, "#");

/** Values of these keys are counters: `read:52` becomes `read:#`. */
const COUNTERS =
  /\b(size|read|written|al-writes|bm-writes|received|sent|out-of-sync|done|eta|dbdt1|pending|unacked|lower-pending|ap-in-flight|rs-in-flight):[^ \n]+/g;
export const counters = (text: string): string => text.replace(COUNTERS, "$1:#");

/** Words of an output whose lines are wrapped at a width: what stands on one line only because of the numbers' lengths. */
export const unwrapped = (text: string): string => text.replace(/\n {6,}(?=[a-z])/g, " ").replace(/ +/g, " ");
