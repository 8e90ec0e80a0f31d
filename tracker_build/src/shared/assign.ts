/** Copies what source has of its own and inherits; Object.assign is not ES5. */
export function assign<T extends object>(target: T, source?: object): T {
  for (const key in source) (target as Record<string, unknown>)[key] = (source as Record<string, unknown>)[key];
  return target;
}
