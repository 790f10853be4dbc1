import { readFile, writeFile } from 'node:fs/promises'
import { mermaidDiagram } from '../src/lifecycle/transitions.ts'

/** Writes the state diagram into docs/lifecycle.md from the one transition table. */
const page = new URL('../docs/lifecycle.md', import.meta.url)
const text = await readFile(page, 'utf8')
await writeFile(
  page,
  text.replace(/```mermaid\n[\s\S]*?```/, () => `\`\`\`mermaid\n${mermaidDiagram()}\`\`\``),
)
