/** Copies what source has of its own and inherits, but for undefined, which says nothing; Object.assign is not ES5. */
export function assign<T extends object>(target: T, source?: object): T {
  for (const key in source) {
    const value = (source as Record<string, unknown>)[key];
    if (value !== undefined) (target as Record<string, unknown>)[key] = value;
  }
  return target;
}
