// A part of the page that is fetched when it is looked at.
import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { problem } from './store.ts'

/** How far below the window a part may be that is fetched already, px. */
const NEAR_PX = 400

/** What `load` gives, once it is there; a line until then. `whenNear`: not before the visitor has come near it. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { whenNear = false } = {},
): ComponentType<Props> {
  return (props: Props) => {
    // In an object: a state that is a function would be called.
    const [found, setFound] = useState<{ readonly View: ComponentType<Props> }>()
    const place = useRef<HTMLParagraphElement>(null)
    useEffect(() => {
      const begin = (): void => {
        load().then(
          View => setFound({ View }),
          (error: Error) => {
            problem.value = `A part of this page cannot be shown. ${error.message}`
          },
        )
      }
      if (!whenNear) return begin()
      const watch = new IntersectionObserver(
        ([seen]) => {
          if (!seen?.isIntersecting) return
          watch.disconnect()
          begin()
        },
        { rootMargin: `${NEAR_PX}px` },
      )
      watch.observe(place.current!)
      return () => watch.disconnect()
    }, [])
    return found ? (
      <found.View {...props} />
    ) : (
      <p ref={place} class="hint later">
        One moment …
      </p>
    )
  }
}
