// How many files and sockets this process may have open.
import { readFileSync } from 'node:fs'

/** Where nobody says how many: as many as Linux allows one process unless told otherwise. */
const MOST = 1_048_576
/** What is kept for files, the control socket, a backplane, and connections that are only told no. */
const RESERVE = 64

/** Connections that one process can hold: the limit of its descriptors, which Node has raised to the hard one, less what it needs for other things. */
export function mostConnections(): number {
  const limit = Math.min(MOST, descriptorLimit() ?? MOST)
  return Math.max(limit - RESERVE, limit >> 1)
}

function descriptorLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return reportedLimit()
  }
}

/** Not on Linux: there it takes milliseconds at each start. */
function reportedLimit(): number | undefined {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = Number(userLimits?.open_files?.soft)
  return soft > 0 ? soft : undefined
}
