/** Memory as instance types have it: `8 GiB`, `1.5 GiB`. */
export function gibibytes(bytes: number): string {
  return `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`
}
