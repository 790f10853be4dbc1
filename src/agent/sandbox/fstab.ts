import type { OverlayMount } from './box.ts'

/** One line of fstab; blanks and backslashes in paths are written in octal. */
export function fstabLine(source: string, target: string, type: string, options: string): string {
  return `${escaped(source)} ${escaped(target)} ${type} ${escaped(options)} 0 0\n`
}

/** @param asUser inside a user namespace overlayfs keeps its marks in `user.` attributes */
export function overlayLine({ target, lower, upper, work }: OverlayMount, asUser: boolean): string {
  const options = `${asUser ? 'userxattr,' : ''}lowerdir=${lower},upperdir=${upper},workdir=${work}`
  return fstabLine('algo', target, 'overlay', options)
}

/** Overlayfs cuts its options at these; a data folder whose path holds one gets copies instead. */
export function overlayCanName(path: string): boolean {
  return !/[,:\\"'\s]/.test(path)
}

function escaped(text: string): string {
  return text.replaceAll(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
