import fc from 'fast-check'

/**
 * Loaded before every test file. Property tests draw new examples at each run, and print the seed of a failure; FAST_CHECK_SEED draws the same ones again, as
 * continuous integration does, so that a run there says something about the change and not about luck.
 */
const seed = process.env['FAST_CHECK_SEED']
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) })
