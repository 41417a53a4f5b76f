/**
 * One seed for every property test of a run: the same commit gives the same result. `XENHA_SEED=N npm test` takes another, a counterexample found that way
 * becomes a test of its own.
 */
import fc from "fast-check";

const given = process.env.XENHA_SEED ?? "1";
if (!/^\d{1,9}$/.test(given)) throw new Error(`XENHA_SEED must be a whole number, not ${JSON.stringify(given)}`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given) });
