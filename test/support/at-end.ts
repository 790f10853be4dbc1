import type { TestContext } from 'node:test'

const stacks = new WeakMap<TestContext, AsyncDisposableStack>()

/** Like `t.after`, but the last thing registered is done first: a server is stopped before its folder goes. */
export function atEnd(t: TestContext, action: () => void | Promise<void>): void {
  let stack = stacks.get(t)
  if (!stack) {
    const own = new AsyncDisposableStack()
    stacks.set(t, own)
    t.after(() => own.disposeAsync())
    stack = own
  }
  stack.defer(action)
}
