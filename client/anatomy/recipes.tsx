// The recipe of a transport: two files to copy, the lines that are there for the cursor, and what a cut takes where they are left out.
import { useEffect, useState } from 'preact/hooks'
import { Scroll } from '../scroll.tsx'
import { entryOf } from '../transports/index.ts'
import { copyText } from './copy-text.ts'
import { isForCursor } from './recipes/cursor.ts'
import { publishedInCut, type Recipe, recipes, type Sources } from './recipes/index.ts'
import { tokensOf } from './recipes/tokens.ts'

type FileName = keyof Sources
const fileNames: readonly FileName[] = ['server', 'client']
const PUBLISH = `curl -H 'Content-Type: application/json' -d '[{"body":"hello"}]' http://127.0.0.1:3000/notices`

/** Nothing for a transport that has no recipe. */
export function Recipes({ transport }: { transport: string }) {
  const recipe = (recipes as Readonly<Record<string, Recipe>>)[transport]
  const [loaded, setLoaded] = useState<{ transport: string; recipe: Recipe; sources?: Sources; problem?: string }>()
  const [name, setName] = useState<FileName>('server')
  const [isLeftOut, setLeftOut] = useState(false)
  useEffect(() => {
    let isGone = false
    recipe?.load().then(
      sources => !isGone && setLoaded({ transport, recipe, sources }),
      (error: Error) => !isGone && setLoaded({ transport, recipe, problem: error.message }),
    )
    return () => {
      isGone = true
    }
  }, [transport])
  if (!recipe || !loaded) return null
  // Until the next one's files are there, all of this is of the one before.
  const { sources, problem } = loaded
  const { label } = entryOf(loaded.transport)!
  return (
    <section class="recipe" aria-labelledby="recipe">
      <h3 id="recipe">Write it yourself</h3>
      {problem !== undefined && <p role="alert">The recipe cannot be shown. {problem}</p>}
      {sources && (
        <>
          <HowToRun sources={sources} leavesOut={loaded.recipe.leavesOut ?? []} />
          <Tabs chosen={name} choose={setName} />
          <div class="recipe-panel" role="tabpanel" id="recipe-panel" aria-labelledby={`recipe-${name}`}>
            <div class="recipe-bar">
              <CopyButton key={`${loaded.transport} ${name}`} name={name} text={sources[name]} />
              <label>
                <input
                  type="checkbox"
                  checked={isLeftOut}
                  onChange={event => setLeftOut(event.currentTarget.checked)}
                />{' '}
                Without the cursor
              </label>
            </div>
            <p class="recipe-found" role="status">
              <Found recipe={loaded.recipe} isLeftOut={isLeftOut} lines={cursorLinesOf(sources)} />
            </p>
            <Code label={`${name}.js of ${label}`} source={sources[name]} isLeftOut={isLeftOut} />
          </div>
        </>
      )}
    </section>
  )
}

const linesOf = (source: string): string[] => source.trimEnd().split('\n')
const cursorLinesOf = ({ server, client }: Sources): number => linesOf(`${server}${client}`).filter(isForCursor).length

/** `express ws`: what a file imports that is neither Node's nor served by it. */
const packagesOf = (source: string): string =>
  [...source.matchAll(/^import .* from '([^'./:][^':]*)'$/gm)].map(([, name]) => name).join(' ')

function HowToRun({ sources: { server }, leavesOut }: { sources: Sources; leavesOut: readonly string[] }) {
  return (
    <>
      <p>
        A server and a page that lose nothing and repeat nothing when the network is cut. With both files in a folder:{' '}
        <code>npm install {packagesOf(server)}</code>, <code>node server.js</code>, and open the address that it prints.
      </p>
      <details>
        <summary>Publish to it, and what it leaves out</summary>
        <p>
          <code>{PUBLISH}</code>
        </p>
        <p>
          To stay short it lets everyone on this machine publish. {leavesOut.join(' ')} This lab's own server and
          clients show how it is done.
        </p>
      </details>
    </>
  )
}

function Tabs({ chosen, choose }: { chosen: FileName; choose(name: FileName): void }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? 1 : step && fileNames.indexOf(chosen) + step
    if (next === undefined) return
    event.preventDefault()
    const name = fileNames.at(next % fileNames.length)!
    choose(name)
    document.getElementById(`recipe-${name}`)?.focus()
  }
  return (
    <div class="recipe-tabs" role="tablist" aria-label="Files" onKeyDown={onKeyDown}>
      {fileNames.map(name => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`recipe-${name}`}
          aria-selected={name === chosen}
          aria-controls="recipe-panel"
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => choose(name)}
        >
          {name}.js
        </button>
      ))}
    </div>
  )
}

function CopyButton({ name, text }: { name: FileName; text: string }) {
  const [said, say] = useState('')
  const copy = async (): Promise<void> => {
    say((await copyText(text)) ? 'Copied.' : 'The browser does not let pages copy: select the lines and press Ctrl+C.')
  }
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Copy {name}.js
      </button>
      <span role="status">{said}</span>
    </>
  )
}

/** What recipes.test.ts finds with a browser behind a network that is cut. */
function Found({ recipe, isLeftOut, lines }: { recipe: Recipe; isLeftOut: boolean; lines: number }) {
  const { lost } = recipe
  if (!isLeftOut)
    return (
      <>
        Tested in a browser: of {publishedInCut} notices published while its network was cut it lost <b>none</b>, and
        none came twice. The {lines} marked lines of both files are what that takes.
      </>
    )
  return (
    <>
      Tested in a browser without the {lines} struck lines of both files: of {publishedInCut} notices published while
      its network was cut it lost <b>{lost === publishedInCut ? 'all' : lost}</b>
      {lost < publishedInCut && ', and each poll brought the newest one again'}.
    </>
  )
}

function Code({ label, source, isLeftOut }: { label: string; source: string; isLeftOut: boolean }) {
  return (
    <Scroll label={label}>
      <pre class="recipe-code">
        <code>
          {linesOf(source).map((line, at) => {
            const Line = isLeftOut && isForCursor(line) ? 'del' : 'span'
            return (
              <Line key={at} class={isForCursor(line) ? 'recipe-line for-cursor' : 'recipe-line'}>
                {tokensOf(line).map(({ kind, text }, at) => (
                  <span key={at} class={kind}>
                    {text}
                  </span>
                ))}
                {'\n'}
              </Line>
            )
          })}
        </code>
      </pre>
    </Scroll>
  )
}
