import { dropPrivileges, type Box, type BoxParts } from './box.ts'

/** Without namespaces but with an `/opt/ml` that points to this instance's while it lives: one instance at a time. */
export function linkBox(parts: BoxParts): Box {
  return bareBox(parts, '/opt/ml')
}

/** Without namespaces and without an `/opt/ml`: programs that honour SAGEMAKER_BASE_DIR find their files. */
export function baseDirBox(parts: BoxParts): Box {
  return { ...bareBox(parts, parts.place.ml), baseDir: parts.place.ml }
}

/** A session of its own, so that its group can be killed without its waiter. */
function bareBox({ place, scripts, jobUser }: BoxParts, workingFolder: string): Box {
  const enter = [
    ...scripts.plainWait,
    'setsid',
    ...dropPrivileges(jobUser),
    ...scripts.bare,
    workingFolder,
    ...scripts.start,
  ]
  return { enter, scratch: place.scratch, files: {} }
}
