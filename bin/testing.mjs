// `trainyard/testing`: plain JavaScript, so that a Node that is too old hears what it lacks instead of an error about node:sqlite.
import { isNewEnough, OLDEST_NODE } from './pinned-node.mjs'

if (!isNewEnough()) {
  const cure = `Run the tests with Node ${OLDEST_NODE} (https://nodejs.org), or let them ask a server that is started by 'npx trainyard serve', which finds one for itself.`
  throw new Error(`trainyard/testing needs Node ${OLDEST_NODE} or later; this is ${process.versions.node}. ${cure}`)
}

export const { startTrainyard } = await import('../dist/testing.js')
