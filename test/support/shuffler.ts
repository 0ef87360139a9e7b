/** Another order of any list, the same one for the same seed. */
export function shuffler(seed: number): <T>(list: readonly T[]) => readonly T[] {
  return (list) => {
    const shuffled = [...list];
    let state = seed >>> 0;
    for (let i = shuffled.length - 1; i > 0; i--) {
      // Numerical Recipes' generator: any order will do, as long as it can be repeated.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const j = Math.floor((state / 2 ** 32) * (i + 1));
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  };
}
