import type { Instance, Runtime } from '../../src/runtime/runtime.ts'

/** The same runtime, its instances seen through `change`. */
export function withInstance(runtime: Runtime, change: (instance: Instance) => Instance): Runtime {
  return {
    name: runtime.name,
    capabilities: () => runtime.capabilities(),
    admit: (job) => runtime.admit(job),
    launch: async (spec, options) => change(await runtime.launch(spec, options)),
    find: async (id) => {
      const found = await runtime.find(id)
      return found && change(found)
    },
    collect: (ids, options) => runtime.collect(ids, options),
    known: () => runtime.known(),
    close: () => runtime.close(),
  }
}

/** Every method of an instance but one, bound to it. */
export function bound<Left extends keyof Instance>(instance: Instance, left: Left): Omit<Instance, Left> {
  const all: Instance = {
    id: instance.id,
    download: (channels, options) => instance.download(channels, options),
    pull: (options) => instance.pull(options),
    start: (options) => instance.start(options),
    wait: (options) => instance.wait(options),
    stop: (options) => instance.stop(options),
    endedAt: () => instance.endedAt(),
    destroy: (options) => instance.destroy(options),
  }
  const { [left]: _left, ...rest } = all
  return rest
}
