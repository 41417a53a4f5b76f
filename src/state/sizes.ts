/** Memory sizes that are to be compared, in one unit. */

/** From here on nobody counts in MiB. */
const GIB_FROM_MIB = 10_240;

/** `116 MiB`, `552 MiB`; where one is large `12.5 GiB`, `96.0 GiB`. Never the same text for two figures that differ. */
export function sizesOfMib<const Sizes extends readonly number[]>(sizes: Sizes): { readonly [At in keyof Sizes]: string } {
  const small = sizes.map((mib) => `${mib} MiB`);
  const large = sizes.map((mib) => `${(mib / 1024).toFixed(1)} GiB`);
  const told_apart = new Set(large).size === new Set(small).size;
  const texts = told_apart && sizes.some((mib) => mib >= GIB_FROM_MIB) ? large : small;
  return texts as unknown as { readonly [At in keyof Sizes]: string };
}
