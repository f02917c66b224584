// What of autocannon is used here; it comes without types.
declare module 'autocannon' {
  interface Result {
    readonly '2xx': number
    readonly non2xx: number
    readonly errors: number
    readonly timeouts: number
  }
  interface Options {
    readonly url: string
    readonly connections: number
    /** Seconds. */
    readonly duration: number
    readonly headers: Record<string, string>
  }
  export default function autocannon(options: Options): Promise<Result>
}
