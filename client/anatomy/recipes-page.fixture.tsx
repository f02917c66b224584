// For tests: the recipes by themselves, of the transport that the address names behind its #.
import { render } from 'preact'
import { Recipes } from './recipes.tsx'

const app = document.getElementById('app')!
const show = (): void =>
  render(
    <>
      <h1>Recipes</h1>
      <h2>A transport</h2>
      <Recipes transport={location.hash.slice(1)} />
    </>,
    app,
  )
addEventListener('hashchange', show)
app.replaceChildren()
show()
