import { INDEX_SUFFIX } from './log-format.ts'
import { USAGE_SUFFIX } from './usage-format.ts'

/**
 * Every file that a log stream may have: its index first, without which nothing of it is seen, then what its instance used, then the raw file.
 * @param file path of the raw file
 */
export function filesOfStream(file: string): readonly string[] {
  return [file + INDEX_SUFFIX, file + USAGE_SUFFIX, file]
}
