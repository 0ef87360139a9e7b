// For campaigns: whether two samples of times have the same mean. Welch, 1947
const KEPT = 0.99;

/**
 * What both samples have below their common 99th percentile is compared: above it are garbage collections and other people's
 * processes. One threshold for both, as in dudect (Reparaz, Balasch, Verbauwhede, 2017): neither is trimmed for being slow.
 */
export function compare(known, unknown) {
  const most = quantile([...known, ...unknown], KEPT);
  const [a, b] = [known, unknown].map((all) => momentsOf(all.filter((value) => value <= most)));
  const t = (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
  return { t, known: { ...a, median: quantile(known, 0.5) }, unknown: { ...b, median: quantile(unknown, 0.5) } };
}

function momentsOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { count: values.length, mean, variance };
}

function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
