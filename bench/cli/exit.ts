// How the bench ends: its exit codes, and errors that carry one together with what to do about it.

/** Exit codes of `npm run bench`. `stopped` is 128 + SIGINT, as shells expect. */
export const exitCodes = {
  ok: 0,
  /** Lost notices, a saturated client, or `--fail-on` tripped. */
  unusable: 1,
  usage: 2,
  /** A port, a file limit or a missing part. */
  machine: 3,
  /** The server died or could not be reached. */
  server: 4,
  stopped: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** An error that ends the program with `code`; `message` names the thing, the rule and the value, `remedy` what to type next. */
export interface ExitError extends Error {
  readonly exitCode: ExitCode
  readonly remedy?: string
}

const exitError = (name: string, exitCode: ExitCode, message: string, remedy?: string, cause?: unknown): ExitError =>
  Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { name, exitCode, remedy })

/** A bad option: exit code 2. */
export const usageError = (message: string, remedy?: string): ExitError =>
  exitError('UsageError', exitCodes.usage, message, remedy)

/** This machine cannot: exit code 3. */
export const machineError = (message: string, remedy?: string): ExitError =>
  exitError('MachineError', exitCodes.machine, message, remedy)

/** The server died or could not be reached: exit code 4. */
export const serverError = (message: string, remedy?: string, cause?: unknown): ExitError =>
  exitError('ServerError', exitCodes.server, message, remedy, cause)

/** The data cannot be used: exit code 1. */
export const unusableError = (message: string, remedy?: string): ExitError =>
  exitError('UnusableError', exitCodes.unusable, message, remedy)

export const isExitError = (error: unknown): error is ExitError => error instanceof Error && 'exitCode' in error

/** Limits of the system that may be met anywhere, and what to do about each. */
const limits: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more files: raise its limit with ulimit -n',
  ENFILE: 'this machine may open no more files: raise fs.file-max, or end what holds so many',
  ENOSPC: 'the disk is full: free some space, or name another folder with --out or TMPDIR',
  EROFS: 'that disk is read-only: name another folder with --out or TMPDIR',
}

/** What stderr gets to read, one line each: the sentence and the remedy. Anything but an ExitError or a limit of the system is a defect and keeps
 * its stack. */
export function describeError(error: unknown): string {
  if (isExitError(error)) return error.remedy ? `${error.message}\n${error.remedy}` : error.message
  const limit = limits[(error as NodeJS.ErrnoException | undefined)?.code ?? '']
  if (limit !== undefined) return `${(error as Error).message}\n${limit}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
