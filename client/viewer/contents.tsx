// The way around a long page: a button for each of its parts. Not links: the part of the address behind # is the page's state.

export function Contents({ sections }: { sections: readonly { readonly id: string; readonly title: string }[] }) {
  if (sections.length < 2) return null
  return (
    <nav class="contents" aria-label="On this page">
      {sections.map(({ id, title }) => (
        <button key={id} type="button" onClick={() => goTo(id)}>
          {title}
        </button>
      ))}
    </nav>
  )
}

/** Scrolls to a heading and lets the keyboard go on from there. */
function goTo(id: string): void {
  const heading = document.getElementById(id)
  heading?.scrollIntoView()
  heading?.focus({ preventScroll: true })
}
