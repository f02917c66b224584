// A file's text, which the bundler puts in the place of `import text from './file?raw'`.
declare module '*?raw' {
  const text: string
  export default text
}
