// A part of the page that is fetched when it is looked at.
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { problem } from './store.ts'

/** What `load` gives, once it is there; a line until then. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  return (props: Props) => {
    // In an object: a state that is a function would be called.
    const [found, setFound] = useState<{ readonly View: ComponentType<Props> }>()
    useEffect(() => {
      load().then(
        View => setFound({ View }),
        (error: Error) => {
          problem.value = `A part of this page cannot be shown. ${error.message}`
        },
      )
    }, [])
    return found ? <found.View {...props} /> : <p class="hint">One moment …</p>
  }
}
